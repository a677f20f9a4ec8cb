// What writing to an order comes to, before anything is written: who buys and what they had before are looked up, all that speaks
// against it is collected, and what is to be written is complete. Inside the writer's transaction for a command, on any connection for
// who only asks.
#pragma once

#include <optional>

#include "store/order_record.hpp"

namespace tillgate {

// Where and when it is written.
struct SalePlace {
  const StoreId& store;
  const SaleRules& rules;
  SaleMoment at;
};

struct OrderPlan {
  SaleVerdict verdict;              // its faults are all there are; empty: `patch` may be written
  std::optional<OrderRecord> open;  // of a create: the order that it goes on with
  OrderPatch patch;
  Order after;  // as it would be
};

[[nodiscard]] Result<OrderPlan> plan_create(Connection& db, const SalePlace& place, const Actor& actor,
                                            const OrderPatch& create, bool may_resume);
[[nodiscard]] Result<OrderPlan> plan_update(Connection& db, const SalePlace& place, const Actor& actor, const Order& now,
                                            const OrderPatch& update);

}  // namespace tillgate
