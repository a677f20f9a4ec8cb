// How an order lies in hq.order_state.
#pragma once

#include <string>

#include "core/order_merge.hpp"
#include "core/order_text.hpp"
#include "headoffice/record_book.hpp"

namespace tillgate {

struct OrderKind {
  using Id = OrderId;
  using State = Order;
  using Body = OrderChange;
  static const Statement kLock, kInsert, kUpdate;
  [[nodiscard]] static Result<Order> decode(std::string_view text) { return decode_order_state(text); }
  [[nodiscard]] static RecordRow row_of(const Order& order);
};
using OrderBook = RecordBook<OrderKind>;

// The values alone, as one JSON object for readers: leaves by their names, lines by their products, pos_links.
[[nodiscard]] std::string plain_fields(const Order& order);

}  // namespace tillgate
