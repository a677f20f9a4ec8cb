#include "store/retention.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tillgate {
namespace {

constexpr std::int64_t kRowsMax = 200;  // looked at for a page

// Of one record's orders; none: one of them is open.
Result<std::optional<Timestamp>> last_order(Connection& db, const CustomerId& id) {
  auto row = db.prepare(
                   "SELECT coalesce(max(settled_at), 0), coalesce(max(updated_at), 0) FROM orders INDEXED BY orders_customer"
                   " WHERE customer = ?")
                 .with(id);
  auto has = row.step();
  if (!has) return fail(has.error());
  const std::int64_t settled = row.integer(0), updated = row.integer(1);
  if (auto ok = row.check(); !ok) return fail(ok.error());
  if (settled == std::numeric_limits<std::int64_t>::max()) return std::optional<Timestamp>();
  return std::optional(timestamp_from_ms(updated));
}

}  // namespace

Result<std::optional<Timestamp>> last_seen(Connection& db, const PersonView& person, const StoreId& own) {
  const Customer& customer = person.stored.customer;
  const std::string_view status = customer.text(Field::status);
  const bool is_kept = status == "banned" || status == "on_hold" || customer.text(Field::home_store) != own.value;
  if (is_kept) return std::optional<Timestamp>();
  Timestamp last = person.stored.updated_at;
  for (const Record& member : person.members) {
    auto ordered = last_order(db, member.stored.customer.id);
    if (!ordered) return fail(ordered.error());
    if (!*ordered) return std::optional<Timestamp>();
    last = std::max(last, **ordered);
  }
  return std::optional(last);
}

Result<FindForgotten::Page> forgotten(Connection& db, const FindForgotten& query) {
  FindForgotten::Page page;
  std::vector<std::pair<std::int64_t, std::int64_t>> rows;  // by time of change, n
  {
    auto row = db.prepare(
                     "SELECT updated_at, n FROM customers WHERE (updated_at, n) > (?, ?) AND updated_at < ?"
                     " ORDER BY updated_at, n LIMIT ?")
                   .with(query.after.updated_at, query.after.n, ms_of(query.before), kRowsMax);
    for (;;) {
      auto has = row.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      rows.emplace_back(row.integer(0), row.integer(1));
    }
    if (auto ok = row.check(); !ok) return fail(ok.error());
  }
  for (const auto& [updated_at, n] : rows) {
    page.end = {updated_at, n};
    std::optional<CustomerId> id;
    {
      auto row = db.prepare("SELECT id FROM customers WHERE n = ?").with(n);
      auto has = row.step();
      if (!has) return fail(has.error());
      if (*has) id = row.id<CustomerId>(0);
      if (auto ok = row.check(); !ok) return fail(ok.error());
    }
    if (!id) continue;
    auto person = find_person(db, *id);
    if (!person) return fail(person.error());
    // A person of several records comes once, at the one that names them.
    if (!*person || (*person)->members.front().stored.customer.id != *id) continue;
    auto seen = last_seen(db, **person, query.store);
    if (!seen) return fail(seen.error());
    if (*seen && **seen < query.before) page.due.push_back(*id);
  }
  page.has_more = static_cast<std::int64_t>(rows.size()) == kRowsMax;
  return page;
}

Result<FindForgotten::Answer> Queries::run(const FindForgotten& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  return forgotten(db_, query);
}

}  // namespace tillgate
