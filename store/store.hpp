// Store: opens, migrates and checks the database; owns the writer thread and the reader threads.
// The daemon's only way to durable state. Everything is answered by callback on the store's threads; service/await.hpp brings
// the answers to the logic thread.
//
// Promise: a CommandOutcome is handed out only after the transaction that holds it is on stable storage
// (WAL, synchronous=FULL). An Error other than invalid/not_found/conflict/full/busy means "unknown": asking again with the
// same CommandKey is safe and tells which.
#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "core/command.hpp"
#include "core/path.hpp"
#include "core/result.hpp"
#include "store/queries.hpp"
#include "store/seal.hpp"

namespace tillgate {

struct StoreOptions {
  std::filesystem::path file;  // /var/lib/tillgate/tillgate.db
  StoreId store;               // home_store of customers created here
  // Name of a SQLite VFS that keeps its own files: then no folder is made or locked, and flush_folder makes new names durable.
  // Empty: the real file system, whose folder is flushed without being told how.
  std::string vfs;
  std::function<Result<>()> flush_folder;
  SealKeys keys;
  std::size_t write_queue_max = 4096;
  std::size_t read_queue_max = 4096;
  std::size_t group_max = 256;  // commands per transaction
  int readers = 2;
  // Opens what is there without writing a byte: for a gateway whose storage fails. No writer: submit() is refused.
  bool is_read_only = false;
  std::int64_t bytes_max = std::int64_t{4} << 30;  // database + WAL
  // The WAL is emptied and started anew from a fourteenth of this (0.8 MB), when idle from half as much: a checkpoint is a pause
  // for whoever writes, of some 4 microseconds a page (docs/performance.md), more on a card. Where readers stand in the way it grows on, tried
  // again and again; from 5/4 (14 MB of a ceiling of 16) readers are waited for.
  std::int64_t wal_pages_max = 11000;
  milliseconds clock_skew_max{5 * 60 * 1000};
  seconds answers_kept{7 * 24 * 3600};
  // Injected so that simulations are deterministic; never null.
  std::function<HlcClock::Reading()> read_clock;
  std::function<void(std::span<std::uint8_t>)> fill_random;  // kernel entropy in the daemon
  // What orders are judged by. `day_of`: the day in the store's own time zone; null: that of UTC.
  SaleRules sale_rules;
  std::function<Day(Timestamp)> day_of;
  // Called once, on the writer thread, when storage can no longer be trusted (P4): no 2xx after this. The daemon exits 70.
  std::function<void(const Error&)> on_fault;
  // Called on the writer thread now and then while one command takes long (re-chaining a long ledger): it comes round, though it
  // answers nothing. May be null.
  std::function<void()> on_progress;
};

// A consistent copy of the running database (store/page_copy.hpp).
struct CopyOrder {
  std::string into;
  // Both on the writer thread; `done` exactly once, also where the store stops before the copy is whole. `on_progress` may be null.
  std::function<void(std::int64_t pages_done, std::int64_t pages_total)> on_progress;
  std::function<void(Result<>)> done;
};

struct OpenReport {
  Path path;
  Position head;
  Hlc hlc;
  bool was_clean_stop = true;
  int migrated_from = 0, schema = 0;
};

class Store {
 public:
  // Opens (creating, migrating, checking), draws a new epoch, starts the threads.
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(StoreOptions options);
  ~Store();  // stops: what was accepted is committed and answered first
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] const OpenReport& opened() const;

  // False: the queue is full (answer busy); `done` is then not called. Otherwise `done` is called exactly once on the writer
  // thread, after the COMMIT. It must not block.
  using CommandDone = std::function<void(Result<CommandOutcome>)>;
  [[nodiscard]] bool submit(Command command, CommandDone done);

  // A read by name (queries.hpp). False: queue full. `done` runs on a reader thread.
  template <class Query>
  [[nodiscard]] bool ask(Query query, std::function<void(Result<typename Query::Answer>)> done) {
    return ask_any([query = std::move(query), done = std::move(done)](Queries& queries) { done(queries.run(query)); });
  }

  // A source of time that can be trusted says it is `at` (head office's ack, NTP).
  void confirm_clock(Timestamp at, Time mono);

  // Opens sealed text for an authorised read. Thread-safe.
  [[nodiscard]] const Sealer& sealer() const;

  // After each commit that added rows, on the writer thread: the new head. For the replication shell and live events.
  void on_head_moved(std::function<void(Position)> callback);

  // The writer thread's round trip, for the watchdog: `done` runs on it, in turn, without touching the disk.
  [[nodiscard]] bool ping_writer(std::function<void()> done);

  // Begins to copy the database, a little between the commands of others. Errc::busy: another copy is being made. False: the queue is
  // full, or there is no writer; `done` is then not called.
  [[nodiscard]] bool copy(CopyOrder order);

  // How long the read that has been running longest has been running by now; zero: none is. A query is interrupted after 2 s, so
  // much more than that is a reader that hangs, however well the others answer. Thread-safe.
  [[nodiscard]] Duration longest_read() const;

  struct Counters {
    std::int64_t commits = 0, commands = 0, groups = 0, wal_bytes = 0, database_bytes = 0, checkpoints = 0, refused_full = 0;
    std::int64_t checkpoints_blocked = 0;  // a reader stood in the way
    std::int64_t search_behind = 0;        // ledger rows that the search index has not looked at
    bool is_search_halted = false;         // it could not be read or written; RebuildSearch makes it anew
    int percent_full = 0;                  // of bytes_max
    bool is_above_70_percent = false, is_above_90_percent = false;
    bool has_fault = false;
  };
  [[nodiscard]] Counters counters() const;  // thread-safe snapshot

 private:
  Store();
  [[nodiscard]] bool ask_any(std::function<void(Queries&)> job);
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate
