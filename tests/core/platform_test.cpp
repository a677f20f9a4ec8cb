// What core takes for granted of the machine it is built for, asked where it is built: also on aarch64 and armhf (cross/).
#include <gtest/gtest.h>
#include <sys/types.h>

#include <bit>
#include <climits>
#include <cstdint>
#include <ctime>
#include <limits>

#include "core/time.hpp"

namespace tillgate {
namespace {

// A store's box outlives January 2038. armhf has 32 bits here unless built with _TIME_BITS=64.
static_assert(sizeof(std::time_t) == 8);
// A database may grow beyond 2 GiB.
static_assert(sizeof(off_t) == 8);
static_assert(CHAR_BIT == 8);
static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big);
static_assert(std::numeric_limits<double>::is_iec559);

TEST(Platform, CountsTimeBeyond2038) {
  const auto late = timestamp_from_ms(4'102'444'800'000);  // 2100-01-01
  EXPECT_EQ(to_text(late), "2100-01-01T00:00:00.000Z");
  EXPECT_EQ(timestamp_from_text("2100-01-01T00:00:00Z"), late);
}

TEST(Platform, CountsTheNanosecondsOfAMachinesLife) {
  const Time century{std::chrono::hours(24 * 36'525)};
  EXPECT_EQ(century.time_since_epoch().count(), 3'155'760'000'000'000'000);
}

}  // namespace
}  // namespace tillgate
