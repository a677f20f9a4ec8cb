#include "daemon/app.hpp"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "daemon/admin_api.hpp"
#include "daemon/auth.hpp"
#include "daemon/backups.hpp"
#include "daemon/batch_api.hpp"
#include "daemon/consent_api.hpp"
#include "daemon/events_api.hpp"
#include "daemon/export_api.hpp"
#include "daemon/gateway.hpp"
#include "daemon/gateway_metrics.hpp"
#include "daemon/history_api.hpp"
#include "daemon/audit_api.hpp"
#include "daemon/identify_api.hpp"
#include "daemon/import_api.hpp"
#include "daemon/look_alikes.hpp"
#include "daemon/legacy_api.hpp"
#include "daemon/openapi_api.hpp"
#include "daemon/order_api.hpp"
#include "daemon/person_api.hpp"
#include "daemon/replication.hpp"
#include "daemon/retention.hpp"
#include "daemon/scrubbing.hpp"
#include "daemon/search_api.hpp"
#include "daemon/search_index_api.hpp"
#include "daemon/storage_faults.hpp"
#include "daemon/subject_api.hpp"
#include "daemon/terminal_api.hpp"
#include "service/clock.hpp"
#include "service/http_server.hpp"
#include "service/log.hpp"
#include "service/problem.hpp"
#include "service/watchdog.hpp"
#include "store/key_files.hpp"
#include "store/offline_restore.hpp"
#include "store/set_aside.hpp"

namespace tillgate {

namespace asio = boost::asio;

namespace {

constexpr seconds kDrainDeadline{5};      // accepted requests are answered within this after SIGTERM
constexpr milliseconds kFaultGrace{300};  // lets the 500s reach their terminals before the process ends
constexpr milliseconds kFaultDeadline{1'500};
constexpr int kLateBeats = 3;
constexpr seconds kRoomAsked{5};                 // how often a full disk is looked at again
constexpr std::uintmax_t kRoomBytes = 32 << 20;  // enough to begin: WAL ceiling and as much again
constexpr seconds kReadHangs{10};                // five times what a query may take
constexpr seconds kBeat{2};                      // how often the watchdog's parts must come round, at least every 20 s

[[noreturn]] void end_process(int code) {
  std::fflush(stderr);
  std::_Exit(code);
}

}  // namespace

struct App::Parts {
  Parts(Config parsed, std::string version_text)
      : config(std::move(parsed)),
        version(std::move(version_text)),
        faults(config.store.runtime_dir),
        auth(config),
        io(1),
        router([this](const HttpRequest& request) { return auth.identify(request); }),
        signals(io, SIGTERM, SIGINT),
        beat_timer(io),
        room_timer(io) {}

  // ---- start

  // The third storage fault within 10 minutes, or a disk without room for the first write: what is there is served, nothing is
  // written. Otherwise systemd would start us again and again, and the store's terminals would not even have their reads.
  [[nodiscard]] int open_store() {
    auto keys = load_keys({config.security.key_id, config.security.pii_key_file, config.security.index_key_file});
    if (!keys) {
      log::error("start", keys.error().what);
      return kExitConfig;
    }
    StoreOptions options;
    options.file = config.store.data_dir / "tillgate.db";
    options.store = config.store.id;
    options.keys = std::move(*keys);
    options.bytes_max = config.storage.max_bytes;
    options.clock_skew_max = config.storage.clock_skew_max;
    options.read_clock = [] { return clock_now(); };
    options.fill_random = [](std::span<std::uint8_t> out) { fill_random(out); };
    options.sale_rules = config.sales;
    options.day_of = [](Timestamp at) { return local_day(at); };
    options.on_fault = [this](const Error& error) { on_storage_fault(error); };
    options.on_progress = [this] { writer_part.beat(); };
    std::error_code ignored;
    if (!std::filesystem::exists(options.file, ignored) && std::filesystem::exists(restore_marker(options.file), ignored)) {
      log::error("start", "a backup was being restored and was interrupted: run the same tillgatectl restore again");
      return kExitConfig;
    }
    std::filesystem::remove(restore_marker(options.file), ignored);
    if (is_orphaned_log(options.file) && !begin_anew(options.file, "the database is gone, but its log is there"))
      return kExitStorage;
    if (faults.is_too_many(mono_now())) {
      mode = Mode::read_only;
      options.is_read_only = true;
      log::error("storage",
                 "storage failed three times within 10 minutes: read-only from now on. Check the disk (dmesg, free space, "
                 "smartctl), then restart tillgated");
    }
    auto opened = Store::open(options);
    // Three times in a row it did not open, and there is nothing in it that could be served.
    if (!opened && opened.error().code == Errc::corrupt && mode == Mode::read_only && is_beyond_reading(options.file) &&
        begin_anew(options.file, opened.error().detail)) {
      mode = Mode::normal;
      options.is_read_only = false;
      opened = Store::open(options);
    }
    if (!opened && opened.error().code == Errc::full) {
      mode = Mode::disk_full;
      options.is_read_only = true;
      log::error("storage", "the disk is full: reads are served, nothing is written until there is room");
      opened = Store::open(options);
    }
    if (!opened) {
      const auto& error = opened.error();
      log::error("start", error.what, {{"detail", std::string_view(error.detail)}});
      if (error.code == Errc::corrupt) {
        faults.record(mono_now());
        return kExitStorage;
      }
      return error.code == Errc::unsupported ? kExitConfig : error.code == Errc::full ? kExitStorage : kExitUnavailable;
    }
    store = std::move(*opened);
    return kExitOk;
  }

  // P6: what cannot be read is kept under another name, and the store goes on with a new database; head office shows it as a new
  // line of that store. The alarm stays for as long as the file lies there.
  bool begin_anew(const std::filesystem::path& file, std::string_view why) {
    const auto aside = set_aside(file, utc_now());
    if (!aside) {
      log::error("storage", aside.error().what, {{"detail", std::string_view(aside.error().detail)}});
      return false;
    }
    log::error("storage",
               "the database cannot be read: it was set aside and a new, empty one is begun. Changes that head office has not "
               "acknowledged are in the old one only: keep it, and have it saved",
               {{"file", std::string_view(aside->native())}, {"why", why}});
    faults.forget();
    return true;
  }

  // P4: on the writer's thread. Nothing is answered 2xx from here on; the process ends within 2 s whatever the logic thread does.
  void on_storage_fault(const Error& error) {
    has_fault = true;
    log::error("storage", "a write or flush failed; the process restarts and reads everything back from disk",
               {{"error", std::string_view(error.what)}, {"detail", std::string_view(error.detail)}});
    faults.record(mono_now());
    std::thread([] {
      std::this_thread::sleep_for(kFaultDeadline);
      end_process(kExitStorage);
    }).detach();
    asio::post(io, [this] {
      auto timer = std::make_shared<asio::steady_timer>(io, kFaultGrace);
      timer->async_wait([timer](boost::system::error_code) { end_process(kExitStorage); });
    });
  }

  void look_for_room() {
    std::error_code error;
    const auto space = std::filesystem::space(config.store.data_dir, error);
    if (!error && space.available >= kRoomBytes) {
      log::info("storage", "there is room again: starting anew");
      return stop(kExitUnavailable);
    }
    room_timer.expires_after(kRoomAsked);
    room_timer.async_wait([this](boost::system::error_code failed) {
      if (!failed) look_for_room();
    });
  }

  // What head office has committed, for `sync` and the queue's figures; also where replication does not run.
  void read_cursor() {
    ReadFeed query;
    (void)store->ask(query, [this](Result<FeedState> feed) {
      if (!feed) return;
      asio::post(io, [this, seq = feed->cursor.seq] { gateway->link.acked = std::max(gateway->link.acked, seq); });
    });
  }

  void listen() {
    router.set_veto([this]() -> std::optional<HttpResponse> {
      if (!has_fault) return std::nullopt;
      return problem(Error{Errc::corrupt, {}, {}});
    });
    add_terminal_api(router, *gateway);
    add_batch_api(router, *gateway);
    add_search_api(router, *gateway);
    add_search_index_api(router, *gateway);
    add_person_api(router, *gateway);
    add_history_api(router, *gateway);
    add_consent_api(router, *gateway);
    add_order_api(router, *gateway);
    add_look_alike_api(router, *gateway);
    add_identify_api(router, *gateway);
    add_audit_api(router, *gateway);
    add_retention_api(router, *gateway);
    add_legacy_api(router, *gateway);
    add_events_api(router, *gateway, *events);
    add_admin_api(router, *gateway);
    add_openapi_api(router);
    add_scrub_api(router, *gateway, *scrubbing);
    add_backup_api(router, *gateway, *backups);
    add_import_api(router, *gateway, *importing);
    add_export_api(router, *gateway, *exporting);
    add_subject_api(router, *gateway);
    HttpListen plain;
    plain.address = config.http.listen;
    plain.port = config.http.port;
    plain.hosts = config.http.hosts;
    servers.push_back(std::make_unique<HttpServer>(io, router, plain, HttpLimits{}));
    log::info("http", "listening, plain",
              {{"address", std::string_view(plain.address)}, {"port", std::int64_t{servers.back()->port()}}});
    if (plain.address != "::1" && !plain.address.starts_with("127."))
      log::warn("http",
                "plain HTTP is open to the network: tokens and personal data can be read by anyone on it; use http.tls");
    HttpListen admin;
    admin.address = config.http.admin_socket;
    servers.push_back(std::make_unique<HttpServer>(io, router, admin, HttpLimits{}));
    if (config.http.tls.enabled) {
      HttpListen tls;
      tls.address = config.http.tls.listen;
      tls.port = config.http.tls.port;
      tls.hosts = config.http.hosts;
      tls.tls = HttpListen::Tls{config.http.tls.cert_file, config.http.tls.key_file};
      servers.push_back(std::make_unique<HttpServer>(io, router, tls, HttpLimits{}));
      log::info("http", "listening, TLS",
                {{"address", std::string_view(tls.address)}, {"port", std::int64_t{servers.back()->port()}}});
    }
    for (auto& server : servers) server->start();
  }

  // ---- run

  // Each part of the process proves that it comes round: the logic loop by being here, writer and readers by answering.
  void beat() {
    logic_part.beat();
    ReadFigures figures;
    // One reader that answers says nothing of the other one.
    if (!store->ask(figures, [this](Result<StoreFigures> answer) {
          if (answer && store->longest_read() < kReadHangs) reader_part.beat();
        }))
      log::warn_limited("beat-busy", seconds(60), "watchdog", "the readers' queue is full");
    // Without a writer nothing can hang there.
    if (mode != Mode::normal)
      writer_part.beat();
    else if (!store->ping_writer([this] { writer_part.beat(); }))
      log::warn_limited("beat-busy", seconds(60), "watchdog", "the writer's queue is full");
    // The first answers are still on their way when the next beat asks; three beats without one is news.
    const auto late = watchdog.feed();
    late_beats = late ? late_beats + 1 : 0;
    if (late_beats >= kLateBeats)
      log::warn_limited("late", seconds(20), "watchdog",
                        "a part does not come round; systemd restarts the process if it stays so",
                        {{"part", std::string_view(*late)}});
    beat_timer.expires_after(watchdog.interval() ? std::min<Duration>(kBeat, *watchdog.interval()) : Duration(kBeat));
    beat_timer.async_wait([this](boost::system::error_code error) {
      if (!error) beat();
    });
  }

  void stop(int code) {
    if (gateway->is_stopping) return;
    gateway->is_stopping = true;
    exit_code = code;
    watchdog.stopping();
    log::info("stop", "answering what was accepted, then leaving", {{"code", std::int64_t{code}}});
    auto left = std::make_shared<std::size_t>(servers.size());
    for (auto& server : servers)
      server->stop(kDrainDeadline, [this, left] {
        if (--*left > 0) return;
        if (replication) replication->stop();
        scrubbing->stop();
        retention->stop();
        backups->stop();
        beat_timer.cancel();
        room_timer.cancel();
        signals.cancel();
        io.stop();
      });
  }

  [[nodiscard]] int run() {
    use_time_zone(config.store.time_zone);
    if (const int code = open_store(); code != kExitOk) return code;
    gateway.emplace(Gateway{.config = config,
                            .store = *store,
                            .metrics = metrics,
                            .started_at = utc_now(),
                            .started_mono = mono_now(),
                            .version = version,
                            .config_hash = hash_of(print_config(config)).text().substr(0, 16),
                            .link = {}});
    gateway->mode = mode;
    for (const auto& file : those_set_aside(config.store.data_dir / "tillgate.db"))
      gateway->set_aside.push_back(file.filename().string());
    add_gateway_metrics(metrics, *gateway);
    gateway->link.is_configured = !config.uplink.host.empty();
    gateway->link.head = store->opened().head.seq;
    scrubbing.emplace(io, *gateway);
    backups.emplace(io, *gateway);
    retention.emplace(io, *gateway, [] { return utc_now(); });
    events.emplace(io, *gateway);
    importing.emplace(io, *gateway);
    exporting.emplace();
    listen();
    if (!gateway->link.is_configured) {
      log::warn("link", "no head office is configured (uplink.host is empty): every change stays in this store only");
    } else if (gateway->mode == Mode::normal) {
      replication.emplace(io, *gateway, store->opened(), [this](int code, std::string reason) {
        log::error("stop", reason);
        stop(code);
      });
      replication->start();
    }
    signals.async_wait([this](boost::system::error_code error, int) {
      if (!error) stop(kExitOk);
    });
    gateway->is_ready = true;
    const auto& opened = store->opened();
    log::info("start", "ready",
              {{"version", std::string_view(version)},
               {"org", std::string_view(config.store.org.value)},
               {"store", std::string_view(config.store.id.value)},
               {"changes", opened.head.seq},
               {"clean_stop", opened.was_clean_stop}});
    watchdog.ready(mode == Mode::normal ? "serving" : "read-only");
    if (mode == Mode::disk_full) look_for_room();
    read_cursor();
    beat();
    scrubbing->start();
    retention->start();
    backups->start();
    if (gateway->mode == Mode::normal) importing->start();
    io.run();
    importing.reset();  // its thread waits for answers of the store
    scrubbing.reset();
    retention.reset();
    backups.reset();  // like
    replication.reset();
    servers.clear();
    store.reset();  // commits and answers what was accepted
    if (mode == Mode::normal && !has_fault) list_erased_in(config.store.data_dir);
    // A stuck link thread was left behind: run no exit handlers beside it.
    if (exit_code == kExitLink) end_process(kExitLink);
    return exit_code;
  }

  Config config;
  std::string version;
  Metrics metrics;
  StorageFaults faults;
  Auth auth;
  asio::io_context io;
  Router router;
  Watchdog watchdog;  // before the store: its threads may beat until they are joined
  Watchdog::Part& logic_part = watchdog.part("logic loop");
  Watchdog::Part& writer_part = watchdog.part("store writer");
  Watchdog::Part& reader_part = watchdog.part("store readers");
  std::atomic<bool> has_fault{false};
  Mode mode = Mode::normal;
  std::unique_ptr<Store> store;
  std::optional<Gateway> gateway;
  std::optional<Replication> replication;
  std::optional<Scrubbing> scrubbing;
  std::optional<Retention> retention;
  std::optional<Backups> backups;
  std::optional<LiveEvents> events;
  std::optional<Importing> importing;
  std::optional<Exporting> exporting;
  std::vector<std::unique_ptr<HttpServer>> servers;
  asio::signal_set signals;
  asio::steady_timer beat_timer, room_timer;
  int late_beats = 0;
  int exit_code = kExitOk;
};

App::App(Config config, std::string version) : parts_(std::make_unique<Parts>(std::move(config), std::move(version))) {}
App::~App() = default;
int App::run() {
  return parts_->run();
}

}  // namespace tillgate
