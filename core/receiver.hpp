// Receiver: what to do with a batch from a store, given what we hold. One pure function over facts that the caller looked
// up in one transaction with the store's row locked; the caller then does what it says, in the same transaction.
// Table: docs/protocol.md, "Receiving".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.hpp"

namespace tillgate {

// What the receiver holds of one epoch of one store.
struct EpochCursor {
  EpochRoot root;
  Position upto;
  bool operator==(const EpochCursor&) const = default;
};

struct ReceiverFacts {
  std::optional<EpochCursor> cursor;          // of the batch's epoch
  std::optional<Digest> digest_at_overlap;    // ours at (batch.epoch, min(batch.last, cursor)); when cursor is set
  std::optional<EpochCursor> replaced;        // of root.replaces, when the batch's epoch is unknown
  std::optional<Digest> digest_at_root;       // ours at (root.replaces, root.seq): of a row written in exactly that epoch
  // The batch's own digest at our cursor, out of verify(): needed when first <= cursor < last, because the header speaks
  // of its two ends only. An overlap that cannot be compared is not applied: it is answered as a gap, and the sender
  // then goes on exactly behind our cursor.
  std::optional<Digest> batch_digest_at_cursor{};
};

enum class Verdict : std::uint8_t {
  apply,     // next in line (skip = 0), or an overlap of which only the tail is new (skip > 0)
  open,      // an unknown epoch at a root we hold: record it, then apply
  branch,    // as open, but the root lies below what we hold of the replaced epoch: lost tail, restore, or clone
  known,     // nothing new: ack the cursor again
  gap,       // something is missing before it: put aside, look again for up to 2 s, then ack with gap
  unknown_epoch,  // its root is not held: as gap, but the ack is {epoch, none, gap}
  fork,      // same (epoch, seq), other digest: apply nothing, ack Decision::compared
};
[[nodiscard]] std::string_view name_of(Verdict verdict);

struct Decision {
  Verdict verdict{};
  std::int64_t skip = 0;  // changes at the front of the batch that are known already
  std::string why;        // for log and fleet page
  // With fork: the row that was compared, with our digest of it. This is acknowledged, not the cursor, which may lie
  // beyond the last row that the sender wrote in this epoch: there it could compare nothing and would never learn.
  std::optional<Position> compared{};
};
[[nodiscard]] Decision decide(const BatchHeader& batch, const ReceiverFacts& facts);

// Which epoch of a store is the current one: set by its status alone; batches of any epoch are heard and prove nothing.
//  same       the current epoch again (or its going offline): update what is shown
//  first      nothing is current yet: this one is
//  succeeds   a restart, a lost tail or a restore: make it current, the one before "was succeeded"
//  clone      two boxes live: both are heard, the current one stays, an alert names both until a person decides
//  stale      an older message, or the last will of an epoch that is not current: drop it
//  undecided  its root lies in an epoch that we have not heard yet (a store that restarted more than once while cut
//             off): the current one stays for now. Ask again with the same status whenever an epoch of this store is
//             opened; what is missing is on its way, because rows go up in order.
enum class Succession : std::uint8_t { same, first, succeeds, clone, stale, undecided };
[[nodiscard]] std::string_view name_of(Succession succession);

struct StatusFacts {
  std::optional<EpochCursor> current;          // of the store's current epoch; upto = its root while no row of it is held
  std::vector<EpochCursor> known;              // every epoch held for the store
  std::optional<std::int64_t> n_seen;          // highest n seen of the status' epoch
  bool was_succeeded = false;                  // the status' epoch has been current before and is no longer
  std::vector<Epoch> succeeded{};              // every epoch of the store that has been current before and is no longer
};
// A new epoch whose root lies on the current one's path succeeds it. One whose line goes back to a `null` root elsewhere
// succeeds only where no row outside that line is held: a fresh box that was restarted before its first write is no clone.
// A child of an epoch that was succeeded, and that the current path does not pass, comes from a second copy of the disk: a clone.
[[nodiscard]] Succession succession(const Status& status, const StatusFacts& facts);

}  // namespace tillgate
