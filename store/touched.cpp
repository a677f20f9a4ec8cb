#include "store/touched.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "store/ledger.hpp"

namespace tillgate {
namespace {

bool says_anything(const ChangeSet& changes) {
  return std::any_of(changes.fields.begin(), changes.fields.end(), [](const auto& write) {
    switch (write.field) {
      case Field::licence_expires:
      case Field::medical_region:
      case Field::medical_expires:
      case Field::type:
      case Field::notes:
      case Field::status:
      case Field::home_store: return false;
      default: return true;
    }
  });
}

Result<bool> is_blanked(Connection& db, Seq seq) {
  auto row = db.prepare("SELECT payload IS NULL FROM ledger WHERE seq = ?").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  return !*has || row.integer(0) != 0;
}

// Which customer a later change is of; none where it says nothing of interest, or is blanked, or not of a customer.
Result<std::optional<CustomerId>> customer_of(Connection& db, Seq seq) {
  auto blank = is_blanked(db, seq);
  if (!blank) return fail(blank.error());
  if (*blank) return std::optional<CustomerId>();
  auto change = change_at(db, seq);
  if (!change) return fail(change.error());
  if (!*change || (*change)->envelope.entity != kCustomerEntity || !says_anything(changes_in((*change)->payload)))
    return std::optional<CustomerId>();
  return std::optional(CustomerId((*change)->envelope.key));
}

// Notes the row's customer, if it has one that is still there.
Result<> note_row(Connection& db, Seq seq, Seq prior, TouchedRows& rows) {
  std::optional<CustomerId> id;
  if (prior != 0) {
    auto of = customer_of(db, seq);
    if (!of) return fail(of.error());
    if (!*of) return {};
    id = *of;
  }
  auto row = id ? db.prepare("SELECT n, id FROM customers WHERE n = (SELECT seq FROM ids WHERE id = ?)").with(*id)
                : db.prepare("SELECT n, id FROM customers WHERE n = ?").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return {};
  const std::int64_t n = row.integer(0);
  const auto held = row.id<CustomerId>(1);
  if (auto ok = row.check(); !ok) return ok;
  auto [touched, is_new] = rows.customers.try_emplace(n, Touched{held, prior, seq});
  touched->second.last = seq;
  return {};
}

}  // namespace

Result<TouchedRows> customers_touched(Connection& db, Seq after, std::int64_t rows_max) {
  std::vector<std::pair<Seq, Seq>> rows;  // with their prior ones
  {
    auto row = db.prepare("SELECT seq, prior FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?").with(after, rows_max);
    for (;;) {
      auto has = row.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      rows.emplace_back(row.integer(0), row.integer(1));
    }
  }
  TouchedRows touched;
  touched.upto = after;
  for (const auto& [seq, prior] : rows) {
    if (auto noted = note_row(db, seq, prior, touched); !noted) return fail(noted.error());
    touched.upto = seq;
  }
  return touched;
}

}  // namespace tillgate
