// How much of what one may buy: per order, or over the last days by one person. What counts is sum of quantity x weight over the
// lines whose category the limit names. Equal is allowed; a line without weight weighs nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/order.hpp"

namespace tillgate {

struct PurchaseLimit {
  std::string name;
  std::int64_t max_mg = 0;               // positive
  std::set<std::string> categories;      // as lines have them: lower case; not empty
  std::optional<CustomerType> only_for;  // none: everybody
  int days = 0;                          // 0: this order alone; else with what was bought in that many days of 24 hours before
  bool operator==(const PurchaseLimit&) const = default;
};
inline constexpr int kLimitDaysMax = 366;
[[nodiscard]] bool is_sound(const PurchaseLimit& limit);

// What is known here of the buyer. Orders may be those of everybody; only the person's own count.
struct PurchaseHistory {
  std::span<const CustomerId> person;  // all records that are this person; empty for a walk-in, who has no history
  std::span<const Order> orders;
  Timestamp now;
};

struct LimitViolation {
  std::string name;
  std::int64_t max_mg = 0, actual_mg = 0;  // with what was bought before
  std::vector<std::string> product_ids;    // of this order, sorted
  std::vector<OrderId> earlier;            // orders that count too, sorted
  bool operator==(const LimitViolation&) const = default;
};

// The limits that this order would exceed. An order that takes nothing of a limit's categories never does.
[[nodiscard]] std::vector<LimitViolation> violations(std::span<const PurchaseLimit> limits, const Order& order,
                                                     const PurchaseHistory& history);

// Whether an earlier order counts towards the `days` before `now`. Canceled and removed ones do not. A completed one counts from its
// completion; where its time is missing it counts. One still open counts whatever its age: its goods are about to be handed over.
[[nodiscard]] bool counts(const Order& order, int days, Timestamp now);

// For the cashier: "flower: 6 g, allowed are 4 g".
[[nodiscard]] FieldFault fault_of(const LimitViolation& violation);

}  // namespace tillgate
