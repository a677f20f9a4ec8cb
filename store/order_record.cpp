#include "store/order_record.hpp"

#include <limits>
#include <string>
#include <utility>

#include "core/order_text.hpp"
#include "store/row_check.hpp"

namespace tillgate {
namespace {

Error damaged(const OrderId& id, const char* how) {
  return Error{Errc::corrupt, "an order's record is damaged", id.text() + " " + how};
}

// What the state says, once more for the indexes.
struct Keys {
  explicit Keys(const Order& order) : customer(order.customer()), settled(settled_at(order)) {
    if (const auto known = order.status()) status = static_cast<std::int64_t>(*known);
  }
  std::optional<CustomerId> customer;
  std::optional<std::int64_t> status;
  std::int64_t settled;
  bool operator==(const Keys&) const = default;
};

// The state counts by its digest, which is needed anyhow.
RowCheck check_of(const OrderRecord& record, const OrderId& id, const Keys& keys) {
  const auto& stored = record.stored;
  return row_check("orders", record.n, id, keys.customer, keys.status, keys.settled, ms_of(stored.created_at),
                   ms_of(stored.updated_at), stored.last_seq, stored.etag);
}

}  // namespace

std::int64_t settled_at(const Order& order) {
  constexpr std::int64_t not_yet = std::numeric_limits<std::int64_t>::max();
  const auto status = order.status();
  if (!status || !is_final(*status)) return not_yet;
  if (*status != OrderStatus::completed) return ms_of(order[OrderField::status].version.hlc.time());
  // As core/purchase_limit.hpp counts a completed one.
  auto at = order.time(OrderField::completed_at);
  if (!at) at = order.time(OrderField::placed_at);
  return at ? ms_of(*at) : not_yet;
}

Result<OrderRecord> order_record_in(Statement& row) {
  OrderRecord record;
  auto& stored = record.stored;
  record.n = row.integer(0);
  const auto id = row.id<OrderId>(1);
  Keys keys{Order{}};
  if (!row.is_null(2)) keys.customer = row.id<CustomerId>(2);
  if (!row.is_null(3)) keys.status = row.integer(3);
  keys.settled = row.integer(4);
  stored.created_at = timestamp_from_ms(row.integer(5));
  stored.updated_at = timestamp_from_ms(row.integer(6));
  stored.last_seq = row.integer(7);
  const auto text = row.text(9);
  if (auto ok = row.check(); !ok) return fail(ok.error());
  stored.etag = hash_of(text);
  if (!compare_check(row, 8, check_of(record, id, keys), id.text())) return fail(damaged(id, "does not match its checksum"));
  auto order = decode_order_state(text);
  if (!order) return fail(damaged(id, "cannot be read"));
  if (order->id != id) return fail(damaged(id, "holds the state of another record"));
  if (!(Keys(*order) == keys)) return fail(damaged(id, "is filed under other keys than its state's"));
  stored.order = std::move(*order);
  return record;
}

Result<std::optional<OrderRecord>> find_order(Connection& db, const OrderId& id) {
  auto row = db.prepare("SELECT " TILLGATE_ORDER_COLUMNS " FROM orders WHERE n = (SELECT seq FROM ids WHERE id = ?)").with(id);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<OrderRecord>();
  auto record = order_record_in(row);
  if (!record) return fail(record.error());
  if (record->stored.order.id != id) return std::optional<OrderRecord>();  // `id` is that of the change that created it
  return std::optional<OrderRecord>(std::move(*record));
}

Result<> save_order(Transaction& transaction, OrderRecord& record) {
  auto& stored = record.stored;
  const std::string state = encode_order_state(stored.order);
  stored.etag = hash_of(state);
  const bool is_new = record.n == 0;
  if (is_new) record.n = stored.last_seq;
  const Keys keys(stored.order);
  const RowCheck check = check_of(record, stored.order.id, keys);
  if (!is_new) {
    return transaction.db()
        .prepare(
            "UPDATE orders SET customer = ?, status = ?, settled_at = ?, updated_at = ?, last_seq = ?, row_check = ?, state = ?"
            " WHERE n = ?")
        .with(keys.customer, keys.status, keys.settled, ms_of(stored.updated_at), stored.last_seq, check, state, record.n)
        .run();
  }
  return transaction.db()
      .prepare("INSERT INTO orders (" TILLGATE_ORDER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .with(record.n, stored.order.id, keys.customer, keys.status, keys.settled, ms_of(stored.created_at),
            ms_of(stored.updated_at), stored.last_seq, check, state)
      .run();
}

Result<std::vector<Order>> history_of(Connection& db, std::span<const CustomerId> person, Timestamp since) {
  std::vector<Order> orders;
  for (const CustomerId& id : person) {
    auto rows = db.prepare("SELECT " TILLGATE_ORDER_COLUMNS
                           " FROM orders INDEXED BY orders_customer WHERE customer = ? AND settled_at > ? LIMIT ?")
                    .with(id, ms_of(since), kHistoryMax + 1);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      auto record = order_record_in(rows);
      if (!record) return fail(record.error());
      orders.push_back(std::move(record->stored.order));
      if (static_cast<std::int64_t>(orders.size()) > kHistoryMax)
        return fail(Errc::conflict, "this customer has more orders than can be looked through at once");
    }
  }
  return orders;
}

}  // namespace tillgate
