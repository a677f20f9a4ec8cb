#include "core/age_gate.hpp"

#include <gtest/gtest.h>

namespace tillgate {
namespace {

using namespace std::chrono_literals;

constexpr AgeRule kEverybody21{}, kPatients18{21, 18};

AgeAnswer answer(Day today, std::string_view birthday, CustomerType type = CustomerType::recreational,
                 AgeRule rule = kEverybody21) {
  return age_answer(today, birthday, type, rule);
}

TEST(AgeGate, TheBirthdayItselfIsEnough) {
  EXPECT_EQ(answer(2026y / 11 / 26, "2005-11-27"), AgeAnswer::too_young);
  EXPECT_EQ(answer(2026y / 11 / 27, "2005-11-27"), AgeAnswer::old_enough);
  EXPECT_EQ(answer(2026y / 11 / 28, "2005-11-27"), AgeAnswer::old_enough);
  EXPECT_EQ(answer(2026y / 12 / 31, "2006-01-01"), AgeAnswer::too_young);
  EXPECT_EQ(answer(2027y / 1 / 1, "2006-01-01"), AgeAnswer::old_enough);
}

TEST(AgeGate, TheMinimumIsConfigured) {
  EXPECT_EQ(answer(2026y / 11 / 27, "2007-11-28", CustomerType::recreational, AgeRule{19, 19}), AgeAnswer::too_young);
  EXPECT_EQ(answer(2026y / 11 / 27, "2007-11-27", CustomerType::recreational, AgeRule{19, 19}), AgeAnswer::old_enough);
}

TEST(AgeGate, PatientsMayBeYoungerWhereTheRuleSaysSo) {
  EXPECT_EQ(answer(2026y / 11 / 27, "2008-11-27", CustomerType::medical), AgeAnswer::too_young);
  EXPECT_EQ(answer(2026y / 11 / 27, "2008-11-27", CustomerType::medical, kPatients18), AgeAnswer::old_enough);
  EXPECT_EQ(answer(2026y / 11 / 26, "2008-11-27", CustomerType::medical, kPatients18), AgeAnswer::too_young);
  EXPECT_EQ(answer(2026y / 11 / 27, "2008-11-27", CustomerType::recreational, kPatients18), AgeAnswer::too_young);
}

TEST(AgeGate, WhoWasBornOnALeapDayWaitsForTheFirstOfMarch) {
  EXPECT_EQ(answer(2025y / 2 / 28, "2004-02-29"), AgeAnswer::too_young);
  EXPECT_EQ(answer(2025y / 3 / 1, "2004-02-29"), AgeAnswer::old_enough);
  EXPECT_EQ(age_on(2028y / 2 / 28, 2004y / 2 / 29), 23);
  EXPECT_EQ(age_on(2028y / 2 / 29, 2004y / 2 / 29), 24);
  EXPECT_EQ(age_on(2028y / 2 / 29, 2007y / 3 / 1), 20) << "a leap day is no birthday of somebody born in March";
  EXPECT_EQ(age_on(2028y / 2 / 29, 2007y / 2 / 28), 21);
}

TEST(AgeGate, ABirthdayThatIsMissingOrNoDateIsUnknown) {
  for (const std::string birthday : {"", "2005-02-30", "27.11.2005", "2005", "N/A"})
    EXPECT_EQ(answer(2026y / 11 / 27, birthday), AgeAnswer::unknown) << birthday;
}

TEST(AgeGate, ABirthdayToComeIsTooYoung) {
  EXPECT_EQ(answer(2026y / 11 / 27, "2027-01-01"), AgeAnswer::too_young);
  EXPECT_EQ(age_on(2026y / 11 / 27, 2026y / 11 / 28), -1);
}

TEST(AgeGate, ADocumentSettlesWhatIsUnknownButNotWhatTheRecordDenies) {
  for (const bool is_checked : {false, true}) {
    EXPECT_FALSE(age_fault(AgeAnswer::old_enough, is_checked, 21));
    EXPECT_EQ(age_fault(AgeAnswer::too_young, is_checked, 21)->code, "too_young");
  }
  EXPECT_FALSE(age_fault(AgeAnswer::unknown, true, 21));
  const auto fault = age_fault(AgeAnswer::unknown, false, 21);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->code, "age_unknown");
  EXPECT_NE(fault->sentence.find("21"), std::string::npos);
}

TEST(AgeGate, WhatIsUnknownWaitsForStaff) {
  EXPECT_EQ(first_status(AgeAnswer::old_enough, false), OrderStatus::awaiting_processing);
  EXPECT_EQ(first_status(AgeAnswer::unknown, true), OrderStatus::awaiting_processing);
  EXPECT_EQ(first_status(AgeAnswer::unknown, false), OrderStatus::verification_pending);
  EXPECT_EQ(first_status(AgeAnswer::too_young, true), OrderStatus::verification_pending);
}

TEST(CustomerTypeOnADay, MedicalUntilTheCardExpires) {
  Customer customer;
  const Version version{Hlc{1}, "pos:a"};
  EXPECT_EQ(customer_type_on(2026y / 11 / 27, customer), CustomerType::recreational);
  customer[Field::type] = Cell{"medical", version};
  EXPECT_EQ(customer_type_on(2026y / 11 / 27, customer), CustomerType::medical);
  customer[Field::medical_expires] = Cell{"2026-11-27", version};
  EXPECT_EQ(customer_type_on(2026y / 11 / 27, customer), CustomerType::medical);
  EXPECT_EQ(customer_type_on(2026y / 11 / 28, customer), CustomerType::recreational);
  customer[Field::type] = Cell{"recreational", version};
  EXPECT_EQ(customer_type_on(2026y / 11 / 27, customer), CustomerType::recreational);
}

}  // namespace
}  // namespace tillgate
