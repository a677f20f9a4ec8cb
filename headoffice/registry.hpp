// What head office holds of stores and their epochs: the rows behind hq.stores, and the lock under which a store is received.
// Everything here runs inside a transaction of the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/message.hpp"
#include "core/receiver.hpp"
#include "headoffice/database.hpp"

namespace tillgate {

struct StoreKey {
  OrgId org;
  StoreId store;
  auto operator<=>(const StoreKey&) const = default;
};

struct LockedStore {
  std::int64_t id = 0;
  std::optional<Epoch> current_epoch;  // set by status alone
  bool is_online = false;
};
// Locks the store's row until the transaction ends; a store never heard of before is entered.
[[nodiscard]] LockedStore lock_store(Transaction& tx, const StoreKey& key, Timestamp now);

struct HeldEpoch {
  std::int64_t id = 0;
  EpochRoot root;
  std::optional<Position> upto;  // none: known by a status only, no batch has opened it
  std::optional<std::int64_t> status_n;
  bool was_succeeded = false;

  [[nodiscard]] std::optional<EpochCursor> cursor() const {
    if (!upto) return std::nullopt;
    return EpochCursor{root, *upto};
  }
};
[[nodiscard]] std::optional<HeldEpoch> find_epoch(Transaction& tx, std::int64_t store_id, const Epoch& epoch);
// The newest ones, at most kEpochsRead: more lives than that lie on no path that anybody still walks.
inline constexpr std::int64_t kEpochsRead = 4096;
[[nodiscard]] std::vector<HeldEpoch> epochs_of(Transaction& tx, std::int64_t store_id);

// Our digest at a place of an opened epoch: its root, its cursor or any row between. None: we hold nothing there.
[[nodiscard]] std::optional<Digest> digest_at(Transaction& tx, const HeldEpoch& epoch, Seq seq);

// Where a sender of this epoch should go on: our cursor of the epoch; else that of the epoch it replaces; else "unknown".
[[nodiscard]] Ack position_of(Transaction& tx, std::int64_t store_id, const StoreId& store, const EpochRoot& root,
                              const HoEpoch& ho_epoch, Timestamp now);

// This database's own epoch; a new one is drawn when the database turns out to be restored or promoted since.
[[nodiscard]] HoEpoch learn_ho_epoch(Transaction& tx, const HoEpoch& fresh);
// As it was learned last, without asking where we are; all zeros before the first time.
[[nodiscard]] HoEpoch known_ho_epoch(Transaction& tx);

}  // namespace tillgate
