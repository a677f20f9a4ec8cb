#include "core/time.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace tillgate {
namespace {

TEST(Timestamp, WritesRfc3339WithMilliseconds) {
  EXPECT_EQ(to_text(timestamp_from_ms(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_text(timestamp_from_ms(1'795'389'027'123)), "2026-11-22T23:10:27.123Z");
  EXPECT_EQ(to_text(timestamp_from_ms(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
}

TEST(Timestamp, StaysWithinTheYearsThatHaveAText) {
  EXPECT_EQ(to_text(timestamp_from_ms(-1)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_text(timestamp_from_ms(INT64_MAX)), "9999-12-31T23:59:59.999Z");
}

TEST(Timestamp, ReadsBackWhatItWrites) {
  const std::uint64_t seed = 20261122;
  RecordProperty("seed", std::to_string(seed));
  Random random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const Timestamp at = timestamp_from_ms(static_cast<std::int64_t>(random.below(253'402'300'800'000)));
    ASSERT_EQ(timestamp_from_text(to_text(at)), at) << to_text(at) << " seed " << seed;
  }
}

TEST(Timestamp, ReadsWithoutFraction) {
  EXPECT_EQ(timestamp_from_text("1970-01-01T00:00:01Z"), timestamp_from_ms(1000));
}

TEST(Timestamp, KnowsLeapYears) {
  EXPECT_TRUE(timestamp_from_text("2000-02-29T00:00:00Z"));
  EXPECT_TRUE(timestamp_from_text("2024-02-29T00:00:00Z"));
  EXPECT_FALSE(timestamp_from_text("2100-02-29T00:00:00Z"));
  EXPECT_FALSE(timestamp_from_text("2023-02-29T00:00:00Z"));
}

TEST(Timestamp, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "2026-11-22",
                                      "2026-11-22T23:10:27",
                                      "2026-11-22T23:10:27.12Z",
                                      "2026-11-22T23:10:27.1234Z",
                                      "2026-11-22 23:10:27Z",
                                      "2026-11-22t23:10:27Z",
                                      "2026-11-22T23:10:27z",
                                      "2026-11-22T24:00:00Z",
                                      "2026-11-22T23:60:00Z",
                                      "2026-11-22T23:10:60Z",
                                      "2026-13-01T00:00:00Z",
                                      "2026-00-01T00:00:00Z",
                                      "2026-01-00T00:00:00Z",
                                      "2026-04-31T00:00:00Z",
                                      "1969-12-31T23:59:59Z",
                                      "+026-11-22T23:10:27Z",
                                      "2026-11-22T23:10:-7Z",
                                      "2026-11-22T23:10:27+00:00",
                                      "2026-11-22T23:10:27,123Z",
                                      " 2026-11-22T23:10:27Z",
                                      "2026-11-22T23:10:27Z "}) {
    EXPECT_FALSE(timestamp_from_text(text)) << text;
  }
}

}  // namespace
}  // namespace tillgate
