// The canary of the bit flips in the log: nobody looks through it before SQLite does. This program's WalScan takes the place
// of the store's, so nothing of it can be in a program that is shipped.
#include "store/wal_scan.hpp"
#include "tests/sim/flip_canary.hpp"

namespace tillgate {

void WalScan::feed(std::span<const std::uint8_t>) {}

}  // namespace tillgate

namespace tillgate::sim {
namespace {

TEST(BitFlipCanary, ALogThatIsNotLookedThroughIsNoticed) {
  expect_flips_notice("log not looked through");
}

}  // namespace
}  // namespace tillgate::sim
