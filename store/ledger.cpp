#include "store/ledger.hpp"

#include <utility>

#include "core/check.hpp"

namespace tillgate {
namespace {

constexpr int kRechainRows = 200;  // rows in memory at once

Error damaged(Seq seq, const char* how) {
  return Error{Errc::corrupt, "the ledger is damaged", "row " + std::to_string(seq) + " " + how};
}

Result<> insert_epoch(Connection& db, std::int64_t id, const EpochRoot& root, Timestamp opened_at) {
  return db.prepare("INSERT INTO epochs (id, epoch, replaces, root_seq, root_digest, opened_at) VALUES (?, ?, ?, ?, ?, ?)")
      .with(id, root.epoch, root.replaces, root.after.seq, root.after.digest, ms_of(opened_at))
      .run();
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
  if (tail_.epoch_row == 0) {
    if (auto opened = open_epoch(); !opened) return fail(opened.error());
  }
  auto inserted = db_.prepare(
                         "INSERT INTO ledger (seq, epoch, prior, recorded_at, change_id, key, source, payload_hash, digest,"
                         " envelope, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                      .with(place.seq, tail_.epoch_row, draft.prior, ms_of(draft.recorded_at), draft.change_id, draft.key,
                            draft.source, payload_hash, place.digest, envelope_line, payload_line)
                      .run();
  if (!inserted) return fail(inserted.error());
  tail_.head = place;
  ++tail_.rows;
  bytes_appended_ += static_cast<std::int64_t>(envelope_line.size() + payload_line.size());
  return place;
}

Result<EpochRoot> LedgerWriter::rechain(Transaction&, Position root, Epoch epoch, Timestamp now) {
  auto own = digest_at(db_, root.seq);
  if (!own) return fail(own.error());
  if (*own != root.digest) return fail(Errc::conflict, "the row to re-chain from is not one of this ledger");

  EpochRoot fresh{epoch, std::nullopt, root};
  if (root.seq > 0) {
    auto row = db_.prepare("SELECT e.epoch FROM ledger l JOIN epochs e ON e.id = l.epoch WHERE l.seq = ?").with(root.seq);
    auto has = row.step();
    if (!has) return fail(has.error());
    fresh.replaces = row.id<Epoch>(0);
    if (auto ok = row.check(); !ok) return fail(ok.error());
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
  // A cursor beyond the root named a digest that is gone.
  auto moved = db_.prepare("UPDATE feeds SET cursor_seq = ?1, cursor_digest = ?2 WHERE cursor_seq > ?1")
                   .with(root.seq, root.digest)
                   .run();
  if (!moved) return fail(moved.error());
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

Result<Position> head_of(Connection& db) {
  auto row = db.prepare("SELECT seq, digest FROM ledger ORDER BY seq DESC LIMIT 1");
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return Position{};
  Position head{row.integer(0), row.digest(1)};
  if (auto ok = row.check(); !ok) return fail(ok.error());
  return head;
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
  auto rows = db.prepare("SELECT epoch, replaces, root_seq, root_digest FROM epochs ORDER BY id");
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return path;
    EpochRoot root;
    root.epoch = rows.id<Epoch>(0);
    if (!rows.is_null(1)) root.replaces = rows.id<Epoch>(1);
    root.after = Position{rows.integer(2), rows.digest(3)};
    if (auto ok = rows.check(); !ok) return fail(ok.error());
    path.push(root);
  }
}

Result<> verify_chain(Connection& db, Seq after) {
  auto start = digest_at(db, after);
  if (!start) return fail(start.error());
  if (!*start) return fail(damaged(after, "is missing"));
  Position last{after, **start};
  auto rows =
      db.prepare("SELECT seq, envelope, payload, payload_hash, digest FROM ledger WHERE seq > ? ORDER BY seq").with(after);
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
    last = Position{seq, rows.digest(4)};
    if (auto ok = rows.check(); !ok) return ok;
  }
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

Result<std::optional<Seq>> seq_of(Connection& db, const ChangeId& change_id) {
  auto row = db.prepare("SELECT seq FROM ledger WHERE change_id = ?").with(change_id);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Seq>();
  return std::optional<Seq>(row.integer(0));
}

Result<Customer> customer_at(Connection& db, const CustomerId& id, Seq seq) {
  Customer customer;
  customer.id = id;
  // Merging is commutative, so newest first is as good as oldest first and needs no list.
  while (seq > 0) {
    auto change = change_at(db, seq);
    if (!change) return fail(change.error());
    if (!*change || (*change)->envelope.key != id || (*change)->envelope.entity != kCustomerEntity || (*change)->prior >= seq) {
      return fail(damaged(seq, "is not a change of the record that points to it"));
    }
    merge(customer, changes_in((*change)->payload));
    seq = (*change)->prior;
  }
  return customer;
}

}  // namespace tillgate
