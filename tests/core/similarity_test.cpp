#include "core/similarity.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/random.hpp"
#include "core/sound.hpp"

namespace tillgate {
namespace {

// Winkler's own examples (U.S. Census Bureau, 1990).
TEST(JaroWinkler, GivesTheKnownValues) {
  EXPECT_NEAR(jaro_winkler(U"martha", U"marhta"), 0.9611, 1e-4);
  EXPECT_NEAR(jaro_winkler(U"dwayne", U"duane"), 0.8400, 1e-4);
  EXPECT_NEAR(jaro_winkler(U"dixon", U"dicksonx"), 0.8133, 1e-4);
  EXPECT_NEAR(jaro_winkler(U"jones", U"johnson"), 0.8324, 1e-4);
  EXPECT_EQ(jaro_winkler(U"ada", U"ada"), 1);
  EXPECT_EQ(jaro_winkler(U"ada", U"zoe"), 0);
  EXPECT_EQ(jaro_winkler(U"", U""), 0);
  EXPECT_EQ(jaro_winkler(U"", U"ada"), 0);
  EXPECT_LT(jaro_winkler(U"王小明", U"李大伟"), 0.1);
  EXPECT_LT(jaro_winkler(U"иван", U"олег"), 0.1) << "counted in bytes these share half of theirs";
}

TEST(JaroWinkler, IsSymmetricAndBounded) {
  constexpr std::uint64_t seed = 3;
  Random random(seed);
  for (int n = 0; n < 20'000; ++n) {
    std::u32string a, b;
    while (a.size() < random.below(60)) a += static_cast<char32_t>('a' + random.below(4));
    while (b.size() < random.below(60)) b += static_cast<char32_t>('a' + random.below(4));
    const double likeness = jaro_winkler(a, b);
    ASSERT_NEAR(likeness, jaro_winkler(b, a), 0.1) << "seed " << seed << ", case " << n;
    ASSERT_GE(likeness, 0);
    ASSERT_LE(likeness, 1);
    ASSERT_EQ(edits_up_to_2(a, b), edits_up_to_2(b, a)) << "seed " << seed << ", case " << n;
  }
}

TEST(Edits, CountUpToTwo) {
  EXPECT_EQ(edits_up_to_2(std::string_view("19840307"), std::string_view("19840307")), 0U);
  EXPECT_EQ(edits_up_to_2(std::string_view("19840307"), std::string_view("19840370")), 1U) << "neighbours exchanged";
  EXPECT_EQ(edits_up_to_2(std::string_view("19840307"), std::string_view("1984037")), 1U);
  EXPECT_EQ(edits_up_to_2(std::string_view("19840307"), std::string_view("19850308")), 2U);
  EXPECT_EQ(edits_up_to_2(std::string_view("19840307"), std::string_view("20010101")), 3U);
  EXPECT_EQ(edits_up_to_2(std::string_view(""), std::string_view("abcdef")), 3U);
  EXPECT_EQ(edits_up_to_2(std::string_view(""), std::string_view("ab")), 2U);
}

TEST(Sound, IsOneForSpellingsOfOneName) {
  EXPECT_EQ(sound_of(U"philips"), sound_of(U"fillips"));
  EXPECT_EQ(sound_of(U"phillipps"), sound_of(U"philips"));
  EXPECT_EQ(sound_of(U"knight"), sound_of(U"night"));
  EXPECT_EQ(sound_of(U"smith"), sound_of(U"smyth"));
  EXPECT_EQ(sound_of(U"meyer"), sound_of(U"maier"));
  EXPECT_NE(sound_of(U"smith"), sound_of(U"jones"));
  EXPECT_EQ(sound_of(U"王小明"), U"王小明");
  EXPECT_EQ(sound_of(U""), U"");
  EXPECT_LE(sound_of(U"wolfeschlegelsteinhausen").size(), 5U);
}

}  // namespace
}  // namespace tillgate
