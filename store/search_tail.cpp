#include "store/search_tail.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "store/ledger.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kRowsMax = 512;

// None: the row is of no customer that is still there.
Result<std::optional<Record>> record_of(Connection& db, Seq seq, Seq prior) {
  if (prior != 0) {
    CustomerId id;
    {
      auto row = db.prepare("SELECT envelope FROM ledger WHERE seq = ?").with(seq);
      auto has = row.step();
      if (!has) return fail(has.error());
      auto envelope = decode_envelope(row.text(0));
      if (!envelope) return fail(envelope.error());
      if (envelope->entity != kCustomerEntity) return std::optional<Record>();
      id = CustomerId(envelope->key);
    }
    return find_record(db, id);
  }
  auto row = db.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n = ?").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Record>();
  auto record = record_in(row);
  if (!record) return fail(record.error());
  return std::optional(std::move(*record));
}

}  // namespace

Result<> SearchTail::refresh(Connection& db, Seq cursor, Seq head) {
  const Seq first = std::max(cursor, head - kRowsMax);
  if (first < read_from_) {  // the index is being made anew
    entries_.clear();
    read_to_ = 0;
  }
  read_from_ = first;
  unread_ = first - cursor;
  entries_.erase(entries_.begin(), entries_.upper_bound(first));
  std::vector<std::pair<Seq, Seq>> rows;  // with their prior ones
  {
    auto row = db.prepare("SELECT seq, prior FROM ledger WHERE seq > ? ORDER BY seq").with(std::max(first, read_to_));
    for (;;) {
      auto has = row.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      rows.emplace_back(row.integer(0), row.integer(1));
    }
  }
  for (const auto& [seq, prior] : rows) {
    auto record = record_of(db, seq, prior);
    if (!record) return fail(record.error());
    if (*record) {
      const Record& held = **record;
      const Customer& customer = held.stored.customer;
      entries_.emplace(seq, Entry{held.n, search_card(customer, held.licence_index, held.medical_index),
                                  block_keys(identity_of(customer, held.licence_index))});
    }
    read_to_ = seq;
  }
  return {};
}

}  // namespace tillgate
