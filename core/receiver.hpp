// Receiver: what to do with a batch from a store, given what we hold. One pure function over facts that the caller looked
// up in one transaction with the store's row locked; the caller then does what it says, in the same transaction.
// Table: docs/protocol.md, "Receiving".
#pragma once

#include <optional>
#include <string>
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
  std::optional<Digest> digest_at_root;       // ours at (root.replaces, root.seq)
};

enum class Verdict : std::uint8_t {
  apply,     // next in line (skip = 0), or an overlap of which only the tail is new (skip > 0)
  open,      // an unknown epoch at a root we hold: record it, then apply
  branch,    // as open, but the root lies below what we hold of the replaced epoch: lost tail, restore, or clone
  known,     // nothing new: ack the cursor again
  gap,       // something is missing before it: put aside, look again for up to 2 s, then ack with gap
  unknown_epoch,  // its root is not held: ack {epoch, none, gap}
  fork,      // same (epoch, seq), other digest: apply nothing, ack our cursor with our digest
};
[[nodiscard]] std::string_view name_of(Verdict verdict);

struct Decision {
  Verdict verdict{};
  std::int64_t skip = 0;  // changes at the front of the batch that are known already
  std::string why;        // for log and fleet page
};
[[nodiscard]] Decision decide(const BatchHeader& batch, const ReceiverFacts& facts);

// Which epoch of a store is the current one: set by its status alone.
enum class Succession : std::uint8_t { same, first, succeeds, clone, stale };
struct StatusFacts {
  std::optional<EpochCursor> current;          // of the store's current epoch
  std::vector<EpochCursor> known;              // every epoch held for the store
  std::optional<std::int64_t> n_seen;          // highest n seen of the status' epoch
  bool was_succeeded = false;                  // the status' epoch has been current before and is no longer
};
// A new epoch whose root lies on the current one's path succeeds it. `null` roots succeed only where no row is held.
[[nodiscard]] Succession succession(const Status& status, const StatusFacts& facts);


}  // namespace tillgate
