#include "core/identity.hpp"

#include <gtest/gtest.h>

#include "tests/core/leaves.hpp"

namespace tillgate {
namespace {

TEST(Identity, IsDerivedAndLeavesTheRecordAsItWas) {
  const Customer customer = customer_of({{Field::first_name, "José"},
                                         {Field::last_name, "O’Brien Jr."},
                                         {Field::phone, "(503) 234-5678"},
                                         {Field::email, "J.OBrien@Gmail.com"},
                                         {Field::birthday, "1984-03-07"},
                                         {Field::gender, "male"}});
  const Customer before = customer;
  const Identity identity = identity_of(customer, std::nullopt);
  EXPECT_EQ(customer, before);
  EXPECT_EQ(identity.given.letters, U"jose");
  EXPECT_EQ(identity.surname.letters, U"obrien");
  EXPECT_EQ(identity.surname.text, "o'brien");
  EXPECT_EQ(identity.suffix, Suffix::junior);
  EXPECT_EQ(identity.phone.e164, "+15032345678");
  EXPECT_EQ(identity.email.loose_key, "jobrien@gmail.com");
  EXPECT_EQ(identity.birthday.digits, "19840307");
  EXPECT_EQ(identity.gender, 'm');
  EXPECT_FALSE(identity.licence);
}

TEST(Identity, OfAnEmptyRecordIsNobody) {
  const Identity identity = identity_of(Customer{}, std::nullopt);
  EXPECT_EQ(identity, Identity{});
}

TEST(Identity, PlaceholderPairsAndTheShopsOwnContactsAreNobody) {
  const Customer customer = customer_of({{Field::first_name, "Jane"},
                                         {Field::last_name, "Doe"},
                                         {Field::phone, "503 234 5678"},
                                         {Field::email, "till@shop.org"}});
  const Identity identity = identity_of(customer, std::nullopt, {"+15032345678", "shop.org"});
  EXPECT_FALSE(identity.given.is_identity());
  EXPECT_FALSE(identity.surname.is_identity());
  EXPECT_FALSE(identity.phone.is_identity());
  EXPECT_FALSE(identity.email.is_identity());
}

TEST(Identity, SuffixMayStandInItsFieldOrOnEitherName) {
  EXPECT_EQ(identity_of(customer_of({{Field::last_name, "King"}, {Field::suffix, "III"}}), std::nullopt).suffix, Suffix::third);
  EXPECT_EQ(identity_of(customer_of({{Field::last_name, "King Sr"}}), std::nullopt).suffix, Suffix::senior);
  const Identity by_given =
      identity_of(customer_of({{Field::first_name, "John Jr"}, {Field::last_name, "King"}}), std::nullopt);
  EXPECT_EQ(by_given.suffix, Suffix::junior);
  EXPECT_EQ(by_given.given.letters, U"john");
}

TEST(Birthday, TheKindThatPeopleInventIsWeak) {
  for (const char* text : {"1900-01-01", "1970-01-01", "1984-01-01", "1984-02-30"})
    EXPECT_TRUE(birthday_form(text, true).is_weak) << text;
  EXPECT_FALSE(birthday_form("1984-03-07", false).is_weak);
  EXPECT_TRUE(birthday_form("1984-03-07", true).is_verified);
  EXPECT_FALSE(birthday_form("1984-01-01", true).is_verified) << "a document with this day was not read";
  EXPECT_EQ(birthday_form("", false).digits, "");
  EXPECT_EQ(birthday_form("March 84", false).digits, "");
}

TEST(Licence, IsUpperCaseLettersAndDigits) {
  EXPECT_EQ(licence_form(" a-12 34.b "), "A1234B");
  EXPECT_EQ(licence_form("ａ１２３４"), "A1234");
  for (const char* none : {"", "N/A", "0000000", "none", "X", "test"}) EXPECT_EQ(licence_form(none), "") << none;
}

TEST(Licence, IssuerIsTheStateHoweverWritten) {
  EXPECT_EQ(issuer_form("Oregon", "US"), "us-or");
  EXPECT_EQ(issuer_form("OR", ""), "us-or");
  EXPECT_EQ(issuer_form("new york", "US"), "us-ny");
  EXPECT_EQ(issuer_form("Ontario", "CA"), "ca-ontario");
  EXPECT_EQ(issuer_form("", "US"), "");
}

}  // namespace
}  // namespace tillgate
