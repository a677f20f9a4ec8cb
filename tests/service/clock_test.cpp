#include "service/clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <vector>

namespace tillgate {
namespace {

using namespace std::chrono_literals;

TEST(Clock, AgreesWithTheStandardLibrary) {
  const auto before = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const std::int64_t ours = ms_of(utc_now());
  const auto after = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_GE(ours, before);
  EXPECT_LE(ours, after);
}

TEST(Clock, NeverRunsBackwards) {
  Time last = mono_now();
  EXPECT_GT(last.time_since_epoch().count(), 0);
  for (int i = 0; i < 10'000; ++i) {
    const Time now = mono_now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(Clock, ReadsBothClocksAtTheSameMoment) {
  const Time before = mono_now();
  const HlcClock::Reading reading = clock_now();
  EXPECT_GE(reading.mono, before);
  EXPECT_LE(reading.mono, mono_now());
  EXPECT_LT(std::chrono::abs(utc_now() - reading.system), 10s);
}

TEST(Clock, AnswersWhetherItIsSynchronised) {
  const bool is_synchronised = is_clock_synchronised();  // either is possible here; asking must work
  RecordProperty("synchronised", is_synchronised ? 1 : 0);
  SUCCEED();
}

TEST(Clock, FillsEveryByteWithRandomness) {
  std::vector<std::uint8_t> bytes(100'000, 0);  // more than the kernel gives out in one uninterrupted call
  fill_random(bytes);
  std::vector<int> counts(256, 0);
  for (const std::uint8_t byte : bytes) ++counts[byte];
  // 390 expected of each; outside 200..600 is beyond nine standard deviations.
  for (const int count : counts) {
    EXPECT_GT(count, 200);
    EXPECT_LT(count, 600);
  }
  fill_random({});
}

TEST(Clock, GivesNoNumberTwice) {
  std::set<std::array<std::uint8_t, 16>> seen;
  for (int i = 0; i < 1'000; ++i) {
    std::array<std::uint8_t, 16> id{};
    fill_random(id);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace tillgate
