#include "headoffice/registry.hpp"

namespace tillgate {

namespace {

constexpr Statement kEnterStore{"store_enter",
                                "INSERT INTO hq.store (org, name, first_seen, last_seen) "
                                "VALUES ($1, $2, $3::timestamptz, $3::timestamptz) ON CONFLICT (org, name) DO NOTHING"};
constexpr Statement kLockStore{"store_lock",
                               "SELECT id, current_epoch, is_online FROM hq.store WHERE org = $1 AND name = $2 FOR UPDATE"};
constexpr Statement kFindEpoch{"epoch_find",
                               "SELECT id, epoch, replaces, root_seq, root_digest, cursor_seq, cursor_digest, status_n, "
                               "succeeded_at IS NOT NULL FROM hq.epoch WHERE store_id = $1::bigint AND epoch = $2::uuid"};
constexpr Statement kEpochs{"epoch_list",
                            "SELECT id, epoch, replaces, root_seq, root_digest, cursor_seq, cursor_digest, status_n, "
                            "succeeded_at IS NOT NULL FROM hq.epoch WHERE store_id = $1::bigint "
                            "ORDER BY id DESC LIMIT $2::bigint"};
constexpr Statement kDigestAt{"change_digest_at",
                              "SELECT digest FROM hq.change_log WHERE epoch_id = $1::bigint AND seq = $2::bigint"};
// The timeline of the WAL being written, not of the last checkpoint, which lags behind a promotion. Fails on a standby.
constexpr Statement kWhere{"ho_epoch_where",
                           "SELECT system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system()"};
constexpr Statement kLearn{
    "ho_epoch_learn",
    "INSERT INTO hq.ho_epoch AS e (ho_epoch, system_identifier, timeline) VALUES ($1::uuid, $2::bigint, $3) "
    "ON CONFLICT (is_current) DO UPDATE SET ho_epoch = excluded.ho_epoch, since = excluded.since, "
    "system_identifier = excluded.system_identifier, timeline = excluded.timeline "
    "WHERE (e.system_identifier, e.timeline) <> (excluded.system_identifier, excluded.timeline)"};
constexpr Statement kHoEpoch{"ho_epoch_read", "SELECT ho_epoch FROM hq.ho_epoch"};

HeldEpoch held_epoch(const Row& row) {
  HeldEpoch held;
  held.id = row.integer(0);
  held.root.epoch = Epoch(row.uuid(1));
  if (!row.is_null(2)) held.root.replaces = Epoch(row.uuid(2));
  held.root.after = Position{row.integer(3), row.digest(4)};
  if (!row.is_null(5)) held.upto = Position{row.integer(5), row.digest(6)};
  if (!row.is_null(7)) held.status_n = row.integer(7);
  held.was_succeeded = row.flag(8);
  return held;
}

}  // namespace

LockedStore lock_store(Transaction& tx, const StoreKey& key, Timestamp now) {
  const Params params = Params().add(key.org.value).add(key.store.value);
  Rows rows = tx.ask(kLockStore, params);
  if (rows.empty()) {
    tx.tell(kEnterStore, Params().add(key.org.value).add(key.store.value).add(now));
    rows = tx.ask(kLockStore, params);
  }
  LockedStore store;
  store.id = rows.front().integer(0);
  if (!rows.front().is_null(1)) store.current_epoch = Epoch(rows.front().uuid(1));
  store.is_online = rows.front().flag(2);
  return store;
}

std::optional<HeldEpoch> find_epoch(Transaction& tx, std::int64_t store_id, const Epoch& epoch) {
  const Rows rows = tx.ask(kFindEpoch, Params().add(store_id).add(epoch));
  if (rows.empty()) return std::nullopt;
  return held_epoch(rows.front());
}

std::vector<HeldEpoch> epochs_of(Transaction& tx, std::int64_t store_id) {
  std::vector<HeldEpoch> epochs;
  for (const Row& row : tx.ask(kEpochs, Params().add(store_id).add(kEpochsRead))) epochs.push_back(held_epoch(row));
  return epochs;
}

std::optional<Digest> digest_at(Transaction& tx, const HeldEpoch& epoch, Seq seq) {
  if (!epoch.upto || seq > epoch.upto->seq || seq < epoch.root.after.seq) return std::nullopt;
  if (seq == epoch.upto->seq) return epoch.upto->digest;
  if (seq == epoch.root.after.seq) return epoch.root.after.digest;
  const Rows rows = tx.ask(kDigestAt, Params().add(epoch.id).add(seq));
  if (rows.empty()) return std::nullopt;
  return rows.front().digest(0);
}

Ack position_of(Transaction& tx, std::int64_t store_id, const StoreId& store, const EpochRoot& root, const HoEpoch& ho_epoch,
                Timestamp now) {
  Ack ack;
  ack.store = store;
  ack.epoch = root.epoch;
  ack.ho_epoch = ho_epoch;
  ack.now = now;
  if (const auto held = find_epoch(tx, store_id, root.epoch); held && held->upto) {
    ack.upto = held->upto;
    return ack;
  }
  if (root.replaces) {
    if (const auto before = find_epoch(tx, store_id, *root.replaces); before && before->upto) {
      ack.epoch = *root.replaces;
      ack.upto = before->upto;
      return ack;
    }
  }
  ack.has_gap = true;
  return ack;
}

HoEpoch known_ho_epoch(Transaction& tx) {
  const Rows rows = tx.ask(kHoEpoch);
  return rows.empty() ? HoEpoch() : HoEpoch(rows.front().uuid(0));
}

HoEpoch learn_ho_epoch(Transaction& tx, const HoEpoch& fresh) {
  const Row where = tx.ask(kWhere).front();
  tx.tell(kLearn, Params().add(fresh).add(where.text(0)).add(where.text(1)));
  return HoEpoch(tx.ask(kHoEpoch).front().uuid(0));
}

}  // namespace tillgate
