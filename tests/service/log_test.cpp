#include "service/log.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "service/utf8.hpp"

namespace tillgate {
namespace {

using namespace std::chrono_literals;

std::mutex lines_mutex;
std::vector<std::string> lines;

class Log : public testing::Test {
 protected:
  Log() {
    lines.clear();
    log::set_level(log::Level::debug);
    log::set_sink([](std::string_view line) {
      const std::lock_guard lock(lines_mutex);
      lines.emplace_back(line);
    });
  }
  ~Log() override {
    log::set_sink(nullptr);
    log::set_level(log::Level::info);
  }
  static std::string last() { return lines.empty() ? "nothing was said" : lines.back(); }
};

TEST_F(Log, SaysWhatWhichAndWithWhat) {
  log::warn("link", "down (broker refused); retry in 8 s", {{"store", "s1"}, {"attempt", std::int64_t{3}}});
  EXPECT_EQ(last(), "<4>link: down (broker refused); retry in 8 s store=s1 attempt=3");
}

TEST_F(Log, TellsTheJournalHowBadItIs) {
  log::debug("a", "m");
  log::info("a", "m");
  log::warn("a", "m");
  log::error("a", "m");
  EXPECT_EQ(lines, (std::vector<std::string>{"<7>a: m", "<6>a: m", "<4>a: m", "<3>a: m"}));
}

TEST_F(Log, IsQuietBelowItsLevel) {
  log::set_level(log::Level::warn);
  log::info("a", "m");
  EXPECT_TRUE(lines.empty());
  log::error("a", "m");
  EXPECT_EQ(lines.size(), 1U);
}

TEST_F(Log, KnowsItsLevelsByNameOnly) {
  log::Level level = log::Level::info;
  EXPECT_TRUE(log::level_from_text("error", level));
  EXPECT_EQ(level, log::Level::error);
  EXPECT_FALSE(log::level_from_text("Error", level));
  EXPECT_FALSE(log::level_from_text("", level));
  EXPECT_EQ(level, log::Level::error);
}

TEST_F(Log, WritesEveryKindOfField) {
  log::info("a", "m", {{"whole", std::int64_t{-5}}, {"part", 0.25}, {"yes", true}, {"no", false}, {"text", "plain"}});
  EXPECT_EQ(last(), "<6>a: m whole=-5 part=0.25 yes=true no=false text=plain");
  log::info("a", "m", {{"x", std::numeric_limits<double>::quiet_NaN()}, {"y", -std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(last(), "<6>a: m x=nan y=-inf");
}

TEST_F(Log, QuotesFieldsThatWouldReadAsSomethingElse) {
  log::info("a", "m", {{"k", ""}, {"l", "two words"}, {"m", "a=b"}, {"n", "say \"x\""}, {"o", "back\\slash"}});
  EXPECT_EQ(last(), R"(<6>a: m k="" l="two words" m="a=b" n="say \"x\"" o="back\\slash")");
}

TEST_F(Log, LetsNobodyForgeALine) {
  log::info("a", "one\n<3>a: two", {{"k", "v\r\n<3>b: three"}});
  EXPECT_EQ(last(), "<6>a: one\\n<3>a: two k=\"v\\r\\n<3>b: three\"");
  ASSERT_EQ(lines.size(), 1U);
}

TEST_F(Log, LetsNobodyPaintTheTerminal) {
  log::info("a", "\x1b[31mred\x7f",
            {{"c1", "\xC2\x9B"},
             {"bidi",
              "abc\xE2\x80\xAE"
              "cba"},
             {"bom", "\xEF\xBB\xBF"}});
  EXPECT_EQ(last(), "<6>a: \\x1b[31mred\\x7f c1=\"\\u{9b}\" bidi=\"abc\\u{202e}cba\" bom=\"\\u{feff}\"");
}

TEST_F(Log, ShowsWhatIsNotUtf8AsBytes) {
  log::info("a", "caf\xE9", {{"overlong", "\xC0\xAF"}, {"surrogate", "\xED\xA0\x80"}, {"cut", "\xE2\x82"}, {"high", "\xF5"}});
  EXPECT_EQ(last(), R"(<6>a: caf\xe9 overlong="\xc0\xaf" surrogate="\xed\xa0\x80" cut="\xe2\x82" high="\xf5")");
}

TEST_F(Log, KeepsHonestText) {
  log::info("a", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", {{"k", "\xC3\xA9"}});
  EXPECT_EQ(last(), "<6>a: \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 k=\"\xC3\xA9\"");
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto decoded = utf8::decode(text);
    if (!decoded) return false;
    text.remove_prefix(decoded->bytes);
  }
  return true;
}

TEST_F(Log, CutsLongLinesBetweenCharacters) {
  for (std::size_t padding = 0; padding < 4; ++padding) {
    std::string message(padding, 'x');
    for (int i = 0; i < 2'000; ++i) message += "\xE2\x82\xAC";
    log::info("a", message, {{"late", "field"}});
    EXPECT_LE(last().size(), 1'999U);  // and the newline
    EXPECT_GE(last().size(), 1'990U);
    EXPECT_TRUE(last().ends_with("..."));
    EXPECT_TRUE(is_utf8(last()));
  }
  log::info("a", "m", {{"k", std::string(100'000, 'v')}});
  EXPECT_EQ(last().size(), 1'999U);
}

TEST_F(Log, HoldsRepeatsBackAndCountsThem) {
  for (int i = 0; i < 5; ++i) log::warn_limited("repeats", 1h, "a", "again", {{"i", std::int64_t{i}}});
  EXPECT_EQ(lines, (std::vector<std::string>{"<4>a: again i=0"}));
  log::warn_limited("repeats", 0s, "a", "again");
  EXPECT_EQ(last(), "<4>a: again suppressed=4");
  log::warn_limited("repeats", 0s, "a", "again");
  EXPECT_EQ(last(), "<4>a: again");
}

TEST_F(Log, LimitsEachKeyByItself) {
  log::warn_limited("key-a", 1h, "a", "one");
  log::warn_limited("key-b", 1h, "a", "two");
  EXPECT_EQ(lines.size(), 2U);
}

TEST_F(Log, KeepsTheCountOfALongLine) {
  log::warn_limited("long", 1h, "a", "m");
  log::warn_limited("long", 1h, "a", "m");
  log::warn_limited("long", 0s, "a", std::string(5'000, 'x'));
  EXPECT_TRUE(last().ends_with("x... suppressed=1")) << last().substr(last().size() - 40);
  EXPECT_LE(last().size(), 1'999U);
}

TEST_F(Log, ForgetsTheKeyThatSpokeLongestAgoWhenThereAreTooMany) {
  log::warn_limited("first", 1h, "a", "m");  // not the first by name
  for (int i = 0; i < 255; ++i) log::warn_limited("fill-" + std::to_string(i), 1h, "a", "m");
  lines.clear();
  log::warn_limited("fill-254", 1h, "a", "still known");
  EXPECT_TRUE(lines.empty());
  log::warn_limited("one more", 1h, "a", "m");
  log::warn_limited("fill-0", 1h, "a", "still known");
  EXPECT_EQ(lines, (std::vector<std::string>{"<4>a: m"}));
  log::warn_limited("first", 1h, "a", "forgotten, so it may speak");
  EXPECT_EQ(last(), "<4>a: forgotten, so it may speak");
}

TEST_F(Log, KeepsLinesOfSeveralThreadsWhole) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 500; ++i) log::warn_limited("shared-" + std::to_string(i % 7), 0s, "a", "m", {{"k", "v"}});
      });
    }
  }
  EXPECT_EQ(lines.size(), 2'000U);
  for (const std::string& line : lines) EXPECT_TRUE(line.starts_with("<4>a: m k=v")) << line;
}

TEST_F(Log, GoesToStandardErrorLineByLine) {
  log::set_sink(nullptr);
  testing::internal::CaptureStderr();
  log::error("store", "stopping");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "<3>store: stopping\n");
}

}  // namespace
}  // namespace tillgate
