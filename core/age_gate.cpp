#include "core/age_gate.hpp"

#include <string>

#include "core/typed_text.hpp"

namespace tillgate {

CustomerType customer_type_on(Day today, const Customer& customer) {
  if (customer.text(Field::type) != name_of(CustomerType::medical)) return CustomerType::recreational;
  const auto expires = calendar_date(customer.text(Field::medical_expires));
  return expires && *expires < today ? CustomerType::recreational : CustomerType::medical;
}

int age_on(Day today, Day birthday) {
  const int years = static_cast<int>(today.year()) - static_cast<int>(birthday.year());
  // Compared as month and day, 29 February lies before 1 March and after 28 February in every year.
  const bool has_passed =
      std::chrono::month_day(today.month(), today.day()) >= std::chrono::month_day(birthday.month(), birthday.day());
  return has_passed ? years : years - 1;
}

AgeAnswer age_answer(Day today, std::string_view birthday, CustomerType type, const AgeRule& rule) {
  const auto day = calendar_date(birthday);
  if (!day) return AgeAnswer::unknown;
  return age_on(today, *day) >= rule.minimum_for(type) ? AgeAnswer::old_enough : AgeAnswer::too_young;
}

std::optional<FieldFault> age_fault(AgeAnswer answer, bool is_document_checked, int minimum) {
  const std::string years = std::to_string(minimum);
  if (answer == AgeAnswer::too_young)
    return FieldFault{"customer", "too_young", "This customer is younger than " + years + "; nothing can be sold."};
  if (answer == AgeAnswer::unknown && !is_document_checked)
    return FieldFault{"age_check", "age_unknown",
                      "No birthday is known: check a document that shows an age of " + years + " or more."};
  return std::nullopt;
}

OrderStatus first_status(AgeAnswer answer, bool is_document_checked) {
  const bool is_settled = answer == AgeAnswer::old_enough || (answer == AgeAnswer::unknown && is_document_checked);
  return is_settled ? OrderStatus::awaiting_processing : OrderStatus::verification_pending;
}

}  // namespace tillgate
