#include "core/name.hpp"

#include <gtest/gtest.h>

#include "core/fold.hpp"
#include "core/nickname.hpp"
#include "core/random.hpp"

namespace tillgate {
namespace {

TEST(NameText, KeepsLettersHyphensAndApostrophes) {
  EXPECT_EQ(name_text("  O’Brien–Smith, "), "o'brien-smith");
  EXPECT_EQ(name_text("Smith - Jones"), "smith-jones");
  EXPECT_EQ(name_text("\"Bob\" (Robert)"), "bob robert");
  EXPECT_EQ(name_text("St. John"), "st john");
  EXPECT_EQ(name_text("-'-"), "");
}

TEST(NameText, AnyScriptSurvives) {
  for (const char* name :
       {"王", "김철수", "محمد", "Алёна", "मोहित", "สมชาย", "Γιώργος", "דָּוִד", "たなか", "ամառ", "გიორგი", "አበበ"}) {
    EXPECT_FALSE(name_text(name).empty()) << name;
    EXPECT_TRUE(name_form(name).is_identity()) << name;
  }
}

TEST(NameText, TwiceIsOnce) {
  constexpr std::uint64_t seed = 13;
  Random random(seed);
  for (int n = 0; n < 20'000; ++n) {
    std::u32string text;
    const std::size_t size = 1 + random.below(10);
    while (text.size() < size) {
      static constexpr std::u32string_view often = U"abEé '-’.·\u0301´\u3000_/\u200d";
      const char32_t c =
          random.below(2) == 0 ? often[random.below(often.size())] : static_cast<char32_t>(random.below(0x11000));
      if (c < 0xd800 || c > 0xdfff) text += c;
    }
    const std::string once = name_text(utf8_of(text));
    ASSERT_EQ(name_text(once), once) << "seed " << seed << ", case " << n << ": " << utf8_of(text);
    ASSERT_EQ(name_form(once), name_form(utf8_of(text))) << "seed " << seed << ", case " << n;
  }
}

TEST(NameForm, HasASecondFormWithoutJointsAndItsParts) {
  const NameForm form = name_form("Garcia-O'Neill Lopez");
  EXPECT_EQ(form.letters, U"garciaoneilllopez");
  ASSERT_EQ(form.parts, 3);
  EXPECT_EQ(form.part(0), U"garcia");
  EXPECT_EQ(form.part(1), U"oneill");
  EXPECT_EQ(form.part(2), U"lopez");
  EXPECT_EQ(name_form("van der Berg").letters, name_form("Vanderberg").letters);
}

TEST(NameForm, OfManyPartsOrLettersStaysInItsBounds) {
  std::string name;
  for (int i = 0; i < 30; ++i) name += "abcd ";
  const NameForm form = name_form(name);
  EXPECT_EQ(form.letters.size(), kNameLettersMax);
  EXPECT_EQ(form.parts, kNamePartsMax);
  EXPECT_EQ(form.part(kNamePartsMax - 1).size(), kNameLettersMax - 12);
}

TEST(NameForm, PlaceholdersAreNobody) {
  for (const char* raw : {"WALK IN", "walk-in", "Walk In Customer", "CUSTOMER", ".", "-", "x", "Zzz", "N/A", "Unknown", "test",
                          "aaaa", "12345", "No Name", "FNU", ""})
    EXPECT_FALSE(name_form(raw).is_identity()) << raw;
  for (const char* raw : {"Li", "Ng", "王", "Testa", "Bo", "Guestav"}) EXPECT_TRUE(name_form(raw).is_identity()) << raw;
  EXPECT_TRUE(is_placeholder_pair(name_form("John"), name_form("DOE")));
  EXPECT_TRUE(is_placeholder_pair(name_form("Doe"), name_form("Jane")));
  EXPECT_FALSE(is_placeholder_pair(name_form("Bill"), name_form("Doe")));
}

TEST(Suffixes, AreSplitOff) {
  const auto split = [](std::string name) {
    const Suffix suffix = split_suffix(name);
    return std::pair(name, suffix);
  };
  EXPECT_EQ(split(name_text("King Jr.")), std::pair(std::string("king"), Suffix::junior));
  EXPECT_EQ(split(name_text("King, III")), std::pair(std::string("king"), Suffix::third));
  EXPECT_EQ(split(name_text("King 2nd")), std::pair(std::string("king"), Suffix::second));
  EXPECT_EQ(split(name_text("Senior")), std::pair(std::string("senior"), Suffix::none)) << "a name that is nothing else stays";
  EXPECT_EQ(split(name_text("de la Rosa")), std::pair(std::string("de la rosa"), Suffix::none));
  EXPECT_EQ(suffix_of("Sr."), Suffix::senior);
  EXPECT_EQ(suffix_of("MD"), Suffix::none);
}

bool may_be_one(const char* a, const char* b) {
  const NameForm x = name_form(a), y = name_form(b);
  for (int i = 0; i < x.formal_count; ++i)
    for (int j = 0; j < y.formal_count; ++j)
      if (x.formals[i] == y.formals[j]) return true;
  return false;
}

TEST(Nicknames, StandForTheirFormalNames) {
  EXPECT_TRUE(may_be_one("Bill", "William"));
  EXPECT_TRUE(may_be_one("BILLY", "Will"));
  EXPECT_TRUE(may_be_one("Alex", "Alexander"));
  EXPECT_TRUE(may_be_one("Alex", "Alexandra"));
  EXPECT_FALSE(may_be_one("Alexander", "Alexandra"));
  EXPECT_FALSE(may_be_one("Bill", "Bob"));
  EXPECT_FALSE(may_be_one("Zoë", "Zoë")) << "names outside of the table have no formal name";
  EXPECT_EQ(formal_name(formals_of(U"bill").numbers[0]), "william");
}

}  // namespace
}  // namespace tillgate
