#include "tillgatectl/progress.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace tillgate {
namespace {

TEST(Progress, ABarSaysHowFarHowFastAndHowLong) {
  const ProgressAt first{"writing", 0, 1000, 0, "rows"}, at{"writing", 250, 1000, 50'000, "rows"};
  EXPECT_EQ(pace_of(first, at, 2.0), "25,000/s, 6 s left");
  EXPECT_EQ(progress_bar(at, pace_of(first, at, 2.0)),
            "writing   [#####---------------] 25 %  50,000 rows  25,000/s, 6 s left");
  EXPECT_EQ(progress_words(at, pace_of(first, at, 2.0)), "writing: 25 %, 50,000 rows, 25,000/s, 6 s left");
}

TEST(Progress, SaysNothingThatItCannotKnow) {
  const ProgressAt first{"writing", 500, 1000, 500, "rows"};
  EXPECT_EQ(pace_of(first, first, 10.0), "") << "nothing has moved yet";
  EXPECT_EQ(pace_of(first, {"writing", 600, 1000, 600, "rows"}, 0.1), "") << "too early to judge";
  EXPECT_EQ(pace_of(first, {"writing", 600, 1000, 600, "rows"}, 1.0), "100/s, 4 s left")
      << "what was there before does not count as speed";
  EXPECT_EQ(pace_of(first, {"writing", 1000, 1000, 1000, "rows"}, 1.0), "500/s");
  EXPECT_EQ(progress_bar({"exporting", 5, 0, 5, "customers"}, ""), "exporting [--------------------] 0 %  5 customers");
}

TEST(Progress, FitsALine) {
  const ProgressAt at{"checking", 1 << 30, 1 << 30, 999'999'999, "rows of a file"};
  EXPECT_LE(progress_bar(at, "999,999,999/s, 99 h 59 min left").size(), 79U);
}

TEST(Progress, WritesPlainLinesWhereThereIsNoTerminal) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  {
    Progress progress(out, false);
    Time now(seconds(100));
    for (int i = 0; i <= 200; ++i) {
      progress.show({"writing", i, 200, i, "rows"}, now);
      now += milliseconds(100);
    }
  }
  std::fclose(out);
  const std::string written(text, size);
  std::free(text);
  EXPECT_EQ(written.find('\r'), std::string::npos);
  EXPECT_EQ(written.find('\033'), std::string::npos);
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 5) << "one each 5 s\n" << written;
}

}  // namespace
}  // namespace tillgate
