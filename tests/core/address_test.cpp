#include "core/address.hpp"

#include <gtest/gtest.h>

namespace tillgate {
namespace {

AddressForm form_of(const char* street1, const char* street2 = "", const char* postal_code = "", const char* country = "") {
  Customer customer;
  const auto put = [&](Field field, const char* value) {
    if (*value != '\0') customer[field].value = value;
  };
  put(Field::address_street1, street1);
  put(Field::address_street2, street2);
  put(Field::address_postal_code, postal_code);
  put(Field::address_country, country);
  return address_form(customer);
}

TEST(Address, SpellingsOfOnePlaceAgree) {
  const AddressForm form = form_of("12 North Oak Street, Apartment 4");
  EXPECT_EQ(form.number, "12");
  EXPECT_EQ(form.street, U"noakst");
  EXPECT_EQ(form.unit, "4");
  EXPECT_EQ(form_of("12 N. OAK ST #4"), form);
  EXPECT_EQ(form_of("12 N Oak St", "Apt 4"), form);
  EXPECT_EQ(form_of("12  north oak   str.", "Unit 4"), form);
  EXPECT_EQ(form_of("12 N Oak St", "4"), form);
  EXPECT_NE(form_of("12 S Oak St", "Apt 4"), form);
}

TEST(Address, NumberMayHaveALetterOrBeMissing) {
  EXPECT_EQ(form_of("12B Oak Street").number, "12b");
  EXPECT_EQ(form_of("Oak Street").number, "");
  EXPECT_EQ(form_of("Oak Street").street, U"oakst");
  EXPECT_EQ(form_of("P.O. Box 77").number, "77");
  EXPECT_EQ(form_of("PO Box 77"), form_of("p.o. box 77"));
  EXPECT_EQ(form_of(""), AddressForm{});
  EXPECT_EQ(form_of("12").number, "12");
}

TEST(Address, UnitWordsWithoutAUnitAreStreets) {
  EXPECT_EQ(form_of("9 Lot Lane").street, U"lotln");
  EXPECT_EQ(form_of("9 Floor Street").unit, "");
}

TEST(Address, SecondLineThatIsNoUnitIsKept) {
  EXPECT_EQ(form_of("3 Mill Road", "Quarry Farm").second, U"quarryfarm");
}

TEST(Address, OtherScriptsSurvive) {
  EXPECT_EQ(form_of("12 улица Мира").street, U"улицамира");
}

TEST(PostalCode, IsFiveDigitsInTheUnitedStates) {
  EXPECT_EQ(postal_code_form("97103-1234", ""), "97103");
  EXPECT_EQ(postal_code_form(" 971031234 ", "US"), "97103");
  EXPECT_EQ(postal_code_form("97103", "US"), "97103");
  EXPECT_EQ(postal_code_form("sw1a 1aa", "GB"), "sw1a1aa");
  EXPECT_EQ(postal_code_form("4011", "AU"), "4011");
  EXPECT_EQ(postal_code_form("00000", ""), "");
  EXPECT_EQ(postal_code_form("99999", ""), "");
}

}  // namespace
}  // namespace tillgate
