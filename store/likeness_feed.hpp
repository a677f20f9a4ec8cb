// Fills the review queue: a feed over the ledger, "likeness", whose consumer is the writer when nobody waits for it. Each record
// that came or changed is compared with those that share a key with it; the likeliest become rows of `likenesses`.
//
// It goes over rows that the search index has already, since that is where the keys are. Going over rows again changes nothing, so the
// cursor is saved only now and then, and a customer who is like nobody costs no write. What it cannot do now it does later; where it
// cannot go on at all it rests until the store is opened again, and everything else is served.
// Thread: the writer's.
#pragma once

#include <functional>
#include <vector>

#include "core/time.hpp"
#include "store/likenesses.hpp"
#include "store/sqlite.hpp"
#include "store/touched.hpp"

namespace tillgate {

class LikenessFeed {
 public:
  explicit LikenessFeed(Connection& db);  // which outlives it

  // `indexed`: up to which row the search index knows the ledger.
  [[nodiscard]] bool has_work(Seq indexed) const { return !is_halted_ && done_ < indexed; }
  // The last step could not be saved for want of room or a lock: not at once again.
  [[nodiscard]] bool is_put_off() const { return is_put_off_; }
  // Ends after some rows, or after the first one behind which `is_wanted` says that somebody waits for this thread: a record that shares
  // its keys with two hundred takes two milliseconds. An Error: a commit failed, and nobody knows what is on the disk.
  [[nodiscard]] Result<> step(Timestamp now, Seq indexed, const std::function<bool()>& is_wanted);

 private:
  static constexpr int kRowsPerStep = 16;
  static constexpr std::int64_t kRowsPerSave = 1024;
  struct Finding {
    std::vector<Likeness> added;  // or with another chance than before
    std::vector<RecordPair> gone;
  };
  [[nodiscard]] Result<Seq> find_next(Seq after, Finding& finding);
  [[nodiscard]] Result<> find_for(const CustomerId& id, Finding& finding);
  [[nodiscard]] Result<> save(const Finding& finding, Seq upto, Timestamp now);
  [[nodiscard]] Result<> give_up(const Error& error);

  Connection& db_;
  Seq done_ = 0, saved_ = 0;
  bool is_halted_ = false, is_put_off_ = false;
};

}  // namespace tillgate
