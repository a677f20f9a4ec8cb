// Of a scrub: the orders. They are the last of the records, so what no record has led to by their end is a finding.
#include <utility>

#include "core/order_text.hpp"
#include "store/order_record.hpp"
#include "store/scrub.hpp"
#include "store/scrub_reads.hpp"

namespace tillgate {

Result<bool> Scrub::check_orders(Connection& db) {
  auto next = numbers(db.prepare("SELECT n FROM orders WHERE n > ? ORDER BY n LIMIT ?").with(last_order_, rows_));
  if (!next) return fail(next.error());
  auto done = check_records(db, *next, last_order_, report_.orders, &Scrub::check_order);
  if (!done) return fail(done.error());
  if (next->empty()) find_unnamed();
  return next->empty();
}

Result<> Scrub::check_order(Connection& db, std::int64_t n) {
  OrderRecord record;
  {
    auto row = db.prepare("SELECT " TILLGATE_ORDER_COLUMNS " FROM orders WHERE n = ?").with(n);
    auto has = row.step();
    auto read = !has   ? Result<OrderRecord>(fail(has.error()))
                : *has ? order_record_in(row)
                       : Result<OrderRecord>(fail(Errc::corrupt, "", ""));
    if (!read && !is_of_the_row(read.error())) return fail(read.error());
    if (!read) {
      is_record_unread_ = true;
      find("orders", n, "is not what was written");
      return {};
    }
    record = std::move(*read);
  }
  const auto& stored = record.stored;
  const Order& order = stored.order;
  auto named = named_by(db, order.id);
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != n) find("orders", n, "is not found by its id");
  if (const auto customer = order.customer()) {
    auto held =
        integer_in(db.prepare("SELECT n FROM orders INDEXED BY orders_customer WHERE customer = ? AND settled_at = ? AND n = ?")
                       .with(*customer, settled_at(order), n));
    if (!held && !is_of_the_row(held.error())) return fail(held.error());
    if (!held || *held != n) find("orders", n, "is not found by its customer");
  }
  if (const auto status = order.status()) {
    auto held = integer_in(db.prepare("SELECT n FROM orders INDEXED BY orders_status WHERE status = ? AND n = ?")
                               .with(static_cast<std::int64_t>(*status), n));
    if (!held && !is_of_the_row(held.error())) return fail(held.error());
    if (!held || *held != n) find("orders", n, "is not found by its state");
  }
  Order rebuilt;
  rebuilt.id = order.id;
  return check_history(
      db, {"orders", n, kOrderEntity, rebuilt.id, stored.last_seq, stored.created_at, stored.updated_at, stored.etag},
      [&](const Payload& payload) { merge(rebuilt, std::get<OrderChange>(payload.body)); },
      [&] { return hash_of(encode_order_state(rebuilt)); });
}

}  // namespace tillgate
