#include "core/phone.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace tillgate {
namespace {

std::string e164(const std::string& raw) {
  return phone_form(raw).e164;
}

TEST(Phone, Row3_FourSpellingsAreOneNumber) {
  for (const char* raw : {"5032345678", "(503) 234-5678", "+1 503 234 5678", "1-503-234-5678", "503.234.5678",
                          "tel:+1-503-234-5678", "０１１ 1 503 234 5678", "００1 (503) 234-5678"}) {
    EXPECT_EQ(e164(raw), "+15032345678") << raw;
    EXPECT_EQ(phone_form(raw).kind, PhoneClass::valid) << raw;
    EXPECT_TRUE(phone_form(raw).is_identity()) << raw;
  }
}

TEST(Phone, ExtensionIsKeptApart) {
  for (const char* raw :
       {"503-234-5678 x12", "503-234-5678 ext. 12", "(503) 234-5678 #12", "+15032345678;ext=12", "503 234 5678 extension 12"}) {
    EXPECT_EQ(e164(raw), "+15032345678") << raw;
    EXPECT_EQ(phone_form(raw).extension, "12") << raw;
  }
  EXPECT_EQ(phone_form("5032345678").extension, "");
}

TEST(Phone, OtherCountriesNeedTheirCode) {
  EXPECT_EQ(e164("+44 (0)20 7946 0958"), "+442079460958");
  EXPECT_EQ(e164("011 44 20 7946 0958"), "+442079460958");
  EXPECT_EQ(e164("0044 20 7946 0958"), "+442079460958");
  EXPECT_EQ(e164("+39 06 698 1234"), "+39066981234") << "Italy keeps its 0";
  EXPECT_EQ(e164("+225 01 23 45 6789"), "+2250123456789") << "so does the Ivory Coast";
  EXPECT_EQ(e164("+86 138 1234 5678"), "+8613812345678");
  EXPECT_EQ(e164("+351 21 123 4567"), "+351211234567");
  EXPECT_EQ(phone_form("+44 20 7946 0958").kind, PhoneClass::possible);
  EXPECT_EQ(e164("+999 123 4567"), "") << "nobody's";
  EXPECT_EQ(e164("+210 123 4567"), "") << "nobody's";
}

TEST(Phone, OfTheWrongLengthIsNone) {
  for (const char* raw : {"", "-", "2345678", "503234567", "50323456789", "25032345678", "+1503234567", "+150323456789", "+12",
                          "+0503", "+1234567890123456", "call me", "503-234-5678 or 503-234-5679", "5032345678 x123456789"}) {
    EXPECT_EQ(phone_form(raw).kind, PhoneClass::none) << raw;
    EXPECT_EQ(e164(raw), "") << raw;
    EXPECT_FALSE(phone_form(raw).is_identity()) << raw;
  }
}

TEST(Phone, OfAnUnknownPlanIsPossible) {
  EXPECT_EQ(phone_form("911 234 5678").kind, PhoneClass::possible);
  EXPECT_EQ(phone_form("844 711 5678").kind, PhoneClass::valid) << "an exchange may be N11";
  EXPECT_EQ(phone_form("503 134 5678").kind, PhoneClass::possible);
  EXPECT_EQ(phone_form("290 234 5678").kind, PhoneClass::possible) << "N9X is not in use";
  EXPECT_EQ(phone_form("448 234 5678").kind, PhoneClass::valid) << "an area code of 2021: the form decides, no list that ages";
}

TEST(Phone, PlaceholdersAreNobody) {
  for (const char* raw : {"503-555-0123", "(971) 555-0199", "555-555-5555", "0000000000", "9999999999", "503 777 7777",
                          "503-555-1212", "503 123 4567", "2345678901", "+44 1111 111111", "1234567890"}) {
    EXPECT_FALSE(phone_form(raw).is_identity()) << raw;
  }
  EXPECT_TRUE(phone_form("503-555-0200").is_identity()) << "only 0100 to 0199 are kept for stories";
}

TEST(Phone, OfItsOwnFormIsItself) {
  constexpr std::uint64_t seed = 11;
  Random random(seed);
  for (int n = 0; n < 20'000; ++n) {
    std::string raw = random.below(2) == 0 ? "+" : "";
    const std::size_t size = random.below(17);
    while (raw.size() < size) raw += "0123456789012345678901234567890123456789-() x#"[random.below(46)];
    const PhoneForm form = phone_form(raw);
    if (form.kind == PhoneClass::none) continue;
    const PhoneForm again = phone_form(form.e164);
    ASSERT_EQ(again.e164, form.e164) << "seed " << seed << ", case " << n << ": " << raw;
    ASSERT_EQ(again.kind, form.kind) << raw;
    ASSERT_EQ(again.is_placeholder, form.is_placeholder) << raw;
  }
}

}  // namespace
}  // namespace tillgate
