// The writer: takes what is queued as a group, commits it in one transaction with one flush, then answers each. It owns the
// write connection and every checkpoint. Thread: one, which calls run(); tests and simulations call drain() instead.
//
// Groups: each command has a savepoint, so a refusal concerns itself alone. SQLITE_FULL anywhere undoes the whole group, answers
// `full` to all of it, and work goes on (docs: a full disk heals by itself). Any other storage error makes the writer answer
// `corrupt` from then on without touching the disk: after a failed flush nobody knows what is on it, and only a new process
// that reads the files again may say (a failed fsync that is retried "succeeds" and the data is gone).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/mailbox.hpp"
#include "store/ledger.hpp"
#include "store/page_copy.hpp"
#include "store/likeness_feed.hpp"
#include "store/search_feed.hpp"
#include "store/state.hpp"
#include "store/store.hpp"

namespace tillgate {

class Writer {
 public:
  struct Start {
    LedgerTail tail;
    Hlc hlc;
    Time mono;  // when the process read `hlc`
    // Records were erased in this file: what a crash left in the WAL may still tell of them, so it is emptied first.
    bool has_erased = false;
  };
  // `db`, `options` and `sealer` outlive the writer.
  Writer(Connection& db, const StoreOptions& options, const Sealer& sealer, Start start);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Any thread. False: full or closed.
  [[nodiscard]] bool submit(Command command, Store::CommandDone done);
  [[nodiscard]] bool ping(std::function<void()> done);
  [[nodiscard]] bool copy(CopyOrder order);
  void confirm_clock(Timestamp at, Time mono);
  void on_head_moved(std::function<void(Position)> callback);
  [[nodiscard]] Store::Counters counters() const;
  void close() { queue_.close(); }  // what is queued is still done

  // The writer's thread.
  void run();    // until closed and empty
  bool drain();  // one group, waiting for nothing; false: there was none
  void rest();   // nobody waits: a step of the search index, of a copy, a checkpoint, when there is enough for one
  // After the last group: notes the orderly stop and empties the WAL. Does nothing after a fault.
  [[nodiscard]] Result<> finish();
  [[nodiscard]] const LedgerTail& tail() const { return ledger_.tail(); }

 private:
  struct Submission {
    std::optional<Command> command;  // none: a ping
    Store::CommandDone done;
    std::function<void()> pong;
  };
  struct Confirmation {
    Timestamp at;
    Time mono;
  };
  using Outcome = Result<CommandOutcome>;
  // The part of a group that fitted one transaction, and its answers.
  struct Group {
    std::vector<Outcome> outcomes;
    bool has_moved = false;
    bool has_erased = false;
  };

  [[nodiscard]] std::optional<Duration> idle_after() const;  // none: nothing is left to do when idle
  void take_notices();
  void process(std::span<Submission> submissions);
  [[nodiscard]] Result<Group> commit_group(std::span<const Submission> submissions);
  [[nodiscard]] Result<Group> fill_group(Transaction& transaction, std::span<const Submission> submissions);
  [[nodiscard]] Result<> attempt(Transaction& transaction, const Command& command, std::vector<Outcome>& outcomes);
  [[nodiscard]] StateRow state(bool is_clean_stop) const;
  [[nodiscard]] bool is_refused_for_room(const Command& command) const;
  void index_some(bool is_idle);
  void tell_search();
  void compare_some();
  void begin_copy(CopyOrder order);
  void copy_some(int pages);
  void end_copy(Result<> result);
  void maintain(bool is_idle);
  [[nodiscard]] bool checkpoint(CheckpointMode mode, milliseconds wait);  // false: a reader stood in the way
  void measure();
  void fault(const Error& error);

  Connection& db_;
  const StoreOptions& options_;
  const Sealer& sealer_;
  LedgerWriter ledger_;
  HlcClock clock_;
  SearchFeed search_;
  LikenessFeed likeness_;
  std::optional<CopyOrder> copy_order_;  // of the copy that is being made
  std::unique_ptr<PageCopy> copy_;
  bool is_wal_to_empty_;                 // it may still hold what was erased
  std::int64_t checkpointed_pages_ = 0;  // of the WAL as it is now
  std::int64_t next_attempt_pages_ = 0;  // after a reader stood in the way: not again before the WAL has grown to this
  std::vector<std::function<void(Position)>> listeners_;

  Mailbox<Submission> queue_;
  Mailbox<Confirmation> confirmations_;
  Mailbox<std::function<void(Position)>> new_listeners_;

  // Pages of the WAL (StoreOptions::wal_pages_max).
  const struct {
    std::int64_t idle;     // worth a checkpoint when nobody waits
    std::int64_t restart;  // checkpoint now, and try to start the WAL anew
    std::int64_t hard;     // near 16 MB: wait for readers a moment
    std::int64_t attempt;  // growth between two attempts that readers stopped
  } pages_;

  struct {
    std::atomic<std::int64_t> commits{0}, commands{0}, groups{0}, wal_bytes{0}, database_bytes{0}, used_bytes{0},
        checkpoints{0}, checkpoints_blocked{0}, refused_full{0}, search_behind{0};
    std::atomic<bool> is_search_halted{false}, has_fault{false};
  } figures_;
};

}  // namespace tillgate
