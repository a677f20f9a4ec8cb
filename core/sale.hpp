// May this order be sold to this buyer, today? What depends on more than the order: who the customer is, how old, what the person had
// before. One judgement, so that placing, changing, completing and asking beforehand cannot differ. docs/orders.md says when it is
// asked.
#pragma once

#include <span>
#include <vector>

#include "core/age_gate.hpp"
#include "core/order_status.hpp"
#include "core/purchase_limit.hpp"

namespace tillgate {

struct SaleRules {
  AgeRule age;
  std::vector<PurchaseLimit> limits;
  bool operator==(const SaleRules&) const = default;
};
// How far back a person's history counts for these limits.
[[nodiscard]] int days_of_history(const SaleRules& rules);

struct Buyer {
  const Customer* customer = nullptr;  // nullptr: a walk-in, or the record named is not here
  bool must_be_here = false;           // this very write names it
  std::span<const CustomerId> person;  // all records that are this person
  std::span<const Order> orders;       // what they had before, as far as it can count
};
struct SaleMoment {
  Day today;  // by the calendar of the store
  Timestamp now;
};

struct SaleVerdict {
  std::vector<FieldFault> faults;  // empty: go on
  std::vector<LimitViolation> limits;
  bool operator==(const SaleVerdict&) const = default;
};
// `order`: as it would be. An age that is unknown is no fault of one that waits for its verification.
[[nodiscard]] SaleVerdict judge_sale(const SaleRules& rules, const Order& order, const Buyer& buyer, const SaleMoment& at);

// Whether a change of an order is one that has to be judged so: goods, buyer or type are others, its verification ends, or it is
// completed.
[[nodiscard]] bool needs_verdict(const Order& before, const Order& after);

// What a new order, before add_system_fields, leaves open and the buyer settles: the type of customer and the state it begins in.
void add_buyer_fields(OrderPatch& patch, const SaleRules& rules, const Buyer& buyer, Day today);

// Staff look at documents; nobody else may say that they did.
[[nodiscard]] std::optional<FieldFault> document_fault(const OrderPatch& patch, Standing standing);

}  // namespace tillgate
