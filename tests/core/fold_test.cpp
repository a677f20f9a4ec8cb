#include "core/fold.hpp"

#include <gtest/gtest.h>

#include <iostream>

#include "core/random.hpp"

namespace tillgate {
namespace {

TEST(Folded, IsOneSpellingForWhatReadsTheSame) {
  EXPECT_EQ(folded("  Zoë   QUILL "), "zoe quill");
  EXPECT_EQ(folded("Ｊｏｈｎ"), "john") << "full width";
  EXPECT_EQ(folded("ﬁsher"), "fisher") << "ligature";
  EXPECT_EQ(folded("Weiß"), "weiss");
  EXPECT_EQ(folded("Łucja Ørsted Æsir Þór"), "lucja orsted aesir thor");
  EXPECT_EQ(folded("Mu\u0308ller"), folded("M\u00fcller"));
  EXPECT_EQ(folded("İSTANBUL"), "istanbul");
  EXPECT_EQ(folded("O’Brien"), "o'brien");
  EXPECT_EQ(folded("O´Brien"), "o'brien") << "NFKC alone makes a blank of this";
  EXPECT_EQ(folded("Smith\u2013Jones"), "smith-jones");
  EXPECT_EQ(folded("a\u200bb\u00adc"), "abc");
  EXPECT_EQ(folded("a\u00a0\tb"), "a b");
}

TEST(Folded, NoScriptIsEmptiedOrLosesItsVowels) {
  EXPECT_EQ(folded("王小明"), "王小明");
  EXPECT_EQ(folded("김철수"), "김철수");
  EXPECT_EQ(folded("がぎぐ"), "がぎぐ") << "voicing is a letter, no accent";
  EXPECT_EQ(folded("मोहित"), "मोहित");
  EXPECT_EQ(folded("สมชาย"), "สมชาย");
  EXPECT_EQ(folded("مُحَمَّد"), "محمد") << "vowel points are left out by most who write";
  EXPECT_EQ(folded("АЛЁНА"), "алена");
  EXPECT_EQ(folded("Γιώργος"), folded("ΓΙΩΡΓΟΣ"));
}

TEST(Folded, IllFormedTextIsNothing) {
  EXPECT_EQ(folded("a\xff"), "");
  EXPECT_EQ(folded("\xed\xa0\x80"), "");
}

// Any code points, often accents and joiners, since those meet.
TEST(Folded, TwiceIsOnce) {
  constexpr std::uint64_t seed = 7;
  Random random(seed);
  for (int n = 0; n < 20'000; ++n) {
    std::u32string text;
    const std::size_t size = 1 + random.below(8);
    while (text.size() < size) {
      static constexpr std::u32string_view often = U"\u0301\u0308\u0327\u0345\u00b4\u200d\u00ad\u0130\u0131ßﬁ·’-. ";
      const std::uint64_t kind = random.below(4);
      const char32_t c = kind == 0   ? often[random.below(often.size())]
                         : kind == 1 ? static_cast<char32_t>(random.below(0x300))
                                     : static_cast<char32_t>(random.below(kind == 2 ? 0x3000 : 0x20000));
      if (c < 0xd800 || c > 0xdfff) text += c;
    }
    const std::string once = folded(utf8_of(text));
    ASSERT_EQ(folded(once), once) << "seed " << seed << ", case " << n << ": " << utf8_of(text);
  }
}

TEST(AsciiDomain, IsLowerCasePunycodeOrNothing) {
  EXPECT_EQ(ascii_domain("Example.COM"), "example.com");
  EXPECT_EQ(ascii_domain("bücher.example."), "xn--bcher-kva.example");
  EXPECT_EQ(ascii_domain("ＧＭＡＩＬ.com"), "gmail.com");
  EXPECT_EQ(ascii_domain(""), std::nullopt);
  EXPECT_EQ(ascii_domain("a b.com"), std::nullopt);
  EXPECT_EQ(ascii_domain("-a.com"), std::nullopt);
  EXPECT_EQ(ascii_domain("a..com"), std::nullopt);
}

TEST(CodePoints, AndBack) {
  EXPECT_EQ(code_points("aé王"), U"aé王");
  EXPECT_EQ(utf8_of(U"aé王😀"), "aé王😀");
}

}  // namespace
}  // namespace tillgate
