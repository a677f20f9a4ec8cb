#include "headoffice/presence.hpp"

#include "core/codec.hpp"
#include "headoffice/incidents.hpp"

namespace tillgate {

namespace {

// A status with nothing new in it updates nothing but the time.
constexpr Statement kNote{
    "epoch_note_status",
    "INSERT INTO hq.epoch AS e (store_id, epoch, replaces, root_seq, root_digest, status_n, succession, undecided_status, "
    "first_seen, last_seen) VALUES ($1::bigint, $2::uuid, $3::uuid, $4::bigint, $5::bytea, $6::bigint, $7, $8, "
    "$9::timestamptz, $9::timestamptz) "
    "ON CONFLICT (store_id, epoch) DO UPDATE SET status_n = excluded.status_n, "
    "succession = coalesce(excluded.succession, e.succession), undecided_status = excluded.undecided_status, "
    "last_seen = excluded.last_seen"};
constexpr Statement kLeave{"epoch_leave",
                           "UPDATE hq.epoch SET succeeded_at = $3::timestamptz "
                           "WHERE store_id = $1::bigint AND epoch = $2::uuid AND succeeded_at IS NULL"};
constexpr Statement kOnline{
    "store_online",
    "UPDATE hq.store SET is_online = true, last_seen = $2::timestamptz, "
    "online_since = CASE WHEN is_online AND current_epoch = $3::uuid THEN online_since ELSE $2::timestamptz END, "
    "current_epoch = $3::uuid, software = $4, head = $5::bigint, clock = $6, config_hash = $7 WHERE id = $1::bigint"};
constexpr Statement kOffline{"store_offline",
                             "UPDATE hq.store SET is_online = false, online_since = NULL, last_seen = $2::timestamptz "
                             "WHERE id = $1::bigint"};
constexpr Statement kUndecided{
    "epoch_undecided",
    "SELECT undecided_status FROM hq.epoch WHERE store_id = $1::bigint AND undecided_status IS NOT NULL "
    "ORDER BY id LIMIT 64"};
constexpr Statement kLeftUndecided{
    "epoch_left_undecided",
    "UPDATE hq.epoch SET undecided_status = NULL WHERE store_id = $1::bigint AND epoch = $2::uuid "
    "AND undecided_status IS NOT NULL AND status_n <= $3::bigint"};
constexpr Statement kOnlineStores{
    "store_list_online",
    "SELECT s.id, s.org, s.name, e.epoch, e.replaces, e.root_seq, e.root_digest FROM hq.store s "
    "JOIN hq.epoch e ON e.store_id = s.id AND e.epoch = s.current_epoch WHERE s.is_online ORDER BY s.id"};

// What a store that has never written would name as its root.
EpochRoot root_of(const Status& status) {
  return status.root.value_or(EpochRoot{status.epoch, std::nullopt, {}});
}

struct Known {
  LockedStore store;
  std::optional<HeldEpoch> epoch;  // of the status
  StatusFacts facts;
};

Known look_up(Transaction& tx, const Status& status, Timestamp now) {
  Known known;
  known.store = lock_store(tx, StoreKey{status.org, status.store}, now);
  known.epoch = find_epoch(tx, known.store.id, status.epoch);
  if (known.epoch) {
    known.facts.n_seen = known.epoch->status_n;
    known.facts.was_succeeded = known.epoch->was_succeeded;
  }
  if (!known.store.current_epoch) return known;
  if (const auto current = find_epoch(tx, known.store.id, *known.store.current_epoch))
    known.facts.current = EpochCursor{current->root, current->upto.value_or(current->root.after)};
  // The whole list is needed only to follow ancestors.
  if (*known.store.current_epoch == status.epoch) return known;
  for (const HeldEpoch& held : epochs_of(tx, known.store.id)) {
    if (held.was_succeeded) known.facts.succeeded.push_back(held.root.epoch);
    if (auto cursor = held.cursor()) known.facts.known.push_back(std::move(*cursor));
  }
  return known;
}

void note(Transaction& tx, const Known& known, const Status& status, Succession succession, Timestamp now) {
  const EpochRoot root = known.epoch ? known.epoch->root : root_of(status);
  const bool is_named =
      succession == Succession::first || succession == Succession::succeeds || succession == Succession::clone;
  Params params;
  params.add(known.store.id).add(status.epoch).add(root.replaces).add(root.after.seq).add(root.after.digest).add(status.n);
  is_named ? params.add(name_of(succession)) : params.add_null();
  succession == Succession::undecided ? params.add(std::string_view(encode(status).bytes)) : params.add_null();
  tx.tell(kNote, params.add(now));
}

void come_online(Transaction& tx, const Known& known, const Status& status, Timestamp now) {
  tx.tell(kOnline, Params()
                       .add(known.store.id)
                       .add(now)
                       .add(status.epoch)
                       .add(status.software)
                       .add(status.head)
                       .add(status.clock == ClockState::confirmed ? "confirmed" : "unconfirmed")
                       .add(status.config_hash));
}

void record_clone(Transaction& tx, const Known& known, const Status& status, Timestamp now) {
  const std::string both = "two boxes are live: epoch " + known.store.current_epoch->text() + " is the current one, epoch " +
                           status.epoch.text() + " came online beside it";
  record_incident(tx, known.store.id, Incident::clone, status.epoch, 0, both, now);
}

// Takes the status in; the caller has dropped what is stale.
void take_in(Transaction& tx, const Known& known, const Status& status, Succession succession, Timestamp now) {
  note(tx, known, status, succession, now);
  switch (succession) {
    case Succession::same:
      if (status.is_online) return come_online(tx, known, status, now);
      tx.tell(kOffline, Params().add(known.store.id).add(now));
      return;
    case Succession::succeeds:
      tx.tell(kLeave, Params().add(known.store.id).add(*known.store.current_epoch).add(now));
      return come_online(tx, known, status, now);
    case Succession::first: return come_online(tx, known, status, now);
    case Succession::clone: return record_clone(tx, known, status, now);
    case Succession::undecided:
    case Succession::stale: return;
  }
}

// The same session said both: that it is online, and by its will that it is gone. Whatever order they arrive in, gone wins.
bool is_already_gone(const Known& known, const Status& status) {
  return status.is_online && known.store.current_epoch == status.epoch && known.facts.n_seen == status.n &&
         !known.store.is_online;
}

}  // namespace

Result<Heard> hear(Transaction& tx, const Status& status, bool is_retained, const OfficeNow& office) {
  if (status.is_online && !status.root) return fail(Errc::invalid, "a status names no root");
  const Known known = look_up(tx, status, office.now);
  Heard heard;
  heard.succession = succession(status, known.facts);
  if (heard.succession == Succession::stale || is_already_gone(known, status)) {
    // A store that left before it could be judged must not turn out to be online later.
    if (!status.is_online) tx.tell(kLeftUndecided, Params().add(known.store.id).add(status.epoch).add(status.n));
    heard.succession = Succession::stale;
    return heard;
  }
  const bool is_news = known.facts.n_seen != status.n;
  const bool is_told_already = heard.succession == Succession::same && !is_news && known.store.is_online == status.is_online;
  heard.is_clone = heard.succession == Succession::clone;
  heard.has_changed = heard.succession == Succession::same ? known.store.is_online != status.is_online : is_news;
  if (!is_told_already && (is_news || heard.succession == Succession::same))
    take_in(tx, known, status, heard.succession, office.now);
  if (status.is_online && !(is_retained && is_told_already)) {
    heard.ack = position_of(tx, known.store.id, status.store, root_of(status), office.ho_epoch, office.now);
    if (is_retained) heard.ack->has_gap = true;  // it was online before we were, and may have spoken to nobody
  }
  return heard;
}

void judge_undecided(Transaction& tx, const StoreKey& key, Timestamp now) {
  const LockedStore store = lock_store(tx, key, now);
  for (const Row& row : tx.ask(kUndecided, Params().add(store.id))) {
    auto status = decode_status(row.text(0));
    if (!status) continue;  // written by a version with another idea of a status; the next status of that epoch replaces it
    status->org = key.org;
    status->store = key.store;
    const Known known = look_up(tx, *status, now);
    const Succession judged = succession(*status, known.facts);
    if (judged != Succession::undecided && judged != Succession::stale) take_in(tx, known, *status, judged, now);
  }
}

std::vector<AckFor> positions_of_online_stores(Transaction& tx, const OfficeNow& office) {
  std::vector<AckFor> positions;
  for (const Row& row : tx.ask(kOnlineStores)) {
    EpochRoot root;
    root.epoch = Epoch(row.uuid(3));
    if (!row.is_null(4)) root.replaces = Epoch(row.uuid(4));
    root.after = Position{row.integer(5), row.digest(6)};
    Ack ack = position_of(tx, row.integer(0), StoreId{row.text(2)}, root, office.ho_epoch, office.now);
    ack.has_gap = true;
    positions.push_back({OrgId{row.text(1)}, std::move(ack)});
  }
  return positions;
}

}  // namespace tillgate
