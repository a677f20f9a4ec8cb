#include "headoffice/intake.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <variant>

#include "core/check.hpp"
#include "core/mailbox.hpp"
#include "headoffice/batch_desk.hpp"
#include "headoffice/exit_codes.hpp"
#include "headoffice/incidents.hpp"
#include "headoffice/presence.hpp"
#include "headoffice/unpark.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kStatusesKept = 20'000;  // while PostgreSQL is away: the newest per epoch
constexpr std::size_t kSpare = 16;             // room for what is not counted
constexpr std::size_t kAhead = 4;              // batches checked while PostgreSQL works
constexpr std::int64_t kTogether = 500;        // changes in one transaction, if they come as several batches
constexpr Duration kIdleTurn = milliseconds(500);
constexpr Duration kHousekeeping = std::chrono::hours(1);

struct BatchJob {
  StoreKey from;
  std::string bytes, content_encoding;
};
struct StatusJob {
  Status status;
  bool is_retained = false;
  bool is_counted = true;  // among those waiting in the mailbox
};
struct CheckedJob {
  StoreKey from;
  std::size_t bytes = 0;  // as it came
  Result<BatchPtr> batch;
};
struct ConnectedJob {};
struct QueryJob {
  Intake::Read read;
  std::function<void(Result<std::string>)> done;
};
using Job = std::variant<BatchJob, CheckedJob, StatusJob, ConnectedJob, QueryJob>;
struct Place {};  // one batch may be checked ahead of the database thread

}  // namespace

struct Intake::Parts {
  Parts(std::string conninfo, IntakeLimits given, Metrics& metrics, IntakeEvents handlers)
      : limits(given),
        events(std::move(handlers)),
        counters(metrics),
        database(std::move(conninfo), limits.reconnect_first, limits.reconnect_max,
                 {events.database, [this](const std::string& why) { events.give_up(kOfficeExitConfig, why); }}),
        inbox(room_for_all()),
        checked(room_for_all()),
        places(kAhead),
        desk(database, counters, limits.put_aside, [this](const OrgId& org, const Ack& ack) { acknowledge(org, ack); }) {
    for (std::size_t i = 0; i < kAhead; ++i) CHECK(places.push(Place{}));
  }

  [[nodiscard]] std::size_t room_for_all() const { return limits.batches + limits.statuses + limits.queries + kSpare; }

  // ---- any thread

  // Room is counted per kind, so that a flood of batches cannot keep a status out.
  bool post(Job&& job, std::atomic<std::size_t>& waiting, std::size_t most) {
    if (waiting.fetch_add(1) >= most || !inbox.push(std::move(job))) {
      waiting.fetch_sub(1);
      return false;
    }
    return true;
  }

  // ---- the checking thread: unpacks, hashes and reads what comes next while PostgreSQL has the batch before. Everything passes
  // through it, so that nothing overtakes anything.

  void check() {
    for (auto jobs = inbox.take(1); !jobs.empty(); jobs = inbox.take(1)) {
      Job& job = jobs.front();
      if (auto* batch = std::get_if<BatchJob>(&job)) {
        if (places.take(1).empty()) continue;  // we are stopping
        auto read = check_batch(batch->from, batch->bytes, batch->content_encoding);
        job = CheckedJob{std::move(batch->from), batch->bytes.size(), std::move(read)};
      }
      CHECK(checked.push(std::move(job)));  // it has room for all that may be waiting
    }
    checked.close();
  }

  // ---- the database thread

  void run() {
    while (!inbox.is_closed()) {
      turns.fetch_add(1, std::memory_order_relaxed);
      if (database.open()) greet();
      auto jobs = checked.take(kAhead, wait_time());
      for (std::size_t i = 0; i < jobs.size();) i += handle_next(std::span(jobs).subspan(i));
      if (is_up()) desk.look_again();
      put_aside_count = desk.put_aside();
      if (is_up() && mono_now() >= next_housekeeping) keep_house();
    }
    for (auto jobs = checked.take(1); !jobs.empty(); jobs = checked.take(1)) {
      if (auto* query = std::get_if<QueryJob>(&jobs.front())) query->done(fail(Errc::unavailable, "head office is stopping"));
    }
    database.close();
  }

  // The first of them, or as many small batches as come one after the other. How many that were.
  std::size_t handle_next(std::span<Job> jobs) {
    std::vector<BatchPtr> batches;
    std::int64_t changes = 0;
    std::size_t taken = 0;
    for (; taken < jobs.size(); ++taken) {
      auto* job = std::get_if<CheckedJob>(&jobs[taken]);
      if (!job) break;
      changes += job->batch ? (*job->batch)->batch.header.count() : 0;
      if (taken > 0 && changes > kTogether) break;
      accept(*job, batches);
    }
    if (taken == 0) {
      std::visit([this](auto& each) { handle(each); }, jobs.front());
      return 1;
    }
    desk.take_in(std::move(batches));
    return taken;
  }

  [[nodiscard]] bool is_up() const { return database.is_up(); }

  [[nodiscard]] Duration wait_time() const {
    const Time now = mono_now();
    Duration wait = kIdleTurn;
    if (!is_up()) wait = std::min(wait, std::max(database.next_attempt() - now, Duration{0}));
    if (is_up()) wait = std::min(wait, std::max(next_housekeeping - now, Duration{0}));
    if (const auto look = desk.next_look()) wait = std::min(wait, std::max(*look - now, Duration{0}));
    return wait;
  }

  // PostgreSQL has come (back).
  void greet() {
    next_housekeeping = mono_now();
    unparked_up_to = {};
    for (auto& [epoch, status] : std::exchange(statuses_kept, {})) handle(status);
    if (is_up()) say_positions();
  }

  void handle(BatchJob&) {}    // stays with the checking thread
  void handle(CheckedJob&) {}  // comes through accept()

  void accept(CheckedJob& job, std::vector<BatchPtr>& batches) {
    batches_waiting.fetch_sub(1);
    bytes_waiting.fetch_sub(job.bytes);
    (void)places.push(Place{});  // closed when we are stopping
    if (!is_up()) return counters.dropped_database.add();
    if (job.batch) return batches.push_back(std::move(*job.batch));
    counters.dropped_bad.add();
    const std::string why = job.batch.error().what;
    log::warn_limited("bad-batch", seconds(60), "intake", "a batch cannot be read; it is not acknowledged",
                      {{"org", std::string_view(job.from.org.value)},
                       {"store", std::string_view(job.from.store.value)},
                       {"error", std::string_view(why)}});
    (void)database.run("bad batch", [&](Transaction& tx) -> Result<> {
      record_bad_batch(tx, job.from, why, utc_now());
      return {};
    });
  }

  void acknowledge(const OrgId& org, const Ack& ack) {
    counters.acks.add();
    events.ack(org, ack);
  }

  void handle(StatusJob& job) {
    statuses_waiting.fetch_sub(job.is_counted ? 1 : 0);
    job.is_counted = false;
    if (!is_up()) return keep(std::move(job));
    std::optional<Heard> heard;
    const auto committed = database.run("status", [&](Transaction& tx) -> Result<> {
      auto taken = hear(tx, job.status, job.is_retained, database.now());
      if (!taken) return fail(taken.error());
      heard = std::move(*taken);
      return {};
    });
    if (!committed) {
      if (!is_up()) keep(std::move(job));
      return;
    }
    if (heard->is_clone && heard->has_changed)
      log::warn("intake", "a clone of a store is live: two boxes write under its name; see tillgate-hq incidents",
                {{"org", std::string_view(job.status.org.value)}, {"store", std::string_view(job.status.store.value)}});
    if (heard->has_changed)
      log::info("store", job.status.is_online ? "online" : "offline",
                {{"org", std::string_view(job.status.org.value)}, {"store", std::string_view(job.status.store.value)}});
    if (heard->ack) acknowledge(job.status.org, *heard->ack);
  }

  void keep(StatusJob&& job) {
    const auto key = std::tuple(job.status.org, job.status.store, job.status.epoch);
    const auto kept = statuses_kept.find(key);
    if (kept == statuses_kept.end() ? statuses_kept.size() >= kStatusesKept : job.status.n < kept->second.status.n) return;
    statuses_kept.insert_or_assign(key, std::move(job));
  }

  void handle(ConnectedJob&) {
    if (is_up()) say_positions();  // else as soon as the database is back
  }

  void say_positions() {
    std::vector<AckFor> positions;
    const auto read = database.run("positions", [&](Transaction& tx) -> Result<> {
      positions = positions_of_online_stores(tx, database.now());
      return {};
    });
    if (!read) return;
    for (const AckFor& position : positions) acknowledge(position.org, position.ack);
  }

  void handle(QueryJob& job) {
    queries_waiting.fetch_sub(1);
    if (!is_up()) return job.done(fail(Errc::unavailable, "the database is away"));
    // A refusal ("no such store") is an answer too, not a transaction that failed.
    Result<std::string> answer = fail(Errc::unavailable, "the database is away");
    const auto committed = database.run("query", [&](Transaction& tx) -> Result<> {
      answer = job.read(tx);
      if (!answer && answer.error().code == Errc::conflict) return fail(answer.error());  // somebody was faster: all of it again
      return {};
    });
    job.done(committed ? std::move(answer) : fail(Errc::unavailable, "the database is away"));
  }

  void keep_house() {
    next_housekeeping = mono_now() + kHousekeeping;
    const auto forgotten = database.run("housekeeping", [&](Transaction& tx) -> Result<> {
      forget_old_incidents(tx, utc_now());
      return {};
    });
    if (forgotten) try_parked();
  }

  // What an older program could not read, this one may; what PostgreSQL refused, it may take now. One page a turn, so that no
  // transaction grows and nobody waits for all of them.
  void try_parked() {
    UnparkOutcome outcome;
    const auto tried = database.run("unpark", [&](Transaction& tx) -> Result<> {
      auto page = unpark(tx, database.now(), unparked_up_to);
      if (!page) return fail(page.error());
      outcome = *page;
      return {};
    });
    unparked_up_to = tried && outcome.has_more ? outcome.next : UnparkFrom{};
    if (tried && outcome.has_more) next_housekeeping = mono_now();
    if (tried && outcome.applied > 0)
      log::info("intake", "parked changes were applied after all", {{"changes", outcome.applied}});
  }

  const IntakeLimits limits;
  const IntakeEvents events;
  IntakeCounters counters;
  OfficeDatabase database;
  Mailbox<Job> inbox, checked;
  Mailbox<Place> places;
  std::atomic<std::size_t> batches_waiting{0}, bytes_waiting{0}, statuses_waiting{0}, queries_waiting{0}, put_aside_count{0};
  std::atomic<std::uint64_t> turns{0};

  // The database thread's own.
  BatchDesk desk;
  std::map<std::tuple<OrgId, StoreId, Epoch>, StatusJob> statuses_kept;
  Time next_housekeeping{};
  UnparkFrom unparked_up_to{};

  std::thread checker, thread;
};

Intake::Intake(std::string conninfo, IntakeLimits limits, Metrics& metrics, IntakeEvents events)
    : parts_(std::make_unique<Parts>(std::move(conninfo), limits, metrics, std::move(events))) {
  parts_->thread = std::thread([parts = parts_.get()] { parts->run(); });
  parts_->checker = std::thread([parts = parts_.get()] { parts->check(); });
}

Intake::~Intake() {
  parts_->inbox.close();
  parts_->places.close();
  parts_->checker.join();
  parts_->thread.join();
}

bool Intake::post_batch(StoreKey from, std::string bytes, std::string content_encoding) {
  const std::size_t size = bytes.size();
  if (parts_->bytes_waiting.fetch_add(size) + size > parts_->limits.bytes ||
      !parts_->post(BatchJob{std::move(from), std::move(bytes), std::move(content_encoding)}, parts_->batches_waiting,
                    parts_->limits.batches)) {
    parts_->bytes_waiting.fetch_sub(size);
    parts_->counters.dropped_full.add();
    return false;
  }
  return true;
}

bool Intake::post_status(Status status, bool is_retained) {
  return parts_->post(StatusJob{std::move(status), is_retained, true}, parts_->statuses_waiting, parts_->limits.statuses);
}

bool Intake::post_connected() {
  // Counted with nobody: there is one per connection.
  return parts_->inbox.push(ConnectedJob{});
}

bool Intake::query(Read read, std::function<void(Result<std::string>)> done) {
  return parts_->post(QueryJob{std::move(read), std::move(done)}, parts_->queries_waiting, parts_->limits.queries);
}

bool Intake::is_database_up() const {
  return parts_->is_up();
}
std::uint64_t Intake::turns() const {
  return parts_->turns.load(std::memory_order_relaxed);
}

Intake::Waiting Intake::waiting() const {
  return {parts_->batches_waiting.load(), parts_->put_aside_count.load()};
}

}  // namespace tillgate
