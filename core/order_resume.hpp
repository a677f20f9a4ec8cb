// A customer who comes back to an order that nobody has begun to pack goes on with it, instead of leaving two. The machine only
// says which order and what to write; a repeat of the request is the caller's Idempotency-Key to catch, or quantities add up twice.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/order.hpp"
#include "core/order_patch.hpp"

namespace tillgate {

// The order to go on with: AWAITING_PROCESSING, of this person and this store, the latest placed. nullptr: begin a new one.
// Nobody knows whose a walk-in's order is, so an empty `person` resumes nothing.
[[nodiscard]] const Order* resumable(std::span<const Order> orders, std::span<const CustomerId> person, std::string_view store);

struct Resumption {
  OrderPatch patch;                // against the open order
  std::vector<FieldFault> faults;  // not empty: nothing may be written
};
// What a normal create, before add_system_fields, is to write to the open order: quantities of equal keys and amounts are summed,
// what else it says of a line replaces what was known, notes are added to the notes. Number, cart, payment and age check are taken
// over; whose the order is, its state and its kind stay.
[[nodiscard]] Resumption resume(const Order& open, const OrderPatch& create);

}  // namespace tillgate
