#include "store/queries.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "store/events.hpp"
#include "store/feeds.hpp"
#include "store/history.hpp"
#include "store/ledger.hpp"
#include "store/page_end.hpp"
#include "store/person_view.hpp"
#include "store/record.hpp"
#include "store/scrub.hpp"
#include "store/search.hpp"
#include "store/state.hpp"
#include "store/transaction.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kPageMax = 200;
// A filter may skip rows; a page looks at this many at most and then comes back short, with a cursor to go on from.
constexpr std::int64_t kScanMax = 5000;

}  // namespace

Result<GetCustomer::Answer> Queries::run(const GetCustomer& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  auto view = find_person(db_, query.id);
  if (!view) return fail(view.error());
  if (!*view) return GetCustomer::Answer();
  return GetCustomer::Answer(std::move((*view)->stored));
}

Result<IsErased::Answer> Queries::run(const IsErased& query) {
  return is_erased(db_, query.id);
}

Result<ListErased::Answer> Queries::run(const ListErased& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  return erased_after(db_, query);
}

Result<GetHistory::Answer> Queries::run(const GetHistory& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  return history_of(db_, query);
}

Result<GetProvenance::Answer> Queries::run(const GetProvenance& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  return provenance_of(db_, query.id);
}

Result<ListCustomers::Answer> Queries::run(const ListCustomers& query) {
  if (query.limit < 1 || query.limit > kPageMax) {
    return fail(Errc::invalid, "limit is a number from 1 to " + std::to_string(kPageMax));
  }
  auto end = page_end_of(query.sort, query.cursor);
  if (!end) return fail(Errc::invalid, "the cursor is not one of this list; begin again without it");
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  const std::int64_t since = query.updated_since ? ms_of(*query.updated_since) : std::numeric_limits<std::int64_t>::min();

  auto rows = query.sort == CustomerSort::created
                  ? db_.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n > ? ORDER BY n LIMIT ?")
                        .with(end->n, kScanMax)
                  : db_.prepare("SELECT " TILLGATE_RECORD_COLUMNS
                                " FROM customers WHERE (updated_at, n) > (?, ?)"
                                " AND updated_at >= ? ORDER BY updated_at, n LIMIT ?")
                        .with(end->updated_at, end->n, since, kScanMax);
  ListCustomers::Page page;
  for (std::int64_t scanned = 0;; ++scanned) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    // The last row looked at ends the page, shown or not. One more row is what says that there is more.
    const bool is_page_full = static_cast<std::int64_t>(page.customers.size()) == query.limit;
    if (!*has) {
      if (scanned == kScanMax) page.next_cursor = cursor_of(query.sort, *end);
      return page;
    }
    if (is_page_full) {
      page.next_cursor = cursor_of(query.sort, *end);
      return page;
    }
    const std::int64_t updated_at = rows.integer(3);
    *end = PageEnd{updated_at, rows.integer(0)};
    if (auto ok = rows.check(); !ok) return fail(ok.error());
    if (updated_at < since) continue;  // without reading the state
    auto record = record_in(rows);
    if (!record) return fail(record.error());
    const CustomerId id = record->stored.customer.id;
    auto view = person_around(db_, std::move(*record));
    if (!view) return fail(view.error());
    StoredCustomer& person = view->stored;
    if (!person.records.empty()) {
      const auto is_same = [&](const StoredCustomer& one) { return one.customer.id == person.customer.id; };
      const bool is_told_elsewhere = query.sort == CustomerSort::created
                                         ? person.customer.id != id
                                         : std::any_of(page.customers.begin(), page.customers.end(), is_same);
      if (is_told_elsewhere) continue;
    }
    page.customers.push_back(std::move(person));
  }
}

Result<SearchCustomers::Answer> Queries::run(const SearchCustomers& query) {
  if (!search_) search_ = std::make_shared<SearchMemory>();
  return search(db_, *search_, query);
}

Result<ReadBatch::Answer> Queries::run(const ReadBatch& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  auto before = digest_at(db_, query.after);
  if (!before) return fail(before.error());
  if (!*before) return fail(Errc::not_found, "the ledger has no row " + std::to_string(query.after));

  UpBatch batch;
  auto& header = batch.header;
  header.org = query.org;
  header.store = query.store;
  header.first = query.after + 1;
  header.last = query.after;
  header.prev = header.digest = **before;
  header.now = query.now;
  const auto damaged = [&] {
    return fail(Errc::corrupt, "the ledger is damaged", "row " + std::to_string(header.last + 1) + " is not what was written");
  };
  const auto changes_max = static_cast<std::int64_t>(std::clamp<std::size_t>(query.changes_max, 1, kBatchChangesMax));
  std::int64_t epoch = 0;
  {
    auto rows = db_.prepare(
                       "SELECT seq, epoch, payload_hash, digest, envelope, payload FROM ledger WHERE seq > ?"
                       " ORDER BY seq LIMIT ?")
                    .with(query.after, changes_max);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      if (epoch != 0 && rows.integer(1) != epoch) break;  // a batch ends where an epoch ends
      const Digest payload_hash = rows.digest(2);
      const auto envelope = rows.text(4);
      const bool is_blanked = rows.is_null(5);
      const std::string instead = is_blanked ? "{\"payload_hash\":\"" + payload_hash.text() + "\"}" : std::string();
      const auto payload = is_blanked ? std::string_view(instead) : rows.text(5);
      if (auto ok = rows.check(); !ok) return fail(ok.error());
      if (epoch != 0 && batch.body.size() + envelope.size() + payload.size() + 2 > query.bytes_max) break;
      // Damaged bytes must not leave the house: the far side would have to call it a fork.
      if (rows.integer(0) != header.last + 1 || (!is_blanked && hash_of(payload) != payload_hash) ||
          chain(header.digest, envelope, payload_hash) != rows.digest(3)) {
        return damaged();
      }
      epoch = rows.integer(1);
      header.last = rows.integer(0);
      header.digest = rows.digest(3);
      batch.body.append(envelope).append("\n").append(payload).append("\n");
    }
  }
  EpochRoot root;
  if (epoch != 0) {
    auto found = epoch_root(db_, epoch);
    if (!found) return fail(found.error());
    root = *found;
  } else {
    // At the head: an empty run, which tells the peer our epoch although no row of it may exist yet.
    auto state = read_state(db_);
    if (!state) return fail(state.error());
    if (!*state) return fail(Errc::corrupt, "the store's state is missing");
    root = (*state)->current;
  }
  header.epoch = root.epoch;
  if (header.first == root.after.seq + 1) header.root = root;
  return batch;
}

Result<ReadEvents::Answer> Queries::run(const ReadEvents& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  return events_after(db_, query);
}

Result<DigestAt::Answer> Queries::run(const DigestAt& query) {
  return digest_at(db_, query.seq);
}

Result<ReadFeed::Answer> Queries::run(const ReadFeed& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  FeedState feed;
  feed.name = query.name;
  auto held = find_feed(db_, query.name);
  if (!held) return fail(held.error());
  if (*held) {
    feed.cursor = (*held)->cursor;
    feed.ho_epoch = (*held)->ho_epoch;
    feed.last_error = (*held)->last_error;
  }
  auto end = end_of(db_);
  if (!end) return fail(end.error());
  feed.behind = end->head.seq - feed.cursor.seq;
  if (feed.behind > 0) {
    auto row = db_.prepare("SELECT recorded_at FROM ledger WHERE seq = ?").with(feed.cursor.seq + 1);
    auto has = row.step();
    if (!has) return fail(has.error());
    if (*has) feed.oldest_waiting = timestamp_from_ms(row.integer(0));
    if (auto ok = row.check(); !ok) return fail(ok.error());
  }
  return feed;
}

Result<ReadFigures::Answer> Queries::run(const ReadFigures&) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  auto end = end_of(db_);
  if (!end) return fail(end.error());
  auto bytes = db_.database_bytes();
  if (!bytes) return fail(bytes.error());
  auto erased = records_erased(db_);
  if (!erased) return fail(erased.error());
  return StoreFigures{end->customers - *erased, end->head.seq, *bytes, db_.wal_bytes(), end->head};
}

Result<ScrubStep::Answer> Queries::run(const ScrubStep& query) {
  return query.scrub->step(db_);
}

Result<Ping::Answer> Queries::run(const Ping&) {
  auto answer = db_.integer_of("SELECT one FROM state");
  if (!answer) return fail(answer.error());
  return *answer == 1;
}

}  // namespace tillgate
