// The writer's side of the search index: when to take a step, and what its failing means. A step is a transaction of its own, apart
// from every command's; what it cannot do now it does later, and where it cannot go on at all the store serves everything else.
// Thread: the writer's.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "store/seal.hpp"
#include "store/search_index.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

class SearchFeed {
 public:
  // Both outlive it.
  SearchFeed(Connection& db, const Sealer& sealer) : db_(db), sealer_(sealer) { look_again(); }

  [[nodiscard]] bool has_work(Seq head) const { return !is_halted_ && indexed_ < head; }
  [[nodiscard]] Seq indexed() const { return indexed_; }
  // So many rows wait that a step pays.
  [[nodiscard]] bool is_due(Seq head) const { return has_work(head) && !is_short_of_room_ && head - indexed_ >= kRowsPerStep; }
  [[nodiscard]] std::int64_t behind(Seq head) const { return head - indexed_; }
  // Something in the index could not be read: it rests until the store is opened again, or the index is made anew.
  [[nodiscard]] bool is_halted() const { return is_halted_; }

  // To be asked after a group of commands: is it time for a step although more of them wait? Now and then: a load that never pauses must
  // not pay a flush for each of its groups. Where it writes more than a row a group the index falls behind until it pauses, and searches
  // say how far (SearchTail::unread).
  [[nodiscard]] bool is_turn(Seq head) { return is_due(head) && ++groups_passed_ % kGroupsPerStep == 0; }
  // `is_idle`: nobody waits, so it may be a long one. An Error: the commit failed, and nobody knows what is on the disk.
  [[nodiscard]] Result<> step(Timestamp now, bool is_idle);
  // After a command that moves the cursor.
  void look_again();

 private:
  // Some six terms a row, most of them on a page of their own in an index of a million customers: a few milliseconds, and where
  // nobody waits some twenty.
  static constexpr std::int64_t kRowsPerStep = 32, kRowsPerIdleStep = 256;
  static constexpr std::uint64_t kGroupsPerStep = 32;
  [[nodiscard]] Result<> give_up(Transaction& transaction, const Error& error);

  Connection& db_;
  const Sealer& sealer_;
  Seq indexed_ = 0;
  std::uint64_t groups_passed_ = 0;
  bool is_halted_ = false, is_short_of_room_ = false;
};

}  // namespace tillgate
