#include "core/backoff.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tillgate {
namespace {

TEST(Backoff, GrowsToItsCapAndNeverBeyond) {
  const std::uint64_t seed = 4;
  Random random(seed);
  Backoff backoff(seconds(1), seconds(8));
  Duration ceiling = seconds(1);
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = backoff.next(random);
    ASSERT_GT(wait, Duration{0}) << "never a busy loop; seed " << seed;
    ASSERT_LE(wait, ceiling) << "seed " << seed;
    ceiling = std::min<Duration>(ceiling * 2, seconds(8));
  }
  EXPECT_EQ(backoff.attempts(), 1000);
}

TEST(Backoff, UsesTheWholeRange) {
  Random random(5);
  Backoff backoff(seconds(8), seconds(8));
  Duration least = seconds(8), most{0};
  for (int i = 0; i < 2000; ++i) {
    const Duration wait = backoff.next(random);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_LT(least, milliseconds(200));
  EXPECT_GT(most, milliseconds(7800));
}

TEST(Backoff, BeginsAnewAfterReset) {
  Random random(6);
  Backoff backoff(seconds(1), seconds(1000));
  for (int i = 0; i < 20; ++i) (void)backoff.next(random);
  backoff.reset();
  EXPECT_EQ(backoff.attempts(), 0);
  EXPECT_LE(backoff.next(random), seconds(1));
}

TEST(ReconnectPolicy, FirstWithinThirtySecondsThenWithinFortyFive) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    ReconnectPolicy policy;
    ASSERT_LE(policy.next(random), seconds(30)) << "seed " << seed;
    for (int i = 0; i < 20; ++i) ASSERT_LE(policy.next(random), seconds(45)) << "seed " << seed;
  }
}

TEST(ReconnectPolicy, OnlyAUsefulSessionShortensTheWaitAgain) {
  Random random(8);
  ReconnectPolicy policy;
  (void)policy.next(random);
  bool is_beyond_first = false;
  for (int i = 0; i < 200; ++i) is_beyond_first |= policy.next(random) > seconds(30);
  EXPECT_TRUE(is_beyond_first) << "a session that came to nothing does not count";
  for (int i = 0; i < 200; ++i) {
    policy.session_was_useful();
    ASSERT_LE(policy.next(random), seconds(30));
  }
}

TEST(ReconnectPolicy, AThousandStoresSpreadOverTheWindow) {
  std::array<int, 30> per_second{};
  for (std::uint64_t store = 0; store < 1000; ++store) {
    Random random(1000 + store);
    ReconnectPolicy policy;
    ++per_second[static_cast<std::size_t>(std::chrono::duration_cast<seconds>(policy.next(random)).count())];
  }
  for (const int arrivals : per_second) EXPECT_LE(arrivals, 60) << "seeds 1000 to 1999";
}

}  // namespace
}  // namespace tillgate
