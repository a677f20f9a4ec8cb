// Of a scrub: the records, and that each is what its changes make of it.
#include <utility>

#include "core/customer_state.hpp"
#include "store/persons.hpp"
#include "store/scrub.hpp"
#include "store/scrub_reads.hpp"

namespace tillgate {
namespace {

constexpr int kBusyMax = 5;  // then a record with too many changes to be read in one step is passed over

}  // namespace

Result<bool> Scrub::check_customers(Connection& db) {
  auto next = numbers(db.prepare("SELECT n FROM customers WHERE n > ? ORDER BY n LIMIT ?").with(last_customer_, rows_));
  if (!next) return fail(next.error());
  for (const std::int64_t n : *next) {
    if (busy_ >= kBusyMax) {
      ++report_.skipped;
      is_record_unread_ = true;
      busy_ = 0;
    } else if (auto done = check_customer(db, n); !done) {
      return fail(done.error());
    }
    last_customer_ = n;
    ++report_.customers;
    settle();
  }
  if (!next->empty()) return false;
  // In this snapshot there is none beyond those counted; counting them again by SQL would be one long step.
  auto end = end_of(db);
  if (!end) return fail(end.error());
  auto erased = records_erased(db);
  if (!erased) return fail(erased.error());
  if (end->customers - *erased != report_.customers) find("ledger: its count of customers is not that of the rows");
  if (!is_record_unread_) {
    for (Seq seq = 1; seq < static_cast<Seq>(is_named_.size()); ++seq) {
      const auto at = static_cast<std::size_t>(seq);
      if (!is_named_[at] && !is_blanked_[at]) find("ledger", seq, "is a change that no record leads to");
    }
  }
  return true;
}

Result<> Scrub::check_customer(Connection& db, std::int64_t n) {
  Record record;
  {
    auto row = db.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n = ?").with(n);
    auto has = row.step();
    auto read = !has ? Result<Record>(fail(has.error())) : *has ? record_in(row) : Result<Record>(fail(Errc::corrupt, "", ""));
    if (!read && !is_of_the_row(read.error())) return fail(read.error());
    if (!read) {
      is_record_unread_ = true;
      find("customers", n, "is not what was written");
      return {};
    }
    record = std::move(*read);
  }
  auto named = named_by(db, record.stored.customer.id);
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != n) find("customers", n, "is not found by its id");
  auto updated = integer_in(db.prepare("SELECT n FROM customers INDEXED BY customers_updated WHERE updated_at = ? AND n = ?")
                                .with(ms_of(record.stored.updated_at), n));
  if (!updated && !is_of_the_row(updated.error())) return fail(updated.error());
  if (!updated || *updated != n) find("customers", n, "is not found by its time");
  return check_history(db, record);
}

// The record is what its changes make of it, and its times are theirs.
Result<> Scrub::check_history(Connection& db, const Record& record) {
  const auto& stored = record.stored;
  Customer rebuilt;
  rebuilt.id = stored.customer.id;
  std::optional<Seq> newest_read;  // the newest of its changes that was there when the ledger was read
  Seq oldest = 0;
  Timestamp first, last;
  for (Seq seq = stored.last_seq; seq > 0;) {
    auto change = change_at(db, seq);
    if (!change && !is_of_the_row(change.error())) return fail(change.error());
    if (!change || !*change || (*change)->envelope.key != stored.customer.id || (*change)->envelope.entity != kCustomerEntity ||
        (*change)->prior >= seq) {
      is_record_unread_ = true;
      find("customers", record.n, "has changes that cannot be read");
      return {};
    }
    if (!newest_read && seq < static_cast<Seq>(is_named_.size())) newest_read = seq;
    first = (*change)->envelope.recorded_at;
    if (seq == stored.last_seq) last = first;
    merge(rebuilt, changes_in((*change)->payload));
    oldest = seq;
    seq = (*change)->prior;
  }
  if (hash_of(encode_state(rebuilt)) != stored.etag) find("customers", record.n, "is not what its changes make of it");
  if (last != stored.updated_at || first != stored.created_at || oldest != record.n)
    find("customers", record.n, "has another number or other times than its changes");
  if (newest_read) {
    auto named = is_named_[static_cast<std::size_t>(*newest_read)];
    if (named) find("customers", record.n, "does not lead to its last change");
    is_named_[static_cast<std::size_t>(*newest_read)] = true;
  }
  return {};
}

}  // namespace tillgate
