#include "headoffice/office.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <optional>
#include <stdexcept>

#include "headoffice/exit_codes.hpp"
#include "headoffice/fleet.hpp"
#include "headoffice/intake.hpp"
#include "headoffice/office_api.hpp"
#include "headoffice/uplink.hpp"
#include "service/clock.hpp"
#include "service/http_server.hpp"
#include "service/log.hpp"
#include "service/watchdog.hpp"

namespace tillgate {

namespace asio = boost::asio;

namespace {

constexpr int kLateBeats = 3;
constexpr Duration kBeat = seconds(2);
constexpr Duration kFiguresEvery = seconds(10);
constexpr Duration kDrainDeadline = seconds(5);

}  // namespace

struct Office::Parts {
  Parts(OfficeConfig parsed, std::string version_text)
      : config(std::move(parsed)),
        version(std::move(version_text)),
        io(1),
        router(office_authenticator(config)),
        signals(io, SIGTERM, SIGINT),
        beat_timer(io),
        figures_timer(io) {}

  IntakeEvents intake_events() {
    IntakeEvents events;
    events.ack = [this](OrgId org, Ack ack) {
      asio::post(io, [this, org = std::move(org), ack = std::move(ack)] {
        if (uplink) uplink->publish(org, ack);
      });
    };
    events.database = [this](bool) { asio::post(io, [this] { show_state(); }); };
    events.give_up = [this](int code, std::string) { asio::post(io, [this, code] { stop(code); }); };
    return events;
  }

  void show_state() {
    const bool is_ready = intake->is_database_up() && uplink && uplink->health().is_up;
    watchdog.status(is_ready ? "receiving" : !intake->is_database_up() ? "waiting for PostgreSQL" : "waiting for the broker");
  }

  // The logic loop proves that it comes round by being here, the database thread by having turned since.
  void beat() {
    logic_part->beat();
    if (const auto turns = intake->turns(); turns != turns_seen) {
      turns_seen = turns;
      database_part->beat();
    }
    // The database thread turns when there is work; three beats without a turn is news.
    const auto late = watchdog.feed();
    late_beats = late ? late_beats + 1 : 0;
    if (late_beats >= kLateBeats)
      log::warn_limited("late", seconds(20), "watchdog",
                        "a part does not come round; systemd restarts the process if it stays so",
                        {{"part", std::string_view(*late)}});
    show_state();
    beat_timer.expires_after(watchdog.interval() ? std::min<Duration>(kBeat, *watchdog.interval()) : kBeat);
    beat_timer.async_wait([this](boost::system::error_code error) {
      if (!error) beat();
    });
  }

  // Gauges about the fleet come out of the database now and then, so that a scrape costs nothing.
  void refresh_figures() {
    Intake::Read read = [this](Transaction& tx) -> Result<std::string> {
      const FleetFigures figures = count_fleet(tx);
      stores.set(static_cast<double>(figures.stores));
      stores_online.set(static_cast<double>(figures.online));
      fleet_lag.set(static_cast<double>(figures.lag));
      parked.set(static_cast<double>(figures.parked));
      return std::string();
    };
    if (!intake->query(std::move(read), [](Result<std::string>) {})) log::debug("metrics", "the database thread is busy");
    figures_timer.expires_after(kFiguresEvery);
    figures_timer.async_wait([this](boost::system::error_code error) {
      if (!error) refresh_figures();
    });
  }

  void add_gauges() {
    metrics.gauge_from("tillgate_hq_database_up", "1 while PostgreSQL is connected",
                       [this] { return intake->is_database_up() ? 1.0 : 0.0; });
    metrics.gauge_from("tillgate_hq_link_up", "1 while the broker is connected",
                       [this] { return uplink->health().is_up ? 1.0 : 0.0; });
    metrics.gauge_from("tillgate_hq_batches_waiting", "Batches waiting for the database thread",
                       [this] { return static_cast<double>(intake->waiting().batches); });
    metrics.gauge_from("tillgate_hq_batches_put_aside", "Batches waiting for what comes before them",
                       [this] { return static_cast<double>(intake->waiting().put_aside); });
  }

  void stop(int code) {
    if (is_stopping) return;
    is_stopping = true;
    exit_code = code;
    watchdog.stopping();
    log::info("stop", "committing what was begun, then leaving", {{"code", std::int64_t{code}}});
    uplink->stop();
    server->stop(kDrainDeadline, [this] {
      beat_timer.cancel();
      figures_timer.cancel();
      signals.cancel();
      io.stop();
    });
  }

  bool listen() {
    add_office_api(router, OfficeParts{*intake, *uplink, metrics});
    HttpListen where;
    where.address = config.http.listen;
    where.port = config.http.port;
    try {
      server.emplace(io, router, where, HttpLimits{});
    } catch (const std::runtime_error& error) {
      log::error("start", error.what());
      return false;
    }
    server->start();
    log::info("http", "listening", {{"address", std::string_view(where.address)}, {"port", std::int64_t{server->port()}}});
    return true;
  }

  int run() {
    intake.emplace(config.database, IntakeLimits{}, metrics, intake_events());
    uplink.emplace(io, config, *intake, metrics, [this](int code, std::string why) {
      log::error("stop", why);
      stop(code);
    });
    add_gauges();
    if (!listen()) return kOfficeExitAddress;
    logic_part = &watchdog.part("logic loop");
    database_part = &watchdog.part("database thread");
    signals.async_wait([this](boost::system::error_code error, int) {
      if (!error) stop(kOfficeExitOk);
    });
    uplink->start();
    log::info("start", "serving",
              {{"version", std::string_view(version)}, {"instance", std::string_view(config.broker.client_id)}});
    watchdog.ready("starting");
    beat();
    refresh_figures();
    io.run();
    return exit_code;
  }

  // Threads go first: their callbacks and waiting questions reach into io, which goes last.
  void shut_down() {
    uplink.reset();
    intake.reset();
    server.reset();
  }
  ~Parts() { shut_down(); }

  const OfficeConfig config;
  const std::string version;
  Metrics metrics;
  Gauge& stores = metrics.gauge("tillgate_hq_stores", "Stores ever heard of");
  Gauge& stores_online = metrics.gauge("tillgate_hq_stores_online", "Stores whose current session is open");
  Gauge& fleet_lag =
      metrics.gauge("tillgate_hq_lag_rows", "Rows that stores are known to hold and we do not, all stores together");
  Gauge& parked = metrics.gauge("tillgate_hq_parked_changes", "Changes kept aside, not merged");
  asio::io_context io;
  Router router;
  std::optional<Intake> intake;
  std::optional<Uplink> uplink;
  std::optional<HttpServer> server;
  Watchdog watchdog;
  Watchdog::Part* logic_part = nullptr;
  Watchdog::Part* database_part = nullptr;
  asio::signal_set signals;
  asio::steady_timer beat_timer, figures_timer;
  int late_beats = 0;
  std::uint64_t turns_seen = 0;
  bool is_stopping = false;
  int exit_code = kOfficeExitOk;
};

Office::Office(OfficeConfig config, std::string version)
    : parts_(std::make_unique<Parts>(std::move(config), std::move(version))) {}
Office::~Office() = default;
int Office::run() {
  return parts_->run();
}

}  // namespace tillgate
