#include "headoffice/intake.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "core/codec.hpp"
#include "core/mailbox.hpp"
#include "headoffice/exit_codes.hpp"
#include "headoffice/incidents.hpp"
#include "headoffice/intake_counters.hpp"
#include "headoffice/office_database.hpp"
#include "headoffice/presence.hpp"
#include "headoffice/receive.hpp"
#include "headoffice/unpark.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kStatusesKept = 20'000;  // while PostgreSQL is away: the newest per epoch
constexpr std::size_t kSpare = 16;             // room for what is not counted
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
struct ConnectedJob {};
struct QueryJob {
  Intake::Read read;
  std::function<void(Result<std::string>)> done;
};
using Job = std::variant<BatchJob, StatusJob, ConnectedJob, QueryJob>;

}  // namespace

struct Intake::Parts {
  Parts(std::string conninfo, IntakeLimits given, Metrics& metrics, IntakeEvents handlers)
      : limits(given),
        events(std::move(handlers)),
        counters(metrics),
        database(std::move(conninfo), limits.reconnect_first, limits.reconnect_max,
                 {events.database, [this](const std::string& why) { events.give_up(kOfficeExitConfig, why); }}),
        mailbox(limits.batches + limits.statuses + limits.queries + kSpare),
        put_aside(limits.put_aside) {}

  // ---- any thread

  // Room is counted per kind, so that a flood of batches cannot keep a status out.
  bool post(Job&& job, std::atomic<std::size_t>& waiting, std::size_t most) {
    if (waiting.fetch_add(1) >= most || !mailbox.push(std::move(job))) {
      waiting.fetch_sub(1);
      return false;
    }
    return true;
  }

  // ---- the database thread

  void run() {
    while (!mailbox.is_closed()) {
      turns.fetch_add(1, std::memory_order_relaxed);
      if (database.open()) greet();
      auto jobs = mailbox.take(1, wait_time());
      for (Job& job : jobs) std::visit([this](auto& each) { handle(each); }, job);
      if (is_up()) look_at(put_aside.due(mono_now()));
      put_aside_count = put_aside.size();
      if (is_up() && mono_now() >= next_housekeeping) keep_house();
    }
    for (Job& job : mailbox.take(limits.batches + limits.statuses + limits.queries + kSpare, Duration{0})) {
      if (auto* query = std::get_if<QueryJob>(&job)) query->done(fail(Errc::unavailable, "head office is stopping"));
    }
    database.close();
  }

  [[nodiscard]] bool is_up() const { return database.is_up(); }

  [[nodiscard]] Duration wait_time() const {
    const Time now = mono_now();
    Duration wait = kIdleTurn;
    if (!is_up()) wait = std::min(wait, std::max(database.next_attempt() - now, Duration{0}));
    if (is_up()) wait = std::min(wait, std::max(next_housekeeping - now, Duration{0}));
    if (const auto look = put_aside.next_look()) wait = std::min(wait, std::max(*look - now, Duration{0}));
    return wait;
  }

  // PostgreSQL has come (back).
  void greet() {
    next_housekeeping = mono_now();
    unparked_up_to = {};
    for (auto& [epoch, status] : std::exchange(statuses_kept, {})) handle(status);
    if (is_up()) say_positions();
  }

  void handle(BatchJob& job) {
    batches_waiting.fetch_sub(1);
    bytes_waiting.fetch_sub(job.bytes.size());
    if (!is_up()) return counters.dropped_database.add();
    auto checked = check_batch(job.from, job.bytes, job.content_encoding);
    if (!checked) {
      counters.dropped_bad.add();
      const std::string why = checked.error().what;
      log::warn_limited("bad-batch", seconds(60), "intake", "a batch cannot be read; it is not acknowledged",
                        {{"org", std::string_view(job.from.org.value)},
                         {"store", std::string_view(job.from.store.value)},
                         {"error", std::string_view(why)}});
      (void)database.run("bad batch", [&](Transaction& tx) -> Result<> {
        record_bad_batch(tx, job.from, why, utc_now());
        return {};
      });
      return;
    }
    const auto receipt = take(**checked, Look::first);
    if (!receipt) return;
    if (!receipt->must_wait()) return follow_up((*checked)->from, *receipt);
    if (put_aside.add(mono_now(), *checked)) return;
    answer_gap(**checked);
  }

  // One batch, one transaction. None: it did not commit, so nobody is told anything.
  std::optional<Receipt> take(const CheckedBatch& batch, Look look) {
    const Time started = mono_now();
    auto receipt = receive_in_one(batch, look, Pass::together);
    // Sending it again would be refused again, and everything that comes after it with it.
    if (!receipt && receipt.error().code == Errc::invalid) receipt = receive_in_one(batch, look, Pass::one_by_one);
    if (!receipt) {
      (is_up() ? counters.dropped_busy : counters.dropped_database).add();
      return std::nullopt;
    }
    counters.count(*receipt, std::chrono::duration<double>(mono_now() - started).count());
    if (!receipt->must_wait() || look == Look::last) counters.verdict(receipt->verdict).add();
    say(batch, *receipt);
    return std::move(*receipt);
  }

  Result<Receipt> receive_in_one(const CheckedBatch& batch, Look look, Pass pass) {
    Receipt receipt;
    const auto done = database.run("batch", [&](Transaction& tx) -> Result<> {
      auto received = receive(tx, batch, database.now(), look, pass);
      if (!received) return fail(received.error());
      receipt = std::move(*received);
      return {};
    });
    if (!done) return fail(done.error());
    return receipt;
  }

  void say(const CheckedBatch& batch, const Receipt& receipt) {
    if (receipt.verdict == Verdict::fork || receipt.verdict == Verdict::branch)
      log::warn_limited(batch.from.org.value + "/" + batch.from.store.value + std::string(name_of(receipt.verdict)),
                        seconds(60), "intake",
                        receipt.verdict == Verdict::fork ? "two live copies of one store" : "a store went back in time",
                        {{"org", std::string_view(batch.from.org.value)},
                         {"store", std::string_view(batch.from.store.value)},
                         {"why", std::string_view(receipt.why)}});
    if (receipt.parked > 0)
      log::warn_limited("parked", seconds(60), "intake", "changes were parked; see tillgate-hq incidents",
                        {{"store", std::string_view(batch.from.store.value)}, {"changes", receipt.parked}});
  }

  void follow_up(const StoreKey& from, const Receipt& receipt) {
    acknowledge(from.org, receipt.ack);
    if (receipt.moved_the_cursor()) look_at(put_aside.groups_of(from));
  }

  void acknowledge(const OrgId& org, const Ack& ack) {
    counters.acks.add();
    events.ack(org, ack);
  }

  void answer_gap(const CheckedBatch& batch) {
    if (const auto receipt = take(batch, Look::last)) acknowledge(batch.from.org, receipt->ack);
  }

  // Bounded: every step removes a batch or leaves its group, and a group comes up again only when something was removed.
  void look_at(std::vector<PutAside::Group> groups) {
    while (!groups.empty() && is_up()) {
      const PutAside::Group group = std::move(groups.back());
      groups.pop_back();
      const BatchPtr batch = put_aside.lowest(group);
      if (!batch) continue;
      const bool is_last = put_aside.is_out_of_patience(group, mono_now());
      const auto receipt = take(*batch, is_last ? Look::last : Look::first);
      if (!receipt) {  // not committed: its sender comes again
        put_aside.remove_lowest(group);
        continue;
      }
      if (receipt->must_wait() && !is_last) continue;
      acknowledge(group.from.org, receipt->ack);
      if (receipt->must_wait()) {
        put_aside.drop(group);
        continue;
      }
      put_aside.remove_lowest(group);
      for (auto& again : put_aside.groups_of(group.from)) groups.push_back(std::move(again));
    }
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
  Mailbox<Job> mailbox;
  std::atomic<std::size_t> batches_waiting{0}, bytes_waiting{0}, statuses_waiting{0}, queries_waiting{0}, put_aside_count{0};
  std::atomic<std::uint64_t> turns{0};

  // The database thread's own.
  PutAside put_aside;
  std::map<std::tuple<OrgId, StoreId, Epoch>, StatusJob> statuses_kept;
  Time next_housekeeping{};
  UnparkFrom unparked_up_to{};

  std::thread thread;
};

Intake::Intake(std::string conninfo, IntakeLimits limits, Metrics& metrics, IntakeEvents events)
    : parts_(std::make_unique<Parts>(std::move(conninfo), limits, metrics, std::move(events))) {
  parts_->thread = std::thread([parts = parts_.get()] { parts->run(); });
}

Intake::~Intake() {
  parts_->mailbox.close();
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
  return parts_->mailbox.push(ConnectedJob{});
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
