#include "daemon/backups.hpp"

#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>
#include <utility>

#include "core/json.hpp"
#include "core/mailbox.hpp"
#include "daemon/api_common.hpp"
#include "daemon/backup_job.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kWatchers = Roles::of({Role::administrator, Role::service});
constexpr std::chrono::minutes kLookedAt{10};  // how often, and how long after the start for the first time
constexpr std::chrono::hours kAgain{1};        // after one that failed
constexpr seconds kListed{10};                 // how long an erasure may be known to the database alone
constexpr milliseconds kToldEvery{200};
constexpr std::size_t kJobsMax = 16;

Uuid random_uuid() {
  std::array<std::uint8_t, 16> random{};
  fill_random(random);
  return uuid_v4(random);
}

BackupState::Made told(const MadeBackup& made) {
  return {made.header.taken_at, made.file, made.bytes, made.header.head.seq};
}

}  // namespace

struct Backups::Parts : std::enable_shared_from_this<Backups::Parts> {
  Parts(asio::io_context& context, Gateway& shared)
      : io(context), gateway(shared), look_timer(context), list_timer(context), data_dir(shared.config.store.data_dir) {}

  [[nodiscard]] BackupPlan plan() const {
    const Config& config = gateway.config;
    return {data_dir, config.store.org, config.store.id, gateway.version, config.storage.backups_kept, utc_now()};
  }

  // ---- the backups' thread, and the lists'

  // What is left when it stops is dropped: it holds us.
  void work(Mailbox<std::function<void()>>& jobs) {
    for (;;) {
      auto taken = jobs.take(kJobsMax);
      if (taken.empty()) return;
      for (auto& job : taken)
        if (!is_stopped) job();
    }
  }

  void make(const BackupPlan& what, const Actor& who) {
    Time said_at{};
    const auto progress = [&](std::string_view step, std::int64_t done, std::int64_t total) {
      const Time now = mono_now();
      if (now - said_at >= kToldEvery) {
        said_at = now;
        asio::post(io, [self = shared_from_this(), step, done, total] {
          self->gateway.backup.step = step;
          self->gateway.backup.done = done;
          self->gateway.backup.total = total;
        });
      }
      return !is_stopped;
    };
    auto made = make_backup(gateway.store, what, progress);
    asio::post(io, [self = shared_from_this(), made = std::move(made), who] { self->finish(made, who); });
  }

  // ---- the logic thread

  void begin(Actor who) {
    if (gateway.backup.is_running) return;
    gateway.backup.is_running = true;
    gateway.backup.step = "copying";
    gateway.backup.done = gateway.backup.total = 0;
    if (!backup_jobs.push([self = shared_from_this(), what = plan(), who = std::move(who)] { self->make(what, who); }))
      finish(fail(Errc::busy, "too much waits to be written"), {});
  }

  void finish(const Result<MadeBackup>& made, const Actor& who) {
    BackupState& state = gateway.backup;
    state.is_running = false;
    state.step.clear();
    if (is_stopped) return;
    if (!made) {
      state.failed = BackupState::Failure{utc_now(), made.error().what};
      return log::error("backup", "none was made", {{"why", std::string_view(made.error().what)}, {"detail", std::string_view(made.error().detail)}});
    }
    state.failed.reset();
    state.last = told(*made);
    log::info("backup", "made", {{"file", std::string_view(made->file)}, {"bytes", made->bytes}, {"customers", made->customers}});
    WriteNote note;
    note.actor = who;
    note.kind = "backup";
    note.about = random_uuid();
    note.note.facts = {{"file", made->file},
                       {"bytes", std::to_string(made->bytes)},
                       {"customers", std::to_string(made->customers)},
                       {"changes", std::to_string(made->header.head.seq)}};
    const bool is_taken = gateway.store.submit(std::move(note), [](const Result<CommandOutcome>& outcome) {
      if (!outcome) log::warn("backup", "it is not noted in the ledger", {{"error", std::string_view(outcome.error().what)}});
    });
    if (!is_taken) log::warn("backup", "it is not noted in the ledger: too much waits to be written");
  }

  void look() {
    if (gateway.mode == Mode::normal && is_backup_due(gateway.backup, gateway.config.storage.backup_every, utc_now())) {
      Actor self;
      self.role = std::string(name_of(Role::service));
      begin(std::move(self));
    }
    wait(look_timer, kLookedAt, [](Parts& parts) { parts.look(); });
  }

  void list_erased() {
    if (std::exchange(is_listing, true)) return;
    ListErased query;
    query.after = listed;
    const bool is_taken = gateway.store.ask(query, [self = shared_from_this()](Result<ListErased::Page> page) {
      // A backup may take minutes: the lists have a thread of their own.
      const bool is_pushed = page && !page->erased.empty() && self->list_jobs.push([self, page = *page] { self->add_to_lists(page); });
      if (is_pushed) return;
      asio::post(self->io, [self, why = page ? std::string() : page.error().what] {
        self->is_listing = false;
        if (!why.empty()) self->tell_list_fault(why);
      });
    });
    if (!is_taken) is_listing = false;  // too many reads wait; the next look finds them
  }

  // The lists' thread.
  void add_to_lists(const ListErased::Page& page) {
    auto done = add_to_erased_lists(data_dir, ErasedList(page.erased.begin(), page.erased.end()));
    asio::post(io, [self = shared_from_this(), end = page.end, has_more = page.has_more, done = std::move(done)] {
      self->is_listing = false;
      if (!done) return self->tell_list_fault(done.error().what);
      self->gateway.backup.list_fault.clear();
      self->listed = end;
      if (has_more && !self->is_stopped) self->list_erased();
    });
  }

  // From the first erasure on again, once it can be written: what stood in a list that was moved away is in the database.
  void tell_list_fault(const std::string& why) {
    listed = 0;
    gateway.backup.list_fault = why;
    log::warn_limited("erased-list", seconds(60), "backup", "who was erased cannot be listed for a restore; it is tried again", {{"why", std::string_view(why)}});
  }

  void keep_listing() {
    list_erased();
    wait(list_timer, kListed, [](Parts& parts) { parts.keep_listing(); });
  }

  void wait(asio::steady_timer& timer, Duration rest, std::function<void(Parts&)> then) {
    timer.expires_after(rest);
    timer.async_wait([self = shared_from_this(), then = std::move(then)](boost::system::error_code error) {
      if (!error && !self->is_stopped) then(*self);
    });
  }

  asio::io_context& io;
  Gateway& gateway;
  asio::steady_timer look_timer, list_timer;
  const std::filesystem::path data_dir;
  std::int64_t listed = 0;  // of the erasures in the database: on the lists up to here
  bool is_listing = false;
  Mailbox<std::function<void()>> backup_jobs{kJobsMax}, list_jobs{kJobsMax};
  std::atomic<bool> is_stopped{false};
  std::thread backup_thread, list_thread;
};

Backups::Backups(asio::io_context& io, Gateway& gateway) : parts_(std::make_shared<Parts>(io, gateway)) {
  const BackupPlan plan = parts_->plan();
  remove_unfinished_backup(plan);
  if (const auto newest = newest_backup(plan)) gateway.backup.last = told(*newest);
  parts_->backup_thread = std::thread([parts = parts_.get()] { parts->work(parts->backup_jobs); });
  parts_->list_thread = std::thread([parts = parts_.get()] { parts->work(parts->list_jobs); });
}

Backups::~Backups() {
  stop();
}

void Backups::start() {
  parts_->keep_listing();
  parts_->wait(parts_->look_timer, kLookedAt, [](Parts& parts) { parts.look(); });
}

void Backups::begin(Actor who) {
  parts_->begin(std::move(who));
}

void Backups::list_erased() {
  parts_->list_erased();
}

void Backups::stop() {
  parts_->is_stopped = true;
  parts_->look_timer.cancel();
  parts_->list_timer.cancel();
  parts_->backup_jobs.close();
  parts_->list_jobs.close();
  if (parts_->backup_thread.joinable()) parts_->backup_thread.join();
  if (parts_->list_thread.joinable()) parts_->list_thread.join();
}

void list_erased_in(const std::filesystem::path& data_dir) {
  auto erased = erased_in(data_dir / "tillgate.db");
  auto done = erased && !erased->empty() ? add_to_erased_lists(data_dir, *erased) : erased ? Result<>() : fail(erased.error());
  if (!done) log::warn("backup", "who was erased cannot be listed for a restore", {{"why", std::string_view(done.error().what)}});
}

bool is_backup_due(const BackupState& state, std::optional<milliseconds> every, Timestamp now) {
  if (!every || state.is_running) return false;
  const bool has_just_failed = state.failed && state.failed->at <= now && now - state.failed->at < kAgain;
  if (has_just_failed) return false;
  // A date from the future, by a clock that was wrong, is nothing to wait for.
  return !state.last || state.last->taken_at > now || now - state.last->taken_at >= *every;
}

void add_backup_api(Router& router, Gateway& gateway, Backups& backups) {
  const auto answer = [&gateway](int status) {
    const BackupState& state = gateway.backup;
    JsonWriter json;
    json.begin_object().key("is_running").boolean(state.is_running).key("step");
    state.is_running ? json.text(state.step) : json.null();
    json.key("done").number(state.is_running ? state.done : 0).key("total").number(state.is_running ? state.total : 0).key("last");
    if (state.last) {
      json.begin_object().key("taken_at").text(to_text(state.last->taken_at)).key("file").text(state.last->file);
      json.key("bytes").number(state.last->bytes).key("changes").number(state.last->changes).end_object();
    } else {
      json.null();
    }
    json.key("failed");
    if (state.failed)
      json.begin_object().key("at").text(to_text(state.failed->at)).key("why").text(state.failed->why).end_object();
    else
      json.null();
    json.end_object();
    return json_response(status, json);
  };
  router.add({"GET", "/api/v1/backup", kWatchers,
              [answer](const HttpRequest&, const Caller&, const RouteArgs&) -> awaitable<HttpResponse> { co_return answer(200); }});
  router.add({"POST", "/api/v1/backup", kWatchers,
              [answer, &gateway, &backups](const HttpRequest&, const Caller& caller, const RouteArgs&) -> awaitable<HttpResponse> {
                if (auto refused = refusal_in(gateway)) co_return std::move(*refused);
                backups.begin(actor_of(caller));
                co_return answer(202);
              }});
}

}  // namespace tillgate
