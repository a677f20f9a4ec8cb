// Is this person old enough? Days are those of the store's calendar, handed in: at ten in the evening in Denver it is tomorrow in
// UTC, and nobody turns 21 early by that. Asked when an order is placed, when it leaves
// VERIFICATION_PENDING, and when it is completed.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/customer.hpp"
#include "core/order.hpp"

namespace tillgate {

using Day = std::chrono::year_month_day;

struct AgeRule {
  int minimum = 21;
  int minimum_medical = 21;  // some states serve patients from 18 on
  bool operator==(const AgeRule&) const = default;
  [[nodiscard]] int minimum_for(CustomerType type) const { return type == CustomerType::medical ? minimum_medical : minimum; }
};

// Medical while the card has not expired; its last day still counts, and a card without a date does not expire.
[[nodiscard]] CustomerType customer_type_on(Day today, const Customer& customer);

// Whole years. Who was born on 29 February is a year older on 1 March where the year has no such day. Negative: not born yet.
[[nodiscard]] int age_on(Day today, Day birthday);

enum class AgeAnswer : std::uint8_t { old_enough, too_young, unknown };
// `birthday`: as a customer has it; empty or no date: unknown.
[[nodiscard]] AgeAnswer age_answer(Day today, std::string_view birthday, CustomerType type, const AgeRule& rule);

// What to tell the cashier; nothing: go on. A document that staff looked at (age_check) settles what is unknown, for walk-ins and
// customers without a birthday. It does not settle what the record denies: then the record is to be corrected first.
[[nodiscard]] std::optional<FieldFault> age_fault(AgeAnswer answer, bool is_document_checked, int minimum);

// The state in which a new order begins: what is unknown waits for staff who look at a document.
[[nodiscard]] OrderStatus first_status(AgeAnswer answer, bool is_document_checked);

}  // namespace tillgate
