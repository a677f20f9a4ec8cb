// Of a scrub: the customers.
#include <utility>

#include "core/customer_state.hpp"
#include "store/persons.hpp"
#include "store/pos_links.hpp"
#include "store/record.hpp"
#include "store/scrub.hpp"
#include "store/scrub_reads.hpp"
#include "store/search_index.hpp"

namespace tillgate {

Result<bool> Scrub::check_customers(Connection& db) {
  auto next = numbers(db.prepare("SELECT n FROM customers WHERE n > ? ORDER BY n LIMIT ?").with(last_customer_, rows_));
  if (!next) return fail(next.error());
  auto done = check_records(db, *next, last_customer_, report_.customers, &Scrub::check_customer);
  if (!done) return fail(done.error());
  if (!next->empty()) return false;
  // In this snapshot there is none beyond those counted; counting them again by SQL would be one long step.
  auto end = end_of(db);
  if (!end) return fail(end.error());
  auto erased = records_erased(db);
  if (!erased) return fail(erased.error());
  if (end->customers - *erased != report_.customers) find("ledger: its count of customers is not that of the rows");
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
  const auto& stored = record.stored;
  auto named = named_by(db, stored.customer.id);
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != n) find("customers", n, "is not found by its id");
  auto updated = integer_in(db.prepare("SELECT n FROM customers INDEXED BY customers_updated WHERE updated_at = ? AND n = ?")
                                .with(ms_of(stored.updated_at), n));
  if (!updated && !is_of_the_row(updated.error())) return fail(updated.error());
  if (!updated || *updated != n) find("customers", n, "is not found by its time");
  if (auto done = check_terms(db, record); !done) return done;
  auto linked = has_pos_links(db, n, stored.customer.pos_links);
  if (!linked) return fail(linked.error());
  if (!*linked) find("customers", n, "is not found by its id at a POS");
  Customer rebuilt;
  rebuilt.id = stored.customer.id;
  return check_history(
      db, {"customers", n, kCustomerEntity, rebuilt.id, stored.last_seq, stored.created_at, stored.updated_at, stored.etag},
      [&](const Payload& payload) { merge(rebuilt, changes_in(payload)); }, [&] { return hash_of(encode_state(rebuilt)); });
}

// A term too many is harmless, since the record decides; one that is missing hides the customer.
Result<> Scrub::check_terms(Connection& db, const Record& record) {
  auto feed = find_feed(db, kSearchFeed);
  if (!feed && !is_of_the_row(feed.error())) return fail(feed.error());
  // A damaged row is found among the feeds.
  if (!feed || !*feed || is_clearing(**feed) || (*feed)->cursor.seq < record.stored.last_seq) return {};
  for (const auto& term : terms_of(record)) {
    auto held = integer_in(db.prepare("SELECT n FROM search_terms WHERE term = ? AND n = ?").with(as_bytes(term), record.n));
    if (!held && !is_of_the_row(held.error())) return fail(held.error());
    const auto word = word_of_term(term);
    auto known = word ? integer_in(db.prepare("SELECT id FROM search_words WHERE word = ?").with(as_bytes(*word)))
                      : Result<std::optional<std::int64_t>>(std::optional<std::int64_t>(0));
    if (!known && !is_of_the_row(known.error())) return fail(known.error());
    if (held && *held && known && *known) continue;
    find("customers", record.n, "is not found by the search index: have it made anew");
    return {};
  }
  return {};
}

}  // namespace tillgate
