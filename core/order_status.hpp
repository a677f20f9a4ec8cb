// How an order moves: which state follows which, who may say so, and what may still be changed in which state. Judged where a change
// is written, against the order as it stands in the same transaction; merging takes what others wrote as it comes. docs/orders.md has
// the picture.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/order.hpp"
#include "core/order_patch.hpp"

namespace tillgate {

// Each may do what those before it may.
enum class Standing : std::uint8_t { none, staff, manager, administrator };
// Of a caller's role, by its name; kiosks and whatever is not known here move no order.
[[nodiscard]] Standing standing_of(std::string_view role);

// The least standing that may move an order from one state to another. nullopt: nobody; this is no way an order goes.
// Staying where it is needs nothing, so that a repeat is no fault.
[[nodiscard]] std::optional<Standing> needed_for(OrderStatus from, OrderStatus to);

// The states that somebody of this standing may move it to; without the one it is in.
[[nodiscard]] std::vector<OrderStatus> moves_from(OrderStatus from, Standing standing);

struct OrderAuthor {
  std::string_view role;
  std::string_view store;  // where the author is; only an administrator writes to another store's order
};
// All that speaks against a normal patch of this order, with sentences for a cashier. Empty: it may be committed.
// Beside the moves themselves: an order ends with a reason unless it is completed; only a delivery goes out; lines and customer are
// fixed once the order is packed, and what is final takes a print, a payment, notes and POS links, nothing more. A line that is not
// there yet needs a quantity, and the order has room for kOrderLinesMax. For a new order pass an empty one.
[[nodiscard]] std::vector<FieldFault> check_against(const Order& now, const OrderPatch& patch, const OrderAuthor& author);

}  // namespace tillgate
