#include "store/ledger.hpp"

#include <utility>

#include "core/check.hpp"
#include "store/feeds.hpp"
#include "store/row_check.hpp"

namespace tillgate {
namespace {

constexpr int kRechainRows = 200;  // rows in memory at once

Error damaged(Seq seq, const char* how) {
  return Error{Errc::corrupt, "the ledger is damaged", "row " + std::to_string(seq) + " " + how};
}

RowCheck epoch_check(std::int64_t id, const EpochRoot& root, std::int64_t opened_at) {
  return row_check("epochs", id, root.epoch, root.replaces, root.after.seq, root.after.digest, opened_at);
}

#define TILLGATE_EPOCH_COLUMNS "id, epoch, replaces, root_seq, root_digest, opened_at, row_check"

Result<EpochRoot> root_in(Statement& row) {
  EpochRoot root;
  root.epoch = row.id<Epoch>(1);
  if (!row.is_null(2)) root.replaces = row.id<Epoch>(2);
  root.after = Position{row.integer(3), row.digest(4)};
  const auto sound = compare_check(row, 6, epoch_check(row.integer(0), root, row.integer(5)), "a row of epochs");
  if (!sound) return fail(sound.error());
  return root;
}

Result<> insert_epoch(Connection& db, std::int64_t id, const EpochRoot& root, Timestamp opened_at) {
  return db
      .prepare(
          "INSERT INTO epochs (id, epoch, replaces, root_seq, root_digest, opened_at, row_check)"
          " VALUES (?, ?, ?, ?, ?, ?, ?)")
      .with(id, root.epoch, root.replaces, root.after.seq, root.after.digest, ms_of(opened_at),
            epoch_check(id, root, ms_of(opened_at)))
      .run();
}

Result<> insert_id(Connection& db, const Uuid& id, Seq seq) {
  return db.prepare("INSERT INTO ids (id, seq) VALUES (?, ?)").with(id, seq).run();
}

Result<std::int64_t> next_epoch_id(Connection& db) {
  auto row = db.prepare("SELECT coalesce(max(id), 0) + 1 FROM epochs");
  auto has = row.step();
  if (!has) return fail(has.error());
  return row.integer(0);
}

}  // namespace

Result<> LedgerWriter::open_epoch() {
  auto id = next_epoch_id(db_);
  if (!id) return fail(id.error());
  if (auto done = insert_epoch(db_, *id, tail_.current, tail_.opened_at); !done) return done;
  tail_.epoch_row = *id;
  return {};
}

Result<Position> LedgerWriter::append(Transaction&, const Draft& draft) {
  Envelope envelope;
  envelope.epoch = tail_.current.epoch;
  envelope.seq = tail_.head.seq + 1;
  envelope.version = draft.version;
  envelope.change_id = draft.change_id;
  envelope.recorded_at = draft.recorded_at;
  envelope.clock_confirmed = draft.clock_confirmed;
  envelope.entity = draft.entity;
  envelope.key = draft.key;
  envelope.kind = draft.kind;
  envelope.source = draft.source;
  envelope.terminal = draft.terminal;
  envelope.person = draft.person;
  envelope.role = draft.role;
  envelope.reason = draft.reason;
  envelope.correlation_id = draft.correlation_id;
  const std::string payload_line = encode(Payload{draft.body, draft.salt}, draft.version);
  if (payload_line.size() > kPayloadBytesMax) {
    return fail(Errc::invalid, "payload_too_large: the change is " + std::to_string(payload_line.size()) + " bytes, at most " +
                                   std::to_string(kPayloadBytesMax) + " are taken");
  }
  const std::string envelope_line = encode(envelope);
  const Digest payload_hash = hash_of(payload_line);
  const Position place{envelope.seq, chain(tail_.head.digest, envelope_line, payload_hash)};
  const bool is_creation = draft.prior == 0 && has_records(draft.entity);
  const std::int64_t customers = tail_.customers + (creates_customer(envelope, draft.prior) ? 1 : 0);
  if (tail_.epoch_row == 0) {
    if (auto opened = open_epoch(); !opened) return fail(opened.error());
  }
  auto inserted = db_.prepare(
                         "INSERT INTO ledger (seq, epoch, prior, customers, recorded_at, change_id, payload_hash, digest,"
                         " envelope, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                      .with(place.seq, tail_.epoch_row, draft.prior, customers, ms_of(draft.recorded_at), draft.change_id,
                            payload_hash, place.digest, envelope_line, payload_line)
                      .run();
  if (inserted) inserted = insert_id(db_, draft.change_id, place.seq);
  if (inserted && is_creation) inserted = insert_id(db_, draft.key, place.seq);
  if (!inserted) return fail(inserted.error());
  tail_.head = place;
  tail_.customers = customers;
  bytes_appended_ += static_cast<std::int64_t>(envelope_line.size() + payload_line.size());
  return place;
}

Result<EpochRoot> LedgerWriter::rechain(Transaction& transaction, Position root, Epoch epoch, Timestamp now) {
  auto own = digest_at(db_, root.seq);
  if (!own) return fail(own.error());
  if (*own != root.digest) return fail(Errc::conflict, "the row to re-chain from is not one of this ledger");

  EpochRoot fresh{epoch, std::nullopt, root};
  if (root.seq > 0) {
    auto row = db_.prepare("SELECT epoch FROM ledger WHERE seq = ?").with(root.seq);
    auto has = row.step();
    if (!has) return fail(has.error());
    auto left = epoch_root(db_, row.integer(0));
    if (!left) return fail(left.error());
    fresh.replaces = left->epoch;
  }
  std::int64_t epoch_row = 0;
  Position head = root;
  if (root.seq < tail_.head.seq) {
    auto id = next_epoch_id(db_);
    if (!id) return fail(id.error());
    epoch_row = *id;
    if (auto done = insert_epoch(db_, epoch_row, fresh, now); !done) return fail(done.error());
    if (auto done = rewrite_after(root, epoch_row, epoch, head); !done) return fail(done.error());
    CHECK(head.seq == tail_.head.seq);
    // Epochs that began at or after the root hold no row any more: they are off this file's path.
    auto dropped = db_.prepare("DELETE FROM epochs WHERE root_seq >= ? AND id <> ?").with(root.seq, epoch_row).run();
    if (!dropped) return fail(dropped.error());
  }
  if (auto moved = take_feeds_back(transaction, root); !moved) return fail(moved.error());
  tail_.head = head;
  tail_.current = fresh;
  tail_.epoch_row = epoch_row;
  tail_.opened_at = now;
  return fresh;
}

Result<> LedgerWriter::rewrite_after(Position root, std::int64_t epoch_row, Epoch epoch, Position& head) {
  struct Row {
    Seq seq;
    std::string envelope;
    Digest payload_hash;
  };
  head = root;
  for (;;) {
    std::vector<Row> rows;
    {
      auto read = db_.prepare("SELECT seq, envelope, payload_hash FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?")
                      .with(head.seq, kRechainRows);
      for (;;) {
        auto has = read.step();
        if (!has) return fail(has.error());
        if (!*has) break;
        rows.push_back(Row{read.integer(0), std::string(read.text(1)), read.digest(2)});
        if (auto ok = read.check(); !ok) return ok;
      }
    }
    if (rows.empty()) return {};
    if (on_progress_) on_progress_();
    for (const auto& row : rows) {
      auto envelope = decode_envelope(row.envelope);
      if (!envelope) return fail(damaged(row.seq, "has an envelope that cannot be read"));
      envelope->epoch = epoch;
      const std::string line = encode(*envelope);
      head = Position{row.seq, chain(head.digest, line, row.payload_hash)};
      auto updated = db_.prepare("UPDATE ledger SET epoch = ?, envelope = ?, digest = ? WHERE seq = ?")
                         .with(epoch_row, line, head.digest, row.seq)
                         .run();
      if (!updated) return updated;
    }
  }
}

Result<LedgerEnd> end_of(Connection& db) {
  auto row = db.prepare("SELECT seq, digest, customers FROM ledger ORDER BY seq DESC LIMIT 1");
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return LedgerEnd{};
  LedgerEnd end{Position{row.integer(0), row.digest(1)}, row.integer(2)};
  if (auto ok = row.check(); !ok) return fail(ok.error());
  return end;
}

Result<std::optional<Envelope>> last_envelope(Connection& db) {
  auto row = db.prepare("SELECT seq, envelope FROM ledger ORDER BY seq DESC LIMIT 1");
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Envelope>();
  auto envelope = decode_envelope(row.text(1));
  if (!envelope) return fail(damaged(row.integer(0), "has an envelope that cannot be read"));
  return std::optional<Envelope>(std::move(*envelope));
}

Result<std::optional<Digest>> digest_at(Connection& db, Seq seq) {
  if (seq == 0) return std::optional<Digest>(Digest{});
  auto row = db.prepare("SELECT digest FROM ledger WHERE seq = ?").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Digest>();
  std::optional<Digest> digest = row.digest(0);
  if (auto ok = row.check(); !ok) return fail(ok.error());
  return digest;
}

Result<Path> written_path(Connection& db) {
  Path path;
  auto rows = db.prepare("SELECT " TILLGATE_EPOCH_COLUMNS " FROM epochs ORDER BY id");
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return path;
    auto root = root_in(rows);
    if (!root) return fail(root.error());
    path.push(*root);
  }
}

Result<EpochRoot> epoch_root(Connection& db, std::int64_t id) {
  auto row = db.prepare("SELECT " TILLGATE_EPOCH_COLUMNS " FROM epochs WHERE id = ?").with(id);
  auto has = row.step();
  if (!has) return fail(has.error());
  return root_in(row);
}

Result<> verify_chain(Connection& db, Seq after) {
  Position last{after, {}};
  std::int64_t customers = 0;
  if (after > 0) {
    auto start = db.prepare("SELECT digest, customers FROM ledger WHERE seq = ?").with(after);
    auto has = start.step();
    if (!has) return fail(has.error());
    if (!*has) return fail(damaged(after, "is missing"));
    last.digest = start.digest(0);
    customers = start.integer(1);
    if (auto ok = start.check(); !ok) return ok;
  }
  auto rows = db.prepare(
                    "SELECT l.seq, l.envelope, l.payload, l.payload_hash, l.digest, l.prior, l.customers, l.recorded_at,"
                    " l.change_id, e.epoch FROM ledger l LEFT JOIN epochs e ON e.id = l.epoch WHERE l.seq > ? ORDER BY l.seq")
                  .with(after);
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return {};
    const Seq seq = rows.integer(0);
    const Digest payload_hash = rows.digest(3);
    if (seq != last.seq + 1) return fail(damaged(last.seq + 1, "is missing"));
    if (!rows.is_null(2) && hash_of(rows.text(2)) != payload_hash)
      return fail(damaged(seq, "has another payload than was hashed"));
    if (chain(last.digest, rows.text(1), payload_hash) != rows.digest(4))
      return fail(damaged(seq, "does not follow from the one before"));
    const auto envelope = decode_envelope(rows.text(1));
    if (!envelope) return fail(damaged(seq, "has an envelope that cannot be read"));
    if (rows.is_null(9) || envelope->seq != seq || envelope->epoch != rows.id<Epoch>(9) ||
        envelope->change_id != rows.id<ChangeId>(8) || ms_of(envelope->recorded_at) != rows.integer(7))
      return fail(damaged(seq, "does not say what its envelope says"));
    const Seq prior = rows.integer(5);
    customers += creates_customer(*envelope, prior) ? 1 : 0;
    if (prior < 0 || prior >= seq || rows.integer(6) != customers)
      return fail(damaged(seq, "does not continue the count of the one before"));
    last = Position{seq, rows.digest(4)};
    if (auto ok = rows.check(); !ok) return ok;
  }
}

Result<> verify_ids(Connection& db, Seq after) {
  auto lost = db.prepare(
                    "SELECT seq FROM ledger l WHERE seq > ?1"
                    " AND NOT EXISTS (SELECT 1 FROM ids i WHERE i.id = l.change_id AND i.seq = l.seq)"
                    " UNION ALL SELECT n FROM customers c WHERE n > ?1"
                    " AND NOT EXISTS (SELECT 1 FROM ids i WHERE i.id = c.id AND i.seq = c.n)"
                    " UNION ALL SELECT n FROM orders o WHERE n > ?1"
                    " AND NOT EXISTS (SELECT 1 FROM ids i WHERE i.id = o.id AND i.seq = o.n) LIMIT 1")
                  .with(after);
  auto has = lost.step();
  if (!has) return fail(has.error());
  if (*has) return fail(damaged(lost.integer(0), "is not found by its id"));
  return {};
}

Result<std::optional<LedgerChange>> change_at(Connection& db, Seq seq) {
  auto row = db.prepare("SELECT prior, envelope, payload, payload_hash FROM ledger WHERE seq = ?").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<LedgerChange>();
  LedgerChange change;
  change.seq = seq;
  change.prior = row.integer(0);
  auto envelope = decode_envelope(row.text(1));
  if (row.is_null(2)) return fail(damaged(seq, "has no payload"));
  if (hash_of(row.text(2)) != row.digest(3)) return fail(damaged(seq, "has another payload than was hashed"));
  if (!envelope) return fail(damaged(seq, "has an envelope that cannot be read"));
  auto payload = decode_payload(row.text(2), *envelope);
  if (!payload) return fail(damaged(seq, "has a payload that cannot be read"));
  if (auto ok = row.check(); !ok) return fail(ok.error());
  change.envelope = std::move(*envelope);
  change.payload = std::move(*payload);
  return std::optional<LedgerChange>(std::move(change));
}

Result<std::optional<Envelope>> envelope_at(Connection& db, Seq seq) {
  auto row = db.prepare("SELECT envelope FROM ledger WHERE seq = ?").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Envelope>();
  auto envelope = decode_envelope(row.text(0));
  if (!envelope) return fail(damaged(seq, "has an envelope that cannot be read"));
  return std::optional<Envelope>(std::move(*envelope));
}

Result<std::optional<BlankedChange>> blanked_at(Connection& db, Seq seq) {
  auto row = db.prepare("SELECT prior, envelope FROM ledger WHERE seq = ? AND payload IS NULL").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<BlankedChange>();
  auto envelope = decode_envelope(row.text(1));
  if (!envelope || row.integer(0) >= seq)
    return fail(damaged(seq, "has an envelope that cannot be read, or follows a later one"));
  return std::optional<BlankedChange>(BlankedChange{row.integer(0), std::move(*envelope)});
}

Result<> blank_payload(Transaction& transaction, Seq seq) {
  return transaction.db().prepare("UPDATE ledger SET payload = NULL WHERE seq = ?").with(seq).run();
}

Result<std::vector<KeyedChange>> changes_of_key(Connection& db, const ChangeId& change_id) {
  const ChangeIdRange keys = changes_of_same_key(change_id);
  std::vector<KeyedChange> changes;
  // A customer's id might begin alike; only a change has a row that says so.
  auto rows = db.prepare(
                    "SELECT i.id, i.seq, l.recorded_at FROM ids i JOIN ledger l ON l.seq = i.seq AND l.change_id = i.id"
                    " WHERE i.id BETWEEN ? AND ? ORDER BY i.seq DESC")
                  .with(keys.first, keys.last);
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return changes;
    changes.push_back(KeyedChange{rows.id<ChangeId>(0), rows.integer(1), timestamp_from_ms(rows.integer(2))});
    if (auto ok = rows.check(); !ok) return fail(ok.error());
  }
}

Result<bool> is_known_before(Connection& db, Seq seq, Timestamp then) {
  constexpr std::int64_t rows_max = 1000;
  auto rows = db.prepare("SELECT envelope FROM ledger WHERE seq >= ? ORDER BY seq LIMIT ?").with(seq, rows_max);
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return false;
    const auto envelope = decode_envelope(rows.text(0));
    if (!envelope) return fail(damaged(seq, "or one behind it has an envelope that cannot be read"));
    if (envelope->clock_confirmed) return envelope->recorded_at < then;
  }
}

namespace {

// Merging is commutative, so newest first is as good as oldest first and needs no list.
template <class Body, class State>
Result<State> state_at(Connection& db, State state, std::string_view entity, Seq seq) {
  while (seq > 0) {
    auto change = change_at(db, seq);
    if (!change) return fail(change.error());
    if (!*change || (*change)->envelope.key != state.id || (*change)->envelope.entity != entity || (*change)->prior >= seq)
      return fail(damaged(seq, "is not a change of the record that points to it"));
    merge(state, std::get<Body>((*change)->payload.body));
    seq = (*change)->prior;
  }
  return state;
}

}  // namespace

Result<Customer> customer_at(Connection& db, const CustomerId& id, Seq seq) {
  Customer customer;
  customer.id = id;
  return state_at<ChangeSet>(db, std::move(customer), kCustomerEntity, seq);
}

Result<Order> order_at(Connection& db, const OrderId& id, Seq seq) {
  Order order;
  order.id = id;
  return state_at<OrderChange>(db, std::move(order), kOrderEntity, seq);
}

}  // namespace tillgate
