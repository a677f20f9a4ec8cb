#include "core/receiver.hpp"

#include <algorithm>

namespace tillgate {

namespace {

std::string text(Seq seq) {
  return std::to_string(seq);
}

// A root as the header of a batch may carry it: of this epoch, directly before `first`, with the digest that `prev` says.
bool is_consistent(const BatchHeader& batch, const EpochRoot& root) {
  const bool is_first_of_all = !root.replaces && root.after == Position{};
  return root.epoch == batch.epoch && root.after.seq + 1 == batch.first && root.after.digest == batch.prev &&
         (root.replaces || is_first_of_all);
}

Decision decide_unknown(const BatchHeader& batch, const ReceiverFacts& facts) {
  if (!batch.root || !is_consistent(batch, *batch.root))
    return {Verdict::unknown_epoch, 0, "an unknown epoch starts only at its root"};
  const EpochRoot& root = *batch.root;
  if (!root.replaces) return {Verdict::open, 0, "a new database"};
  const bool is_row_of_it = facts.replaced && facts.digest_at_root && root.after.seq > facts.replaced->root.after.seq &&
                            root.after.seq <= facts.replaced->upto.seq;
  if (!is_row_of_it)
    return {Verdict::unknown_epoch, 0, "its root, row " + text(root.after.seq) + " of the epoch before, is not held"};
  if (*facts.digest_at_root != root.after.digest)
    return {Verdict::unknown_epoch, 0, "its root, row " + text(root.after.seq) + " of the epoch before, is another row here"};
  if (root.after.seq < facts.replaced->upto.seq)
    return {Verdict::branch, 0,
            "branches at " + text(root.after.seq) + ", below " + text(facts.replaced->upto.seq) +
                " held of the epoch before (lost tail, restore or clone)"};
  return {Verdict::open, 0, "a new epoch after " + text(root.after.seq)};
}

Decision fork_at(const Position& ours) {
  return {Verdict::fork, 0, "row " + text(ours.seq) + " has another digest here", ours};
}

Decision decide_known_epoch(const BatchHeader& batch, const EpochCursor& held, const ReceiverFacts& facts) {
  const Position& cursor = held.upto;
  if (batch.root && *batch.root != held.root) return {Verdict::fork, 0, "this epoch has another root here", held.root.after};
  if (batch.first > cursor.seq + 1)
    return {Verdict::gap, 0, text(batch.first) + " comes, " + text(cursor.seq + 1) + " is missing"};
  if (batch.first == cursor.seq + 1) {
    if (batch.prev != cursor.digest) return fork_at(cursor);
    if (batch.count() == 0) return {Verdict::known, 0, "opens the session"};
    return {Verdict::apply, 0, "next in line"};
  }
  if (batch.first <= held.root.after.seq) return {Verdict::gap, 0, "begins before the root of its own epoch"};
  if (batch.last <= cursor.seq) {
    auto ours = facts.digest_at_overlap;
    if (batch.last == cursor.seq) ours = cursor.digest;
    if (batch.last == held.root.after.seq)
      ours = held.root.after.digest;  // an empty one at the root: a row of the epoch before
    if (!ours) return {Verdict::gap, 0, "row " + text(batch.last) + " cannot be compared"};
    if (*ours != batch.digest) return fork_at({batch.last, *ours});
    return {Verdict::known, 0, "all of it is held"};
  }
  if (!facts.batch_digest_at_cursor) return {Verdict::gap, 0, "row " + text(cursor.seq) + " cannot be compared"};
  if (*facts.batch_digest_at_cursor != cursor.digest) return fork_at(cursor);
  return {Verdict::apply, cursor.seq - batch.first + 1, "overlaps up to " + text(cursor.seq)};
}

const EpochCursor* find(const std::vector<EpochCursor>& known, const Epoch& epoch) {
  const auto found =
      std::find_if(known.begin(), known.end(), [&](const EpochCursor& each) { return each.root.epoch == epoch; });
  return found == known.end() ? nullptr : &*found;
}

// Where the path that ends in `current` left `epoch`: the root of the epoch after it. `*is_on_path` says whether it passes
// there at all; no root then means that `epoch` is the current one.
std::optional<EpochRoot> left_at(const EpochCursor& current, const std::vector<EpochCursor>& known, const Epoch& epoch,
                                 bool* is_on_path) {
  *is_on_path = true;
  std::optional<EpochRoot> after;
  const EpochCursor* at = &current;
  for (std::size_t steps = 0; at && steps <= known.size(); ++steps) {  // bounded: what devices say need not be a chain
    if (at->root.epoch == epoch) return after;
    after = at->root;
    if (at->root.replaces == epoch) return after;
    at = at->root.replaces ? find(known, *at->root.replaces) : nullptr;
  }
  *is_on_path = false;
  return std::nullopt;
}

// Is the place at which a line of descent leaves `*root.replaces` a place where the current path was, too?
bool leaves_from_path(const EpochRoot& root, const std::optional<EpochRoot>& left, const EpochCursor& current) {
  if (left) return root.after.seq < left->after.seq || root.after == left->after;
  // The current epoch itself. Rows that we have not heard yet cannot be compared and are no objection.
  if (root.after.seq <= current.root.after.seq) return false;
  return root.after.seq != current.upto.seq || root.after.digest == current.upto.digest;
}

// Is there a row that does not belong to the newcomer's own line? Then its database is not this store's first one.
bool holds_other_rows(const StatusFacts& facts, const std::vector<Epoch>& line) {
  const auto is_other = [&](const EpochCursor& each) {
    return each.upto.seq > 0 && std::find(line.begin(), line.end(), each.root.epoch) == line.end();
  };
  return is_other(*facts.current) || std::any_of(facts.known.begin(), facts.known.end(), is_other);
}

// Follows the newcomer's ancestors back to the current path.
Succession descent(EpochRoot root, const StatusFacts& facts) {
  std::vector<Epoch> line{root.epoch};
  while (root.replaces) {
    bool is_on_path = false;
    const auto left = left_at(*facts.current, facts.known, *root.replaces, &is_on_path);
    if (is_on_path) return leaves_from_path(root, left, *facts.current) ? Succession::succeeds : Succession::clone;
    // A line that was left for the current one goes on: somebody else wrote it.
    if (std::find(facts.succeeded.begin(), facts.succeeded.end(), *root.replaces) != facts.succeeded.end())
      return Succession::clone;
    const EpochCursor* parent = find(facts.known, *root.replaces);
    if (!parent) return Succession::undecided;
    root = parent->root;
    line.push_back(root.epoch);
    if (line.size() > facts.known.size() + 1) return Succession::clone;  // roots that form a circle
  }
  return holds_other_rows(facts, line) ? Succession::clone : Succession::succeeds;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::apply: return "apply";
    case Verdict::open: return "open";
    case Verdict::branch: return "branch";
    case Verdict::known: return "known";
    case Verdict::gap: return "gap";
    case Verdict::unknown_epoch: return "unknown_epoch";
    case Verdict::fork: return "fork";
  }
  return "unknown";
}

std::string_view name_of(Succession succession) {
  switch (succession) {
    case Succession::same: return "same";
    case Succession::first: return "first";
    case Succession::succeeds: return "succeeds";
    case Succession::clone: return "clone";
    case Succession::stale: return "stale";
    case Succession::undecided: return "undecided";
  }
  return "unknown";
}

Decision decide(const BatchHeader& batch, const ReceiverFacts& facts) {
  if (batch.first < 1 || batch.count() < 0) return {Verdict::gap, 0, "not a run of rows"};
  return facts.cursor ? decide_known_epoch(batch, *facts.cursor, facts) : decide_unknown(batch, facts);
}

Succession succession(const Status& status, const StatusFacts& facts) {
  if (facts.n_seen && status.n < *facts.n_seen) return Succession::stale;
  if (facts.current && facts.current->root.epoch == status.epoch) return Succession::same;
  if (!status.is_online) return Succession::stale;  // a will says who left, never who came
  if (!facts.current) return Succession::first;
  if (facts.was_succeeded) return facts.n_seen == status.n ? Succession::stale : Succession::clone;
  const EpochCursor* heard = find(facts.known, status.epoch);
  const std::optional<EpochRoot> root = heard ? std::optional(heard->root) : status.root;
  if (!root || root->epoch != status.epoch) return Succession::clone;
  return descent(*root, facts);
}

}  // namespace tillgate
