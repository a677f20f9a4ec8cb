// The canary of the bit flips: records are read without looking at their checksum. The store's own source is compiled here
// with one comparison that is always content, so nothing of it can be in a program that is shipped.
#include <gtest/gtest.h>

#include "sim/flip_lab.hpp"
#include "store/record.hpp"
#include "store/row_check.hpp"

namespace tillgate {

Result<> compare_nothing(Statement&, int, const RowCheck&, std::string_view) {
  return {};
}

}  // namespace tillgate

#define compare_check compare_nothing
#include "store/record.cpp"
#undef compare_check

namespace tillgate::sim {
namespace {

TEST(BitFlipCanary, RecordsThatAreNotCheckedAreNoticed) {
  FlipOptions options;
  options.stops_at_first = true;
  const FlipReport report = FlipLab(options).run();
  std::printf("records without a checksum: caught after %lld flips\n", static_cast<long long>(report.flips));
  EXPECT_GT(report.wrong, 0) << report.text();
}

}  // namespace
}  // namespace tillgate::sim
