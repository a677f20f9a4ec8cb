#include "headoffice/intake.hpp"

#include <atomic>
#include <map>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

#include "core/backoff.hpp"
#include "core/codec.hpp"
#include "core/mailbox.hpp"
#include "headoffice/exit_codes.hpp"
#include "headoffice/incidents.hpp"
#include "headoffice/migrate.hpp"
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

std::uint64_t kernel_seed() {
  std::array<std::uint8_t, 8> bytes{};
  fill_random(bytes);
  std::uint64_t seed = 0;
  for (const auto byte : bytes) seed = seed << 8 | byte;
  return seed;
}

HoEpoch fresh_ho_epoch() {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  return HoEpoch(uuid_v4(bytes));
}

struct Counters {
  explicit Counters(Metrics& metrics) : metrics_(metrics) {
    for (const Verdict verdict :
         {Verdict::apply, Verdict::open, Verdict::branch, Verdict::known, Verdict::gap, Verdict::unknown_epoch, Verdict::fork})
      by_verdict[verdict] = &metrics.counter("tillgate_hq_batches_total", "Batches received, by verdict",
                                             {{"verdict", std::string(name_of(verdict))}});
  }
  Counter& dropped(const char* why) {
    return metrics_.counter("tillgate_hq_batches_dropped_total", "Batches dropped without an ack; their sender resends",
                            {{"why", why}});
  }
  Counter& change(const char* state) {
    return metrics_.counter("tillgate_hq_changes_total", "Changes written, by state", {{"state", state}});
  }

 private:
  Metrics& metrics_;

 public:
  std::map<Verdict, Counter*> by_verdict;
  Counter& dropped_full = dropped("full");
  Counter& dropped_database = dropped("database");
  Counter& dropped_bad = dropped("bad");
  Counter& dropped_busy = dropped("busy");
  Counter& applied = change("applied");
  Counter& known_ids = change("known_id");
  Counter& parked = change("parked");
  Counter& acks = metrics_.counter("tillgate_hq_acks_total", "Acks handed to the link");
  Histogram& seconds_per_batch =
      metrics_.histogram("tillgate_hq_batch_seconds", "One batch, from the database thread to COMMIT",
                         {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5});
};

}  // namespace

struct Intake::Parts {
  Parts(std::string conninfo, IntakeLimits given, Metrics& metrics, IntakeEvents handlers)
      : limits(given),
        events(std::move(handlers)),
        counters(metrics),
        database(std::move(conninfo)),
        mailbox(limits.batches + limits.statuses + limits.queries + kSpare),
        put_aside(limits.put_aside),
        random(kernel_seed()),
        backoff(limits.reconnect_first, limits.reconnect_max) {}

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
      if (!is_up && mono_now() >= next_attempt) open();
      auto jobs = mailbox.take(1, wait_time());
      for (Job& job : jobs) std::visit([this](auto& each) { handle(each); }, job);
      if (is_up) look_at_those_put_aside();
      put_aside_count = put_aside.size();
      if (is_up && mono_now() >= next_housekeeping) keep_house();
    }
    for (Job& job : mailbox.take(limits.batches + limits.statuses + limits.queries + kSpare, Duration{0})) {
      if (auto* query = std::get_if<QueryJob>(&job)) query->done(fail(Errc::unavailable, "head office is stopping"));
    }
    database.disconnect();
  }

  [[nodiscard]] Duration wait_time() const {
    const Time now = mono_now();
    Duration wait = kIdleTurn;
    if (!is_up) wait = std::min(wait, std::max(next_attempt - now, Duration{0}));
    if (const auto look = put_aside.next_look()) wait = std::min(wait, std::max(*look - now, Duration{0}));
    return wait;
  }

  void open() {
    auto opened = database.connect();
    if (opened) opened = migrate(database);
    if (opened) {
      opened = database.run([this](Transaction& tx) -> Result<> {
        ho_epoch = learn_ho_epoch(tx, fresh_ho_epoch());
        return {};
      });
    }
    if (!opened && opened.error().code == Errc::unsupported) return give_up(opened.error());
    if (!opened) {
      database.disconnect();
      return went_down(opened.error());
    }
    backoff.reset();
    is_up = true;
    has_said_down = false;
    log::info("database", "connected", {{"ho_epoch", std::string_view(ho_epoch.text())}});
    events.database(true);
    next_housekeeping = mono_now();
    for (auto& [epoch, status] : std::exchange(statuses_kept, {})) handle(status);
    if (is_up) say_positions();
  }

  void give_up(const Error& error) {
    log::error("database", error.what, {{"detail", std::string_view(error.detail)}});
    next_attempt = Time::max();
    events.give_up(kOfficeExitConfig, error.what);
  }

  void went_down(const Error& error) {
    const bool was_up = is_up.exchange(false);
    next_attempt = mono_now() + backoff.next(random);
    if (was_up) events.database(false);
    if (!was_up && has_said_down) return;
    has_said_down = true;
    log::warn("database", "PostgreSQL is away; batches are dropped without an ack until it is back, stores send them again",
              {{"error", std::string_view(error.what)}, {"detail", std::string_view(error.detail)}});
  }

  [[nodiscard]] OfficeNow now() const { return {ho_epoch, utc_now()}; }

  // True when the transaction committed. A lost connection changes the state; everything else is the caller's to count.
  bool in_transaction(std::string_view what, const std::function<Result<>(Transaction&)>& work) {
    auto done = database.run(work);
    if (done) return true;
    if (!database.is_connected() || done.error().code == Errc::unavailable) {
      database.disconnect();
      went_down(done.error());
    } else {
      log::warn_limited(
          "intake", seconds(10), "database", "a transaction failed; nothing of it counts",
          {{"what", what}, {"error", std::string_view(done.error().what)}, {"detail", std::string_view(done.error().detail)}});
    }
    return false;
  }

  void handle(BatchJob& job) {
    batches_waiting.fetch_sub(1);
    bytes_waiting.fetch_sub(job.bytes.size());
    if (!is_up) return counters.dropped_database.add();
    auto checked = check_batch(job.from, job.bytes, job.content_encoding);
    if (!checked) {
      counters.dropped_bad.add();
      const std::string why = checked.error().what;
      log::warn_limited("bad-batch", seconds(60), "intake", "a batch cannot be read; it is not acknowledged",
                        {{"org", std::string_view(job.from.org.value)},
                         {"store", std::string_view(job.from.store.value)},
                         {"error", std::string_view(why)}});
      in_transaction("bad batch", [&](Transaction& tx) -> Result<> {
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
    std::optional<Receipt> receipt;
    const bool committed = in_transaction("batch", [&](Transaction& tx) -> Result<> {
      auto received = receive(tx, batch, now(), look);
      if (!received) return fail(received.error());
      receipt = std::move(*received);
      return {};
    });
    if (!committed) {
      (is_up ? counters.dropped_busy : counters.dropped_database).add();
      return std::nullopt;
    }
    counters.seconds_per_batch.observe(std::chrono::duration<double>(mono_now() - started).count());
    counters.applied.add(receipt->applied);
    counters.known_ids.add(receipt->known_ids);
    counters.parked.add(receipt->parked);
    if (!receipt->must_wait() || look == Look::last) counters.by_verdict.at(receipt->verdict)->add();
    say(batch, *receipt);
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

  void look_at_those_put_aside() { look_at(put_aside.due(mono_now())); }

  // Bounded: every step removes a batch or leaves its group, and a group comes up again only when something was removed.
  void look_at(std::vector<PutAside::Group> groups) {
    while (!groups.empty() && is_up) {
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
    if (!is_up) return keep(std::move(job));
    std::optional<Heard> heard;
    const bool committed = in_transaction("status", [&](Transaction& tx) -> Result<> {
      auto taken = hear(tx, job.status, job.is_retained, now());
      if (!taken) return fail(taken.error());
      heard = std::move(*taken);
      return {};
    });
    if (!committed) {
      if (!is_up) keep(std::move(job));
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
    if (is_up) say_positions();  // else as soon as the database is back
  }

  void say_positions() {
    std::vector<AckFor> positions;
    in_transaction("positions", [&](Transaction& tx) -> Result<> {
      positions = positions_of_online_stores(tx, now());
      return {};
    });
    for (const AckFor& position : positions) acknowledge(position.org, position.ack);
  }

  void handle(QueryJob& job) {
    queries_waiting.fetch_sub(1);
    if (!is_up) return job.done(fail(Errc::unavailable, "the database is away"));
    // A refusal ("no such store") is an answer too, not a transaction that failed.
    Result<std::string> answer = fail(Errc::unavailable, "the database is away");
    const bool committed = in_transaction("query", [&](Transaction& tx) -> Result<> {
      answer = job.read(tx);
      return {};
    });
    job.done(committed ? std::move(answer) : fail(Errc::unavailable, "the database is away"));
  }

  void keep_house() {
    next_housekeeping = mono_now() + kHousekeeping;
    in_transaction("housekeeping", [&](Transaction& tx) -> Result<> {
      forget_old_incidents(tx, utc_now());
      return {};
    });
    // What an older program could not read, this one may. Page by page, so that no transaction grows.
    for (bool has_more = true; has_more && is_up && !mailbox.is_closed();) {
      UnparkOutcome outcome;
      has_more = in_transaction("unpark",
                                [&](Transaction& tx) -> Result<> {
                                  auto page = unpark(tx, now(), unparked_up_to);
                                  if (!page) return fail(page.error());
                                  outcome = *page;
                                  return {};
                                }) &&
                 outcome.has_more;
      unparked_up_to = outcome.next;
      if (outcome.applied > 0) log::info("intake", "parked changes were applied after all", {{"changes", outcome.applied}});
    }
    unparked_up_to = {};
  }

  const IntakeLimits limits;
  const IntakeEvents events;
  Counters counters;
  Database database;
  Mailbox<Job> mailbox;
  std::atomic<std::size_t> batches_waiting{0}, bytes_waiting{0}, statuses_waiting{0}, queries_waiting{0}, put_aside_count{0};
  std::atomic<bool> is_up{false};
  std::atomic<std::uint64_t> turns{0};

  // The database thread's own.
  HoEpoch ho_epoch;
  PutAside put_aside;
  std::map<std::tuple<OrgId, StoreId, Epoch>, StatusJob> statuses_kept;
  Random random;
  Backoff backoff;
  Time next_attempt{}, next_housekeeping{};
  UnparkFrom unparked_up_to{};
  bool has_said_down = false;

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
  return parts_->is_up;
}
std::uint64_t Intake::turns() const {
  return parts_->turns.load(std::memory_order_relaxed);
}

Intake::Waiting Intake::waiting() const {
  return {parts_->batches_waiting.load(), parts_->put_aside_count.load()};
}

}  // namespace tillgate
