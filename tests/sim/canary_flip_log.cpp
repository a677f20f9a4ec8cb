// The canary of the bit flips in the log: nobody looks through it before SQLite does. This program's WalScan takes the place
// of the store's, so nothing of it can be in a program that is shipped.
#include <gtest/gtest.h>

#include "sim/flip_lab.hpp"
#include "store/wal_scan.hpp"

namespace tillgate {

void WalScan::feed(std::span<const std::uint8_t>) {}

}  // namespace tillgate

namespace tillgate::sim {
namespace {

TEST(BitFlipCanary, ALogThatIsNotLookedThroughIsNoticed) {
  FlipOptions options;
  options.stops_at_first = true;
  const FlipReport report = FlipLab(options).run();
  std::printf("log not looked through: caught after %lld flips\n", static_cast<long long>(report.flips));
  EXPECT_GT(report.wrong, 0) << report.text();
}

}  // namespace
}  // namespace tillgate::sim
