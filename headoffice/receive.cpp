#include "headoffice/receive.hpp"

#include <algorithm>
#include <set>
#include <span>

#include "core/check.hpp"
#include "core/codec.hpp"
#include "headoffice/entries.hpp"
#include "headoffice/incidents.hpp"
#include "headoffice/presence.hpp"

namespace tillgate {

namespace {

constexpr Statement kOpenEpoch{
    "epoch_open",
    "INSERT INTO hq.epoch (store_id, epoch, replaces, root_seq, root_digest, cursor_seq, cursor_digest, is_branch, "
    "first_seen, last_seen) "
    "VALUES ($1::bigint, $2::uuid, $3::uuid, $4::bigint, $5::bytea, $4::bigint, $5::bytea, $6::boolean, "
    "$7::timestamptz, $7::timestamptz) "
    "ON CONFLICT (store_id, epoch) DO UPDATE SET replaces = excluded.replaces, root_seq = excluded.root_seq, "
    "root_digest = excluded.root_digest, cursor_seq = excluded.cursor_seq, cursor_digest = excluded.cursor_digest, "
    "is_branch = excluded.is_branch, last_seen = excluded.last_seen RETURNING id"};
constexpr Statement kMoveCursor{"epoch_move_cursor",
                                "UPDATE hq.epoch SET cursor_seq = $2::bigint, cursor_digest = $3::bytea, "
                                "last_seen = $4::timestamptz WHERE id = $1::bigint"};
constexpr Statement kHeardFrom{
    "store_heard_from",
    "UPDATE hq.store SET last_seen = $2::timestamptz, last_received_at = $2::timestamptz, "
    "head = CASE WHEN coalesce(current_epoch, $3::uuid) = $3::uuid THEN greatest(head, $4::bigint) ELSE head END, "
    "last_recorded_at = greatest(last_recorded_at, $5::timestamptz) WHERE id = $1::bigint"};
// One look into the index per id. With change_id = ANY(...) PostgreSQL may read the index from its beginning instead, every
// change of the organisation for every batch; the LIMIT keeps it from joining in any other way.
constexpr Statement kKnownIds{"change_known_ids",
                              "SELECT u.id FROM unnest($2::uuid[]) AS u(id) CROSS JOIN LATERAL (SELECT 1 FROM hq.change_log c "
                              "WHERE c.org = $1 AND c.change_id = u.id AND c.state = 'applied' LIMIT 1) AS known"};
struct Looked {
  ReceiverFacts facts;
  std::optional<HeldEpoch> epoch;
};

// Ours of a row that was written in exactly this epoch.
std::optional<Digest> row_digest_at(Transaction& tx, const HeldEpoch& epoch, Seq seq) {
  if (seq == epoch.root.after.seq) return std::nullopt;
  return digest_at(tx, epoch, seq);
}

Looked look_up(Transaction& tx, std::int64_t store_id, const CheckedBatch& in) {
  const BatchHeader& header = in.batch.header;
  Looked looked;
  looked.epoch = find_epoch(tx, store_id, header.epoch);
  if (looked.epoch && looked.epoch->upto) {
    looked.facts.cursor = looked.epoch->cursor();
    const Seq cursor = looked.epoch->upto->seq;
    looked.facts.digest_at_overlap = digest_at(tx, *looked.epoch, std::min(header.last, cursor));
    if (cursor >= header.first && cursor <= header.last)
      looked.facts.batch_digest_at_cursor = in.digests[static_cast<std::size_t>(cursor - header.first)];
  } else if (header.root && header.root->replaces) {
    if (const auto replaced = find_epoch(tx, store_id, *header.root->replaces); replaced && replaced->upto) {
      looked.facts.replaced = replaced->cursor();
      looked.facts.digest_at_root = row_digest_at(tx, *replaced, header.root->after.seq);
    }
  }
  return looked;
}

// Where the rows of a batch go.
struct Target {
  const CheckedBatch& in;
  std::int64_t store_id = 0, epoch_id = 0;
  const OfficeNow& office;
};

// A run of changes of the batch, the first of which is number `at`, and what is ruled about each.
struct Run {
  std::size_t at = 0;
  std::span<Ruling> rulings;
  [[nodiscard]] std::size_t size() const { return rulings.size(); }
};

std::set<ChangeId> known_ids(Transaction& tx, const CheckedBatch& in, const Run& run) {
  SqlArray ids;
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (!run.rulings[i].park) ids.add(in.read[run.at + i].envelope->change_id);
  }
  std::set<ChangeId> known;
  if (ids.size() == 0) return known;
  for (const Row& row : tx.ask(kKnownIds, Params().add(in.from.org.value).add(ids))) known.insert(ChangeId(row.uuid(0)));
  return known;
}

// Those that have a say: also the ones without payload, whose record may be erased.
std::vector<const ReadChange*> to_enter(const CheckedBatch& in, const Run& run) {
  std::vector<const ReadChange*> changes;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const auto& park = run.rulings[i].park;
    if ((!park || park == Park::no_payload) && !run.rulings[i].is_ours) changes.push_back(&in.read[run.at + i]);
  }
  return changes;
}

// The whole batch, with nothing parked that could be read: what was made of it beforehand holds.
bool is_as_read(const CheckedBatch& in, const Run& run) {
  if (run.size() != in.read.size()) return false;
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (run.rulings[i].park != in.read[i].park) return false;
  }
  return true;
}

// Their texts lie ready for the whole batch; a part of it, and what was refused, is put together again.
ChangeTexts texts_of(const CheckedBatch& in, const Run& run) {
  ChangeTexts texts;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const std::size_t n = run.at + i;
    const Seq seq = in.batch.header.first + static_cast<Seq>(n);
    const bool is_refused = run.rulings[i].park == Park::refused;
    (texts.*(is_refused ? &ChangeTexts::add_refused : &ChangeTexts::add))(seq, in.changes[n], in.digests[n], in.read[n]);
  }
  return texts;
}

// What becomes of one change: the word that its row carries.
std::string_view enter(Entries& entries, const Target& to, const ReadChange& change, Ruling& ruling) {
  if (ruling.is_ours) return "known_id";
  if (ruling.park == Park::no_payload && entries.is_of_the_erased(*change.envelope)) {
    ruling = {};
    return "discarded";
  }
  if (ruling.park) return "parked";
  switch (entries.enter(change, to.in.from.store.value, to.office.now)) {
    case Entered::applied: return "applied";
    case Entered::discarded: return "discarded";
    case Entered::damaged: break;
  }
  ruling.park = Park::damaged;
  ruling.why = "head office's own copy of this record fails its checksum";
  return "parked";
}

// Writes the rows of the run, enters what may be entered, and counts.
Result<> write_run(Transaction& tx, const Target& to, const Run& run, Tally& tally) {
  const CheckedBatch& in = to.in;
  Entries entries(tx, in.from.org.value, to_enter(in, run));
  if (is_as_read(in, run)) entries.take_ready(in.fresh);
  std::set<ChangeId> known = known_ids(tx, in, run);
  ChangeRulings ruled;
  for (std::size_t i = 0; i < run.size(); ++i) {
    Ruling& ruling = run.rulings[i];
    const ReadChange& change = in.read[run.at + i];
    // A known id merges like any other, which changes nothing where it is the same write, and has no second effect.
    std::string_view state = enter(entries, to, change, ruling);
    if (state == "applied" && !known.insert(change.envelope->change_id).second) state = "known_id";
    if (state == "applied") ++tally.applied;
    if (state == "known_id") ++tally.known_ids;
    if (state == "discarded") ++tally.discarded;
    if (state == "parked") {
      ++tally.parked;
      record_incident(tx, to.store_id, Incident::parked, in.batch.header.epoch,
                      in.batch.header.first + static_cast<Seq>(run.at + i),
                      std::string(name_of(*ruling.park)) + ": " + ruling.why, to.office.now);
    }
    ruled.add(state, ruling);
  }
  if (run.size() == in.changes.size() && run.size() > 1) {  // one alone may have been refused
    ruled.insert(tx, to.epoch_id, in.from.org.value, to.office.now, in.texts);
  } else {
    ruled.insert(tx, to.epoch_id, in.from.org.value, to.office.now, texts_of(in, run));
  }
  if (auto saved = entries.save(in.from.store.value, to.office.now); !saved) return saved;
  entries.finish();
  return {};
}

// Something of the run is refused: who it is shows when each stands alone.
Result<> write_one_by_one(Transaction& tx, const Target& to, const Run& run, Tally& tally) {
  for (std::size_t i = 0; i < run.size(); ++i) {
    const Run alone{run.at + i, run.rulings.subspan(i, 1)};
    Tally counted;
    auto done = tx.attempt([&] { return write_run(tx, to, alone, counted); });
    if (!done && done.error().code == Errc::invalid) {
      alone.rulings.front() = {false, Park::refused, refusal_in_words(done.error())};
      counted = {};
      done = write_run(tx, to, alone, counted);
    }
    if (!done) return done;
    tally += counted;
  }
  return {};
}

// When the newest of them was written, by the store's clock; what cannot be trusted in that says nothing.
std::optional<Timestamp> last_recorded_at(const CheckedBatch& in, const Run& run) {
  std::optional<Timestamp> at;
  for (std::size_t i = 0; i < run.size(); ++i) {
    const auto& park = run.rulings[i].park;
    const auto& envelope = in.read[run.at + i].envelope;
    if (envelope && park != Park::clock_ahead && park != Park::refused) at = envelope->recorded_at;
  }
  return at;
}

// Everything of the batch from `skip` on, and the cursor behind it.
Result<> write_changes(Transaction& tx, const Target& to, std::int64_t skip, Pass pass, Tally& tally) {
  const BatchHeader& header = to.in.batch.header;
  const Timestamp now = to.office.now;
  std::vector<Ruling> rulings;
  for (auto i = static_cast<std::size_t>(skip); i < to.in.read.size(); ++i)
    rulings.push_back(judge(to.in.read[i], to.office.ho_epoch, now));
  const Run run{static_cast<std::size_t>(skip), rulings};
  const auto write = pass == Pass::together ? write_run : write_one_by_one;
  if (auto written = write(tx, to, run, tally); !written) return written;
  tx.tell(kMoveCursor, Params().add(to.epoch_id).add(header.last).add(header.digest).add(now));
  tx.tell(kHeardFrom, Params().add(to.store_id).add(now).add(header.epoch).add(header.last).add(last_recorded_at(to.in, run)));
  return {};
}

std::int64_t open_epoch(Transaction& tx, std::int64_t store_id, const EpochRoot& root, bool is_branch, Timestamp now) {
  return tx
      .ask(kOpenEpoch, Params()
                           .add(store_id)
                           .add(root.epoch)
                           .add(root.replaces)
                           .add(root.after.seq)
                           .add(root.after.digest)
                           .add_flag(is_branch)
                           .add(now))
      .front()
      .integer(0);
}

std::string run_of(const BatchHeader& header) {
  return "rows " + std::to_string(header.first) + " to " + std::to_string(header.last);
}

void record_verdict(Transaction& tx, std::int64_t store_id, const BatchHeader& header, const Receipt& receipt, Timestamp now) {
  const Seq at = receipt.ack.upto ? receipt.ack.upto->seq : 0;
  const std::string detail = receipt.why + " (" + run_of(header) + ")";
  switch (receipt.verdict) {
    case Verdict::gap: record_incident(tx, store_id, Incident::gap, header.epoch, at, detail, now); return;
    case Verdict::unknown_epoch: record_incident(tx, store_id, Incident::unknown_epoch, header.epoch, 0, detail, now); return;
    case Verdict::fork: record_incident(tx, store_id, Incident::fork, header.epoch, header.first, detail, now); return;
    // A resent batch is everyday life: one row per epoch counts them. An empty one only opens the session.
    case Verdict::known:
      if (header.count() > 0) record_incident(tx, store_id, Incident::duplicate, header.epoch, 0, detail, now);
      return;
    case Verdict::branch: record_incident(tx, store_id, Incident::branch, header.epoch, at, detail, now); return;
    case Verdict::apply:
    case Verdict::open: return;
  }
}

template <class Kind>
typename RecordBook<Kind>::Fresh fresh_of(const std::vector<ReadChange>& changes) {
  std::map<typename Kind::Id, typename Kind::State> merged;
  for (const ReadChange& change : changes) {
    if (change.park || !change.payload) continue;
    const auto* body = std::get_if<typename Kind::Body>(&change.payload->body);
    if (!body) continue;
    const typename Kind::Id id(change.envelope->key);
    auto& state = merged[id];
    state.id = id;
    merge(state, *body);
  }
  typename RecordBook<Kind>::Fresh fresh;
  for (const auto& [id, state] : merged) fresh.emplace_hint(fresh.end(), id, Kind::row_of(state));
  return fresh;
}

}  // namespace

Result<BatchPtr> check_batch(const StoreKey& from, std::string_view bytes, std::string_view content_encoding) {
  auto checked = std::make_shared<CheckedBatch>();
  checked->from = from;
  auto batch = decode_up_batch(bytes, content_encoding);
  if (!batch) return fail(batch.error());
  checked->batch = std::move(*batch);
  const BatchHeader& header = checked->batch.header;
  if (header.org != from.org || header.store != from.store)
    return fail(Errc::invalid, "the batch names another store than its topic");
  auto changes = split(checked->batch);
  if (!changes) return fail(changes.error());
  checked->changes = std::move(*changes);
  auto digests = verify(header, checked->changes);
  if (!digests) return fail(digests.error());
  checked->digests = std::move(*digests);
  if (checked->changes.size() != checked->digests.size() ||
      static_cast<std::int64_t>(checked->changes.size()) != header.count())
    return fail(Errc::invalid, "the batch holds another number of changes than it says");
  checked->read.reserve(checked->changes.size());
  for (std::size_t i = 0; i < checked->changes.size(); ++i) {
    const Seq seq = header.first + static_cast<Seq>(i);
    checked->read.push_back(read_change(checked->changes[i], header.epoch, seq));
    checked->texts.add(seq, checked->changes[i], checked->digests[i], checked->read.back());
  }
  checked->fresh = {fresh_of<CustomerKind>(checked->read), fresh_of<OrderKind>(checked->read)};
  return BatchPtr(std::move(checked));
}

Result<Receipt> receive(Transaction& tx, const CheckedBatch& in, const OfficeNow& office, Look look, Pass pass) {
  const BatchHeader& header = in.batch.header;
  const LockedStore store = lock_store(tx, in.from, office.now);
  const Looked looked = look_up(tx, store.id, in);
  const Decision decision = decide(header, looked.facts);

  Receipt receipt;
  receipt.verdict = decision.verdict;
  receipt.why = decision.why;
  receipt.ack.store = in.from.store;
  receipt.ack.epoch = header.epoch;
  receipt.ack.ho_epoch = office.ho_epoch;
  receipt.ack.now = office.now;
  if (receipt.moved_the_cursor()) {
    std::int64_t epoch_id = looked.epoch ? looked.epoch->id : 0;
    if (decision.verdict != Verdict::apply) {
      CHECK(header.root.has_value());
      epoch_id = open_epoch(tx, store.id, *header.root, decision.verdict == Verdict::branch, office.now);
    }
    CHECK(decision.skip >= 0 && decision.skip <= header.count());
    if (auto written = write_changes(tx, Target{in, store.id, epoch_id, office}, decision.skip, pass, receipt); !written)
      return fail(written.error());
    if (decision.verdict != Verdict::apply) judge_undecided(tx, in.from, office.now);
    receipt.ack.upto = Position{header.last, header.digest};
  } else {
    if (looked.epoch) receipt.ack.upto = looked.epoch->upto;
    // The row that was compared, which the sender has too: at our cursor it might have nothing to compare and never learn.
    if (decision.verdict == Verdict::fork && decision.compared) receipt.ack.upto = decision.compared;
    receipt.ack.has_gap = receipt.must_wait();
  }
  if (!receipt.must_wait() || look == Look::last) record_verdict(tx, store.id, header, receipt, office.now);
  return receipt;
}

void record_bad_batch(Transaction& tx, const StoreKey& from, std::string_view why, Timestamp now) {
  const LockedStore store = lock_store(tx, from, now);
  record_incident(tx, store.id, Incident::bad_batch, Epoch(), 0, why, now);
}

}  // namespace tillgate
