#include "store/queries.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "store/ledger.hpp"
#include "store/record.hpp"
#include "store/sqlite.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kPageMax = 200;
// A filter may skip rows; a page looks at this many at most and then comes back short, with a cursor to go on from.
constexpr std::int64_t kScanMax = 5000;

std::string big_endian(std::int64_t value) {
  // The sign bit is flipped so that the text sorts like the number; nobody relies on it, but it reads well in a log.
  const auto bits = static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  return to_hex(bytes);
}

std::optional<std::int64_t> from_big_endian(std::string_view hex) {
  std::array<std::uint8_t, 8> bytes{};
  if (!from_hex(hex, bytes)) return std::nullopt;
  std::uint64_t bits = 0;
  for (const auto byte : bytes) bits = (bits << 8) | byte;
  return static_cast<std::int64_t>(bits ^ (std::uint64_t{1} << 63));
}

// Where a page ended. Text: "c" and the row's number, or "u" and the time, a dash, the id.
struct PageEnd {
  std::int64_t value = std::numeric_limits<std::int64_t>::min();
  CustomerId id;
};

std::string cursor_of(CustomerSort sort, const PageEnd& end) {
  if (sort == CustomerSort::created) return "c" + big_endian(end.value);
  return "u" + big_endian(end.value) + "-" + to_hex(end.id.bytes);
}

std::optional<PageEnd> page_end_of(CustomerSort sort, std::string_view cursor) {
  PageEnd end;
  if (cursor.empty()) return end;
  const char letter = sort == CustomerSort::created ? 'c' : 'u';
  const std::size_t length = sort == CustomerSort::created ? 17 : 50;
  if (cursor.size() != length || cursor.front() != letter) return std::nullopt;
  const auto value = from_big_endian(cursor.substr(1, 16));
  if (!value) return std::nullopt;
  end.value = *value;
  if (sort == CustomerSort::updated && (cursor[17] != '-' || !from_hex(cursor.substr(18), end.id.bytes))) return std::nullopt;
  return end;
}

// The row of `state`: what has no record to belong to.
struct StateRow {
  EpochRoot current;
  std::int64_t customers = 0, ledger_rows = 0;
};

Result<StateRow> state_row(Connection& db) {
  auto row =
      db.prepare("SELECT customers, ledger_rows, epoch, epoch_replaces, epoch_seq, epoch_digest FROM state WHERE one = 1");
  auto has = row.step();
  if (!has) return fail(has.error());
  StateRow state;
  state.customers = row.integer(0);
  state.ledger_rows = row.integer(1);
  state.current.epoch = row.id<Epoch>(2);
  if (!row.is_null(3)) state.current.replaces = row.id<Epoch>(3);
  state.current.after = Position{row.integer(4), row.digest(5)};
  if (auto ok = row.check(); !ok) return fail(ok.error());
  return state;
}

Result<EpochRoot> epoch_row(Connection& db, std::int64_t id) {
  auto row = db.prepare("SELECT epoch, replaces, root_seq, root_digest FROM epochs WHERE id = ?").with(id);
  auto has = row.step();
  if (!has) return fail(has.error());
  EpochRoot root;
  root.epoch = row.id<Epoch>(0);
  if (!row.is_null(1)) root.replaces = row.id<Epoch>(1);
  root.after = Position{row.integer(2), row.digest(3)};
  if (auto ok = row.check(); !ok) return fail(ok.error());
  return root;
}

}  // namespace

Result<GetCustomer::Answer> Queries::run(const GetCustomer& query) {
  auto record = find_record(db_, query.id);
  if (!record) return fail(record.error());
  if (!*record) return GetCustomer::Answer();
  return GetCustomer::Answer(std::move((*record)->stored));
}

Result<ListCustomers::Answer> Queries::run(const ListCustomers& query) {
  if (query.limit < 1 || query.limit > kPageMax) {
    return fail(Errc::invalid, "limit is a number from 1 to " + std::to_string(kPageMax));
  }
  auto end = page_end_of(query.sort, query.cursor);
  if (!end) return fail(Errc::invalid, "the cursor is not one of this list; begin again without it");
  const std::int64_t since = query.updated_since ? ms_of(*query.updated_since) : std::numeric_limits<std::int64_t>::min();

  auto rows = query.sort == CustomerSort::created
                  ? db_.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n > ? ORDER BY n LIMIT ?")
                        .with(end->value, kScanMax)
                  : db_.prepare("SELECT " TILLGATE_RECORD_COLUMNS
                                " FROM customers WHERE (updated_at, id) > (?, ?)"
                                " AND updated_at >= ? ORDER BY updated_at, id LIMIT ?")
                        .with(end->value, end->id, since, kScanMax);
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
    *end = PageEnd{query.sort == CustomerSort::created ? rows.integer(0) : updated_at, rows.id<CustomerId>(1)};
    if (auto ok = rows.check(); !ok) return fail(ok.error());
    if (updated_at < since) continue;  // without reading the state
    auto record = record_in(rows);
    if (!record) return fail(record.error());
    page.customers.push_back(std::move(record->stored));
  }
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
    auto found = epoch_row(db_, epoch);
    if (!found) return fail(found.error());
    root = *found;
  } else {
    // At the head: an empty run, which tells the peer our epoch although no row of it may exist yet.
    auto state = state_row(db_);
    if (!state) return fail(state.error());
    root = state->current;
  }
  header.epoch = root.epoch;
  if (header.first == root.after.seq + 1) header.root = root;
  return batch;
}

Result<DigestAt::Answer> Queries::run(const DigestAt& query) {
  return digest_at(db_, query.seq);
}

Result<ReadFeed::Answer> Queries::run(const ReadFeed& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  FeedState feed;
  feed.name = query.name;
  {
    auto row = db_.prepare("SELECT cursor_seq, cursor_digest, ho_epoch, last_error FROM feeds WHERE name = ?").with(query.name);
    auto has = row.step();
    if (!has) return fail(has.error());
    if (*has) {
      feed.cursor = Position{row.integer(0), row.digest(1)};
      if (!row.is_null(2)) feed.ho_epoch = row.id<HoEpoch>(2);
      feed.last_error = std::string(row.text(3));
      if (auto ok = row.check(); !ok) return fail(ok.error());
    }
  }
  auto head = head_of(db_);
  if (!head) return fail(head.error());
  feed.behind = head->seq - feed.cursor.seq;
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
  auto state = state_row(db_);
  if (!state) return fail(state.error());
  auto head = head_of(db_);
  if (!head) return fail(head.error());
  auto bytes = db_.database_bytes();
  if (!bytes) return fail(bytes.error());
  return StoreFigures{state->customers, state->ledger_rows, *bytes, db_.wal_bytes(), *head};
}

Result<Ping::Answer> Queries::run(const Ping&) {
  auto answer = db_.integer_of("SELECT one FROM state");
  if (!answer) return fail(answer.error());
  return *answer == 1;
}

}  // namespace tillgate
