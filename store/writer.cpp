#include "store/writer.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "store/answers.hpp"
#include "store/apply.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kGroupBytesMax = 2 * 1024 * 1024;  // of ledger text per transaction: bounds the WAL's jumps
constexpr milliseconds kHardWait{100};
constexpr milliseconds kIdleAfter{50};
// Terminals that all wait for one group leave the queue empty for a moment after each: that is no pause.
constexpr milliseconds kDueAfter{5};
constexpr milliseconds kIndexAfter{1000};  // a lone create's terms: later ones may share their pages
constexpr milliseconds kCompareAfter{10};  // between two steps: whoever comes is served first
constexpr milliseconds kFinishWait{1000};
// A copy goes on by some 12 MB a second while nobody waits, which an SD card can write beside the commits, and by this little behind
// each group otherwise: it comes to its end under any load, and no terminal waits for more.
constexpr milliseconds kCopyAfter{10};
constexpr int kCopyPagesIdle = 128, kCopyPagesBetween = 16;
constexpr std::size_t kNoticesMax = 16;

// These refuse one command; everything else concerns the storage.
bool is_refusal(Errc code) {
  return code == Errc::invalid || code == Errc::not_found || code == Errc::conflict || code == Errc::unsupported;
}

}  // namespace

Writer::Writer(Connection& db, const StoreOptions& options, const Sealer& sealer, Start start)
    : db_(db),
      options_(options),
      sealer_(sealer),
      ledger_(db, std::move(start.tail), options.on_progress),
      clock_(start.hlc, start.mono, options.clock_skew_max),
      search_(db, sealer),
      likeness_(db),
      is_wal_to_empty_(start.has_erased),
      queue_(options.write_queue_max),
      confirmations_(kNoticesMax),
      new_listeners_(kNoticesMax),
      pages_{options.wal_pages_max / 28, options.wal_pages_max / 14, options.wal_pages_max * 5 / 4, options.wal_pages_max / 14} {
  CHECK(options_.group_max > 0 && options_.wal_pages_max >= 28);
  measure();
}

Writer::~Writer() {
  end_copy(fail(Errc::unavailable, "the store stopped before the copy was whole"));
}

bool Writer::submit(Command command, Store::CommandDone done) {
  return queue_.push(Submission{std::move(command), std::move(done), {}});
}

bool Writer::ping(std::function<void()> done) {
  return queue_.push(Submission{std::nullopt, {}, std::move(done)});
}

bool Writer::copy(CopyOrder order) {
  auto shared = std::make_shared<CopyOrder>(std::move(order));
  return ping([this, shared] { begin_copy(std::move(*shared)); });
}

void Writer::confirm_clock(Timestamp at, Time mono) {
  // A full mailbox means that sixteen wait for the writer already; the next acknowledgement brings the next one.
  (void)confirmations_.push(Confirmation{at, mono});
}

void Writer::on_head_moved(std::function<void(Position)> callback) {
  CHECK(new_listeners_.push(std::move(callback)));
}

Store::Counters Writer::counters() const {
  Store::Counters now;
  now.commits = figures_.commits;
  now.commands = figures_.commands;
  now.groups = figures_.groups;
  now.wal_bytes = figures_.wal_bytes;
  now.database_bytes = figures_.database_bytes;
  now.checkpoints = figures_.checkpoints;
  now.checkpoints_blocked = figures_.checkpoints_blocked;
  now.refused_full = figures_.refused_full;
  now.percent_full = static_cast<int>(figures_.used_bytes * 100 / std::max<std::int64_t>(options_.bytes_max, 1));
  now.is_above_70_percent = now.percent_full >= 70;
  now.is_above_90_percent = now.percent_full >= 90;
  now.search_behind = figures_.search_behind;
  now.is_search_halted = figures_.is_search_halted;
  now.has_fault = figures_.has_fault;
  return now;
}

void Writer::run() {
  for (;;) {
    auto taken = queue_.take(options_.group_max, idle_after());
    if (taken.empty()) {
      // A timeout can race with the last push, so closed and empty is asked again.
      if (queue_.is_closed() && queue_.size() == 0) return;
      rest();
      continue;
    }
    process(taken);
  }
}

std::optional<Duration> Writer::idle_after() const {
  if (figures_.has_fault) return std::nullopt;
  const Seq head = ledger_.tail().head.seq;
  const bool may_index = figures_.used_bytes < options_.bytes_max;
  if (may_index && search_.is_due(head)) return kDueAfter;
  if (copy_) return kCopyAfter;
  if (is_wal_to_empty_ || db_.wal_pages() - checkpointed_pages_ >= pages_.idle) return kIdleAfter;
  if (may_index && search_.has_work(head)) return kIndexAfter;
  if (may_index && likeness_.has_work(search_.indexed())) return likeness_.is_put_off() ? kIndexAfter : kCompareAfter;
  return std::nullopt;
}

void Writer::rest() {
  index_some(true);
  compare_some();
  copy_some(kCopyPagesIdle);
  maintain(true);
}

void Writer::index_some(bool is_idle) {
  if (figures_.has_fault || !search_.has_work(ledger_.tail().head.seq) || figures_.used_bytes >= options_.bytes_max) return;
  if (auto done = search_.step(clock_.wall(options_.read_clock()), is_idle); !done)
    fault(Error{Errc::corrupt, done.error().what, done.error().detail});
  tell_search();
}

void Writer::tell_search() {
  figures_.search_behind = search_.behind(ledger_.tail().head.seq);
  figures_.is_search_halted = search_.is_halted();
}

// Behind the search index, and only when it has nothing to do.
void Writer::compare_some() {
  const Seq head = ledger_.tail().head.seq;
  if (figures_.has_fault || search_.is_due(head) || !likeness_.has_work(search_.indexed())) return;
  if (figures_.used_bytes >= options_.bytes_max) return;
  const auto is_wanted = [this] { return queue_.size() > 0; };
  if (auto done = likeness_.step(clock_.wall(options_.read_clock()), search_.indexed(), is_wanted); !done)
    fault(Error{Errc::corrupt, done.error().what, done.error().detail});
}

void Writer::begin_copy(CopyOrder order) {
  if (copy_) return order.done(fail(Errc::busy, "the database is being copied already"));
  if (figures_.has_fault) return order.done(fail(Errc::corrupt, "the store stopped after a storage error; it restarts"));
  auto begun = PageCopy::begin(db_, order.into);
  if (!begun) return order.done(fail(begun.error()));
  copy_ = std::move(*begun);
  copy_order_ = std::move(order);
}

// What goes wrong here concerns the copy; damage of the database itself shows to whoever reads that page.
void Writer::copy_some(int pages) {
  if (!copy_ || figures_.has_fault) return;
  auto done = copy_->step(pages);
  if (copy_order_->on_progress) copy_order_->on_progress(copy_->pages_done(), copy_->pages_total());
  if (!done) return end_copy(fail(done.error()));
  if (*done) end_copy({});
}

void Writer::end_copy(Result<> result) {
  copy_.reset();
  if (auto order = std::exchange(copy_order_, std::nullopt)) order->done(std::move(result));
}

bool Writer::drain() {
  auto taken = queue_.take(options_.group_max, Duration{0});
  if (taken.empty()) return false;
  process(taken);
  return true;
}

void Writer::take_notices() {
  for (auto& listener : new_listeners_.take(kNoticesMax, Duration{0})) listeners_.push_back(std::move(listener));
  for (const auto& confirmation : confirmations_.take(kNoticesMax, Duration{0})) {
    clock_.confirm(confirmation.at, confirmation.mono);
  }
}

// Everything that was taken gets its answer here, in order; a group that grew too large is continued in another transaction.
void Writer::process(std::span<Submission> submissions) {
  take_notices();
  const auto answer_all = [&](const Error& error) {
    for (auto& submission : submissions) {
      submission.command ? submission.done(fail(error)) : submission.pong();
    }
  };
  while (!submissions.empty()) {
    if (figures_.has_fault) {
      answer_all(Error{Errc::corrupt, "the store stopped after a storage error; it restarts", ""});
      return;
    }
    auto group = commit_group(submissions);
    if (!group) {
      const Error& error = group.error();
      if (error.code == Errc::full) {
        figures_.refused_full += static_cast<std::int64_t>(submissions.size());
        answer_all(error);
      } else if (error.code == Errc::busy) {
        // Somebody outside holds a lock on the file. Nothing was written; it is no fault of the storage.
        answer_all(error);
      } else {
        const Error reported{Errc::corrupt, error.what, error.detail};
        fault(reported);
        answer_all(reported);
      }
      maintain(false);
      return;
    }
    const std::size_t count = group->outcomes.size();
    for (std::size_t i = 0; i < count; ++i) {
      auto& submission = submissions[i];
      submission.command ? submission.done(std::move(group->outcomes[i])) : submission.pong();
    }
    if (group->has_moved) {
      for (const auto& listener : listeners_) listener(ledger_.tail().head);
    }
    submissions = submissions.subspan(count);
    if (search_.is_turn(ledger_.tail().head.seq)) index_some(false);
    copy_some(kCopyPagesBetween);
    maintain(false);
  }
}

Result<Writer::Group> Writer::commit_group(std::span<const Submission> submissions) {
  ++figures_.groups;
  const bool has_commands = std::any_of(submissions.begin(), submissions.end(), [](const auto& one) { return one.command; });
  if (!has_commands) return Group{std::vector<Outcome>(submissions.size(), Outcome(CommandOutcome(Done{}))), false};

  const LedgerTail tail_before = ledger_.tail();
  const auto undo = [&](Error error) {
    ledger_.put_back(tail_before);
    return fail(std::move(error));
  };
  auto transaction = Transaction::begin(db_);
  if (!transaction) return undo(transaction.error());
  auto group = fill_group(*transaction, submissions);
  Result<> done = group ? Result<>() : Result<>(fail(group.error()));
  if (done) {
    group->has_moved = !(ledger_.tail() == tail_before);
    if (!(ledger_.tail().current == tail_before.current)) done = save_state(*transaction, state(false));
  }
  if (done) done = transaction->commit();
  if (done && group->has_erased) is_wal_to_empty_ = true;
  if (!done) {
    // Not rolled back is not undone: then the first error no longer matters.
    if (auto back = transaction->rollback(); !back) return undo(Error{Errc::corrupt, back.error().what, back.error().detail});
    return undo(done.error());
  }
  ++figures_.commits;
  const auto is_rebuild = [](const Submission& one) {
    return one.command && std::holds_alternative<RebuildSearch>(*one.command);
  };
  if (std::any_of(submissions.begin(), submissions.end(), is_rebuild)) search_.look_again();
  return group;
}

Result<Writer::Group> Writer::fill_group(Transaction& transaction, std::span<const Submission> submissions) {
  Group group;
  group.outcomes.reserve(submissions.size());
  const std::int64_t bytes_before = ledger_.bytes_appended();
  for (const auto& submission : submissions) {
    if (!submission.command) {
      group.outcomes.emplace_back(Done{});
      continue;
    }
    if (auto tried = attempt(transaction, *submission.command, group.outcomes); !tried) return fail(tried.error());
    ++figures_.commands;
    if (ledger_.bytes_appended() - bytes_before >= kGroupBytesMax) break;
  }
  group.has_erased = std::any_of(group.outcomes.begin(), group.outcomes.end(),
                                 [](const Outcome& outcome) { return outcome && std::holds_alternative<Erased>(*outcome); });
  const auto now = clock_.physical(options_.read_clock());  // lags or is right: nothing is forgotten early
  const auto rows_max = static_cast<std::int64_t>(2 * group.outcomes.size() + 16);  // faster than they are made
  if (auto done = forget_answers(transaction, now - options_.answers_kept, rows_max); !done) return fail(done.error());
  if (clock_.is_confirmed()) {
    if (auto done = redate_answers(transaction, now, rows_max); !done) return fail(done.error());
  }
  return group;
}

// The Result is the storage's; the command's is added to `outcomes`.
Result<> Writer::attempt(Transaction& transaction, const Command& command, std::vector<Outcome>& outcomes) {
  if (is_refused_for_room(command)) {
    ++figures_.refused_full;
    outcomes.emplace_back(fail(Errc::full, "the store has reached its size limit (storage.max_bytes)"));
    return {};
  }
  auto savepoint = Savepoint::begin(transaction);
  if (!savepoint) return fail(savepoint.error());
  const LedgerTail tail_before = ledger_.tail();
  ApplyContext context{transaction, ledger_, clock_, sealer_, options_};
  auto outcome = std::visit([&](const auto& one) { return apply(context, one); }, command);
  if (outcome) {
    if (auto done = savepoint->release(); !done) return done;
    outcomes.push_back(std::move(outcome));
    return {};
  }
  if (!is_refusal(outcome.error().code)) return fail(outcome.error());
  if (auto done = savepoint->rollback(); !done) return done;
  ledger_.put_back(tail_before);
  outcomes.push_back(std::move(outcome));
  return {};
}

StateRow Writer::state(bool is_clean_stop) const {
  return StateRow{clock_.last(), is_clean_stop, ledger_.tail().current, ledger_.tail().opened_at};
}

// An acknowledgement takes no room and is what lets rows go one day; re-chaining writes rows anew in their place.
bool Writer::is_refused_for_room(const Command& command) const {
  const bool must_pass = std::holds_alternative<SaveAck>(command) || std::holds_alternative<Rechain>(command);
  return figures_.used_bytes >= options_.bytes_max && !must_pass;
}

void Writer::maintain(bool is_idle) {
  if (figures_.has_fault) return;
  const std::int64_t pages = db_.wal_pages();
  if (pages < checkpointed_pages_ || pages < next_attempt_pages_ - pages_.attempt) {
    checkpointed_pages_ = 0;  // the WAL was started anew
    next_attempt_pages_ = 0;
  }
  if (is_wal_to_empty_) {
    // Until a reader lets it: what was erased stands in old frames, and in the database's pages until they are written over.
    is_wal_to_empty_ = !checkpoint(CheckpointMode::truncate, kHardWait);
    return measure();
  }
  const bool is_over_size = figures_.used_bytes >= options_.bytes_max && db_.wal_pages() > 0;
  if (pages >= pages_.restart || is_over_size) {
    if (pages >= next_attempt_pages_) {
      const bool is_hard = pages >= pages_.hard || is_over_size;
      const bool done =
          is_hard ? checkpoint(CheckpointMode::truncate, kHardWait) : checkpoint(CheckpointMode::restart, milliseconds(0));
      const std::int64_t later = pages + pages_.attempt;
      next_attempt_pages_ = done ? 0 : is_hard ? later : std::min(later, pages_.hard);
    }
  } else if (is_idle && pages - checkpointed_pages_ >= pages_.idle) {
    (void)checkpoint(CheckpointMode::passive, milliseconds(0));
  }
  measure();
}

bool Writer::checkpoint(CheckpointMode mode, milliseconds wait) {
  auto result = db_.checkpoint(mode, wait);
  if (!result) {
    // No room in the database file: everything is safe in the WAL, and the next attempt may find room.
    if (result.error().code == Errc::full) return false;
    fault(Error{Errc::corrupt, result.error().what, result.error().detail});
    return false;
  }
  ++figures_.checkpoints;
  if (result->is_blocked) ++figures_.checkpoints_blocked;
  // Also when it could not do everything: trying again at once would find the same reader.
  checkpointed_pages_ = db_.wal_pages();
  return !result->is_blocked;
}

void Writer::measure() {
  if (figures_.has_fault) return;
  tell_search();
  auto bytes = db_.database_bytes();
  auto free_pages = db_.prepare("PRAGMA freelist_count");
  auto row = free_pages.step();
  if (!bytes || !row) return;  // whatever is wrong shows at the next write
  figures_.database_bytes = *bytes;
  figures_.wal_bytes = db_.wal_bytes();
  figures_.used_bytes = *bytes - free_pages.integer(0) * kPageBytes + figures_.wal_bytes;
}

void Writer::fault(const Error& error) {
  if (figures_.has_fault.exchange(true)) return;
  end_copy(fail(error));
  if (options_.on_fault) options_.on_fault(error);
}

Result<> Writer::finish() {
  if (figures_.has_fault) return {};
  auto done = [&]() -> Result<> {
    auto transaction = Transaction::begin(db_);
    if (!transaction) return fail(transaction.error());
    auto noted = save_state(*transaction, state(true));
    if (!noted) return noted;
    return transaction->commit();
  }();
  if (!done) return done;
  auto emptied = db_.checkpoint(CheckpointMode::truncate, kFinishWait);
  if (!emptied) return fail(emptied.error());
  return {};
}

}  // namespace tillgate
