#include "core/purchase_limit.hpp"

#include <algorithm>
#include <limits>

namespace tillgate {

namespace {

// One line within its bounds stays far below; a history without end must not wrap into "nothing bought".
std::int64_t plus(std::int64_t one, std::int64_t other) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  return one > most - other ? most : one + other;
}

std::int64_t weight_of(const LineCell& cell, const PurchaseLimit& limit) {
  if (!cell.line || !limit.categories.contains(cell.line->category)) return 0;
  return cell.line->quantity * cell.line->weight_mg.value_or(0);
}

std::int64_t weight_of(const Order& order, const PurchaseLimit& limit) {
  std::int64_t sum = 0;
  for (const auto& [key, cell] : order.lines) sum = plus(sum, weight_of(cell, limit));
  return sum;
}

bool is_of(std::span<const CustomerId> person, const Order& order) {
  const auto customer = order.customer();
  return customer && std::find(person.begin(), person.end(), *customer) != person.end();
}

std::string grams(std::int64_t mg) {
  std::string text = std::to_string(mg / 1000), rest = std::to_string(1000 + mg % 1000).substr(1);
  while (!rest.empty() && rest.back() == '0') rest.pop_back();
  return (rest.empty() ? text : text + "." + rest) + " g";
}

std::optional<LimitViolation> violation(const PurchaseLimit& limit, const Order& order, const PurchaseHistory& history) {
  if (limit.only_for && *limit.only_for != order.customer_type()) return std::nullopt;
  LimitViolation found{limit.name, limit.max_mg, weight_of(order, limit), {}, {}};
  if (found.actual_mg == 0) return std::nullopt;
  if (limit.days > 0) {
    std::set<OrderId> seen{order.id};  // the order itself may lie in the history already
    for (const Order& earlier : history.orders) {
      if (!is_of(history.person, earlier) || !counts(earlier, limit.days, history.now)) continue;
      const std::int64_t weight = weight_of(earlier, limit);
      if (weight == 0 || !seen.insert(earlier.id).second) continue;
      found.actual_mg = plus(found.actual_mg, weight);
      found.earlier.push_back(earlier.id);
    }
  }
  if (found.actual_mg <= limit.max_mg) return std::nullopt;
  std::set<std::string> products;
  for (const auto& [key, cell] : order.lines) {
    if (weight_of(cell, limit) > 0) products.insert(key.product_id);
  }
  found.product_ids.assign(products.begin(), products.end());
  std::sort(found.earlier.begin(), found.earlier.end());
  return found;
}

}  // namespace

bool is_sound(const PurchaseLimit& limit) {
  return !limit.name.empty() && limit.max_mg > 0 && !limit.categories.empty() && !limit.categories.contains("") &&
         limit.days >= 0 && limit.days <= kLimitDaysMax;
}

std::vector<LimitViolation> violations(std::span<const PurchaseLimit> limits, const Order& order,
                                       const PurchaseHistory& history) {
  std::vector<LimitViolation> all;
  for (const PurchaseLimit& limit : limits) {
    if (auto found = violation(limit, order, history)) all.push_back(std::move(*found));
  }
  return all;
}

bool counts(const Order& order, int days, Timestamp now) {
  const auto status = order.status();
  if (status == OrderStatus::canceled || status == OrderStatus::removed) return false;
  if (status != OrderStatus::completed) return true;
  auto at = order.time(OrderField::completed_at);
  if (!at) at = order.time(OrderField::placed_at);
  return !at || *at > now - std::chrono::hours(24) * days;
}

FieldFault fault_of(const LimitViolation& violation) {
  return {"lines", "over_limit",
          violation.name + ": " + grams(violation.actual_mg) + (violation.earlier.empty() ? "" : " with earlier purchases") +
              ", allowed are " + grams(violation.max_mg) + "."};
}

}  // namespace tillgate
