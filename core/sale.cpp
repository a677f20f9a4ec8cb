#include "core/sale.hpp"

#include <algorithm>
#include <string>

namespace tillgate {

namespace {

std::optional<FieldFault> buyer_fault(const Buyer& buyer) {
  if (!buyer.customer && buyer.must_be_here)
    return FieldFault{"customer", "unknown_customer", "This store has no customer with this id."};
  if (!buyer.customer) return std::nullopt;
  const auto status = buyer.customer->text(Field::status);
  if (status == "banned") return FieldFault{"customer", "banned", "This customer is banned; nothing can be sold."};
  if (status == "on_hold")
    return FieldFault{"customer", "on_hold", "This customer is on hold; nothing can be sold until that is settled."};
  return std::nullopt;
}

CustomerType type_of(const Buyer& buyer, Day today) {
  return buyer.customer ? customer_type_on(today, *buyer.customer) : CustomerType::recreational;
}

AgeAnswer age_of(const SaleRules& rules, const Buyer& buyer, CustomerType type, Day today) {
  const auto birthday = buyer.customer ? buyer.customer->text(Field::birthday) : std::string_view();
  return age_answer(today, birthday, type, rules.age);
}

bool is_document_checked(const Order& order) {
  return !order.text(OrderField::age_check).empty();
}

}  // namespace

int days_of_history(const SaleRules& rules) {
  int days = 0;
  for (const auto& limit : rules.limits) days = std::max(days, limit.days);
  return days;
}

SaleVerdict judge_sale(const SaleRules& rules, const Order& order, const Buyer& buyer, const SaleMoment& at) {
  SaleVerdict verdict;
  if (auto fault = buyer_fault(buyer)) verdict.faults.push_back(std::move(*fault));
  const CustomerType type = order.customer_type();
  if (type == CustomerType::medical && type_of(buyer, at.today) != type)
    verdict.faults.push_back(
        {"customer_type", "not_medical", "Only a customer whose medical card is valid today buys as medical."});

  const AgeAnswer age = age_of(rules, buyer, type, at.today);
  const bool may_wait = age == AgeAnswer::unknown && order.status() == OrderStatus::verification_pending;
  if (auto fault = age_fault(age, is_document_checked(order), rules.age.minimum_for(type)); fault && !may_wait)
    verdict.faults.push_back(std::move(*fault));

  verdict.limits = violations(rules.limits, order, PurchaseHistory{buyer.person, buyer.orders, at.now});
  for (const auto& limit : verdict.limits) verdict.faults.push_back(fault_of(limit));
  return verdict;
}

bool needs_verdict(const Order& before, const Order& after) {
  const auto from = before.status(), to = after.status();
  if (to == OrderStatus::canceled || to == OrderStatus::removed) return false;
  if (from != to && (from == OrderStatus::verification_pending || to == OrderStatus::completed)) return true;
  const auto differs = [&](OrderField field) { return before[field].value != after[field].value; };
  if (differs(OrderField::customer) || differs(OrderField::customer_type) || differs(OrderField::age_check)) return true;
  return !std::equal(before.lines.begin(), before.lines.end(), after.lines.begin(), after.lines.end(),
                     [](const auto& a, const auto& b) { return a.first == b.first && a.second.line == b.second.line; });
}

void add_buyer_fields(OrderPatch& patch, const SaleRules& rules, const Buyer& buyer, Day today) {
  const auto is_open = [&](OrderField field) {
    const auto* given = patch.find(field);
    return !given || !*given;
  };
  if (is_open(OrderField::customer_type)) patch.set(OrderField::customer_type, std::string(name_of(type_of(buyer, today))));
  if (!is_open(OrderField::status)) return;
  const auto type = **patch.find(OrderField::customer_type) == name_of(CustomerType::medical) ? CustomerType::medical
                                                                                              : CustomerType::recreational;
  const auto first = first_status(age_of(rules, buyer, type, today), !is_open(OrderField::age_check));
  patch.set(OrderField::status, std::string(name_of(first)));
}

std::optional<FieldFault> document_fault(const OrderPatch& patch, Standing standing) {
  const auto* given = patch.find(OrderField::age_check);
  if (!given || !*given || standing >= Standing::staff) return std::nullopt;
  return FieldFault{"age_check", "not_allowed", "Documents are looked at by staff."};
}

}  // namespace tillgate
