#include "core/hlc.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "core/version.hpp"

namespace tillgate {
namespace {

constexpr milliseconds kSkew{5 * 60 * 1000};
constexpr std::int64_t kNoon = 1'795'348'800'000;

Time mono(std::int64_t ms) {
  return Time(milliseconds(ms));
}
HlcClock::Reading reading(std::int64_t system_ms, std::int64_t mono_ms) {
  return {timestamp_from_ms(system_ms), mono(mono_ms)};
}
Hlc at(std::int64_t ms) {
  return Hlc::from_time(timestamp_from_ms(ms));
}

TEST(Hlc, HasSixteenHexDigits) {
  EXPECT_EQ(Hlc{0x0123456789abcdef}.text(), "0123456789abcdef");
  EXPECT_EQ(Hlc::from_text("0123456789abcdef"), Hlc{0x0123456789abcdef});
  EXPECT_EQ(at(kNoon).time(), timestamp_from_ms(kNoon));
}

TEST(Hlc, RefusesOtherTextsAndTheEndOfItsRange) {
  for (const std::string_view text : {"", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "0123456789abcdeg",
                                      "ffffffffffffffff", "7000000000000000"}) {
    EXPECT_FALSE(Hlc::from_text(text)) << text;
  }
  EXPECT_TRUE(Hlc::from_text("6fffffffffffffff"));
}

TEST(HlcClock, NeverGivesWhatNobodyReads) {
  const Hlc last = *Hlc::from_text("6ffffffffffffffe");
  HlcClock near(at(kNoon), mono(0), kSkew);
  EXPECT_EQ(Hlc::from_text(near.next(reading(kNoon, 0), last).text()), Hlc{last.value + 1});
  EXPECT_DEATH((void)near.next(reading(kNoon, 0)), "CHECK failed");
}

TEST(HlcClock, DoesNotBelieveAnUnconfirmedSystemClock) {
  HlcClock clock(at(kNoon), mono(0), kSkew);
  const auto ahead = reading(kNoon + 86'400'000, 1000);
  EXPECT_FALSE(clock.is_confirmed());
  EXPECT_FALSE(clock.is_sound(ahead));
  EXPECT_EQ(clock.physical(ahead), timestamp_from_ms(kNoon + 1000)) << "the persisted time plus what has passed";
  EXPECT_EQ(clock.next(ahead).time(), timestamp_from_ms(kNoon + 1000));
}

TEST(HlcClock, EvenAnExactSystemClockIsNotSoundBeforeAnyConfirmation) {
  HlcClock clock(at(kNoon), mono(0), kSkew);
  EXPECT_FALSE(clock.is_sound(reading(kNoon, 0)));
}

TEST(HlcClock, UsesTheSystemClockOnceConfirmedAndNear) {
  HlcClock clock(at(0), mono(0), kSkew);
  clock.confirm(timestamp_from_ms(kNoon), mono(1000));
  const auto now = reading(kNoon + 2500, 3000);
  EXPECT_TRUE(clock.is_sound(now));
  EXPECT_EQ(clock.physical(now), now.system);
}

TEST(HlcClock, SkewLimitHoldsOnBothSides) {
  HlcClock clock(at(0), mono(0), kSkew);
  clock.confirm(timestamp_from_ms(kNoon), mono(0));
  EXPECT_TRUE(clock.is_sound(reading(kNoon + kSkew.count(), 0)));
  EXPECT_FALSE(clock.is_sound(reading(kNoon + kSkew.count() + 1, 0)));
  EXPECT_TRUE(clock.is_sound(reading(kNoon - kSkew.count(), 0)));
  EXPECT_FALSE(clock.is_sound(reading(kNoon - kSkew.count() - 1, 0)));
}

TEST(HlcClock, AJumpOfTheSystemClockFallsBackToConfirmedPlusMonotonic) {
  HlcClock clock(at(0), mono(0), kSkew);
  clock.confirm(timestamp_from_ms(kNoon), mono(0));
  EXPECT_EQ(clock.physical(reading(kNoon + 86'400'000, 60'000)), timestamp_from_ms(kNoon + 60'000));
  EXPECT_EQ(clock.physical(reading(0, 60'000)), timestamp_from_ms(kNoon + 60'000));
}

TEST(HlcClock, NextIsAboveEverythingSeen) {
  HlcClock clock(at(kNoon), mono(0), kSkew);
  const auto now = reading(kNoon, 0);
  EXPECT_EQ(clock.next(now).value, at(kNoon).value + 1);
  EXPECT_EQ(clock.next(now).value, at(kNoon).value + 2);
  const Hlc far = at(kNoon + 1'000'000);
  EXPECT_EQ(clock.next(now, far).value, far.value + 1) << "a leading version is outbid, not clamped";
  EXPECT_EQ(clock.next(now).value, far.value + 2);
  EXPECT_EQ(clock.last().value, far.value + 2);
}

TEST(HlcClock, NeverRunsBackwardsWhateverTheClocksDo) {
  const std::uint64_t seed = 77;
  Random random(seed);
  HlcClock clock(at(kNoon), mono(0), kSkew);
  Hlc last = clock.last();
  std::int64_t passed = 0;
  for (int i = 0; i < 50'000; ++i) {
    passed += static_cast<std::int64_t>(random.below(1000));
    const auto now = reading(static_cast<std::int64_t>(random.below(2 * kNoon)) - 1000, passed);
    if (random.below(10) == 0) clock.confirm(timestamp_from_ms(static_cast<std::int64_t>(random.below(kNoon))), now.mono);
    const Hlc seen = random.below(5) == 0 ? at(static_cast<std::int64_t>(random.below(kNoon))) : Hlc{};
    const Hlc next = clock.next(now, seen);
    ASSERT_GT(next, last) << "seed " << seed << " step " << i;
    ASSERT_GT(next, seen);
    last = next;
  }
}

TEST(HlcClock, ANegativeOrEndlessSystemTimeDoesNoHarm) {
  HlcClock clock(at(5), mono(0), kSkew);
  clock.confirm(timestamp_from_ms(-1000), mono(0));
  EXPECT_EQ(clock.next(reading(-1000, 0)).value, at(5).value + 1);
  clock.confirm(timestamp_from_ms(253'402'300'799'999), mono(0));
  const Hlc late = clock.next(reading(253'402'300'799'999, 0));
  EXPECT_TRUE(Hlc::from_text(late.text())) << "what we write we must be able to read";
}

TEST(HlcClock, AMonotonicClockThatStandsStillOrStepsBackCountsAsNoTime) {
  HlcClock clock(at(kNoon), mono(5000), kSkew);
  EXPECT_EQ(clock.physical(reading(0, 1000)), timestamp_from_ms(kNoon));
}

TEST(HlcClock, ShowsPeopleTheSystemClockUntilSomethingBetterIsKnown) {
  HlcClock clock(at(kNoon), mono(0), kSkew);
  EXPECT_EQ(clock.wall(reading(kNoon + 500'000, 0)), timestamp_from_ms(kNoon + 500'000));
  EXPECT_EQ(clock.wall(reading(0, 0)), timestamp_from_ms(kNoon)) << "never before what is known";
  EXPECT_LT(clock.next(reading(kNoon + 500'000, 0)), at(kNoon + 1)) << "no version depends on it";
  clock.confirm(timestamp_from_ms(kNoon + 100), mono(0));
  EXPECT_EQ(clock.wall(reading(kNoon + 50'000'000, 0)), timestamp_from_ms(kNoon + 100)) << "a clock known to be wrong is not shown";
}

TEST(Version, RoundTripsItsText) {
  for (const std::string& origin :
       {std::string("0190f3a1-7c2e-4abc-8def-0123456789ab"), std::string("pos:treez-main"), "pos:" + std::string(32, 'a')}) {
    const Version version{at(kNoon), origin};
    EXPECT_EQ(version.text().substr(17), origin);
    EXPECT_EQ(Version::from_text(version.text()), version);
  }
}

TEST(Version, OrdersByClockThenByOrigin) {
  EXPECT_LT((Version{Hlc{1}, "b"}), (Version{Hlc{2}, "a"}));
  EXPECT_LT((Version{Hlc{1}, "a"}), (Version{Hlc{1}, "b"}));
  EXPECT_FALSE(Version{}.is_set());
}

TEST(Version, RefusesOtherTexts) {
  for (const std::string_view text :
       {"", "@", "0000000000000001", "0000000000000001@", "0000000000000001@store",
        "0000000000000001@pos:", "0000000000000001@pos:A", "0000000000000000@pos:a", "0000000000000001 pos:a",
        "000000000000001@pos:abc", "ffffffffffffffff@pos:a", "0000000000000001@0190F3A1-7c2e-4abc-8def-0123456789ab",
        "0000000000000001@0190f3a1-7c2e-4abc-8def-0123456789ab "}) {
    EXPECT_FALSE(Version::from_text(text)) << text;
  }
}

}  // namespace
}  // namespace tillgate
