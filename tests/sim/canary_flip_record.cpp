// The canary of the bit flips: records are read without looking at their checksum. The store's own source is compiled here
// with one comparison that is always content, so nothing of it can be in a program that is shipped.
#include "store/record.hpp"
#include "store/row_check.hpp"
#include "tests/sim/flip_canary.hpp"

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
  expect_flips_notice("records without a checksum");
}

}  // namespace
}  // namespace tillgate::sim
