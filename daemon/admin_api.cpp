#include "daemon/admin_api.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json.hpp>

#include "service/await.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate {

namespace json = boost::json;
using asio::awaitable;

namespace {

const Roles kKnown = Roles::of({Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service});
const Roles kWatchers = Roles::of({Role::administrator, Role::service});

json::value seconds_between(Timestamp from, Timestamp to) {
  return std::max<std::int64_t>(0, std::chrono::duration_cast<seconds>(to - from).count());
}

// An alarm is a sentence for the person who can do something about it.
json::array alarms_of(const Gateway& gateway) {
  json::array alarms;
  if (gateway.mode == Mode::read_only)
    alarms.emplace_back("storage failed three times within 10 minutes: read-only; check the disk, then restart tillgated");
  if (gateway.mode == Mode::disk_full) alarms.emplace_back("the disk is full: nothing can be written until there is room");
  for (const auto& name : gateway.set_aside)
    alarms.emplace_back("a damaged database was set aside as " + name + ": changes in it may be nowhere else. Save it elsewhere, then remove it and restart tillgated");
  if (gateway.scrub.last && gateway.scrub.last->found > 0)
    alarms.emplace_back("the last full check found damage in " + std::to_string(gateway.scrub.last->found) + " places (tillgatectl scrub --last): replace the storage device");
  if (gateway.backup.failed)
    alarms.emplace_back("the last backup, of " + to_text(gateway.backup.failed->at) + ", failed: " + gateway.backup.failed->why);
  if (!gateway.backup.list_fault.empty())
    alarms.emplace_back("who was erased cannot be listed for a restore: " + gateway.backup.list_fault + ". Where it is an erased.list, move it away: it is written anew");
  const auto storage = gateway.store.counters();
  if (storage.is_search_halted)
    alarms.emplace_back("the search index cannot be kept: of what changed since, only the newest 512 changes are found by a search. Make it anew: tillgatectl reindex");
  if (storage.is_above_90_percent)
    alarms.emplace_back("storage is 90 % full: writes will soon be refused");
  else if (storage.is_above_70_percent)
    alarms.emplace_back("storage is 70 % full");
  if (gateway.link.is_configured && !gateway.link.is_online)
    alarms.emplace_back("head office cannot be reached: changes wait here safely");
  if (gateway.link.is_silent) alarms.emplace_back("the broker answers, but head office acknowledges nothing: changes wait here safely");
  return alarms;
}

awaitable<HttpResponse> status(Gateway& gateway) {
  ReadFigures figures_query;
  auto figures = co_await bridge<Result<StoreFigures>>([&](auto done) { return gateway.store.ask(figures_query, std::move(done)); });
  ReadFeed feed_query;
  auto feed = co_await bridge<Result<FeedState>>([&](auto done) { return gateway.store.ask(feed_query, std::move(done)); });
  if (!figures || !feed) co_return problem(503, "busy", "Too many reads are waiting; repeat in a moment.");
  if (!*figures) co_return problem(figures->error());
  if (!*feed) co_return problem(feed->error());

  const Timestamp now = utc_now();
  json::object body;
  body["store"] = {{"org", gateway.config.store.org.value}, {"id", gateway.config.store.id.value}};
  body["software"] = gateway.version;
  body["mode"] = json::string(name_of(gateway.mode));
  body["uptime_seconds"] = std::chrono::duration_cast<seconds>(mono_now() - gateway.started_mono).count();
  json::object head_office;
  const auto& link = gateway.link;
  head_office["state"] = !link.is_configured ? "unconfigured" : link.is_online ? "online" : "offline";
  head_office["reason"] = link.is_online || link.reason.empty() ? json::value(nullptr) : json::value(json::string(link.reason));
  head_office["since"] = link.since ? json::value(json::string(to_text(*link.since))) : json::value(nullptr);
  head_office["last_receipt_at"] = link.last_ack_at ? json::value(json::string(to_text(*link.last_ack_at))) : json::value(nullptr);
  const auto& queue = **feed;
  // Without a head office nothing waits for it.
  head_office["waiting"] = link.is_configured ? queue.behind : 0;
  head_office["oldest_waiting_seconds"] = queue.oldest_waiting ? seconds_between(*queue.oldest_waiting, now) : json::value(0);
  head_office["committed_seq"] = queue.cursor.seq;
  head_office["head_seq"] = (*figures)->head.seq;
  head_office["in_flight_batches"] = link.in_flight;
  head_office["window"] = link.window;
  head_office["committed_per_second"] = link.acked_per_second;
  head_office["drained_in_seconds"] = queue.behind == 0             ? json::value(0)
                                      : link.acked_per_second > 0.0 ? json::value(static_cast<double>(queue.behind) / link.acked_per_second)
                                                                    : json::value(nullptr);
  body["head_office"] = std::move(head_office);
  json::object storage;
  storage["customers"] = (*figures)->customers;
  storage["changes"] = (*figures)->ledger_rows;
  storage["database_bytes"] = (*figures)->database_bytes;
  storage["wal_bytes"] = (*figures)->wal_bytes;
  storage["max_bytes"] = gateway.config.storage.max_bytes;
  const auto& scrub = gateway.scrub;
  storage["scrub"] = {{"is_running", scrub.is_running},
                      {"finished_at", scrub.last ? json::value(json::string(to_text(scrub.last->finished_at))) : json::value(nullptr)},
                      {"found", scrub.last ? scrub.last->found : 0}};
  storage["last_backup_at"] = gateway.backup.last ? json::value(json::string(to_text(gateway.backup.last->taken_at))) : json::value(nullptr);
  body["storage"] = std::move(storage);
  body["clock"] = {{"state", link.is_clock_confirmed ? "confirmed" : "unconfirmed"}};
  body["alarms"] = alarms_of(gateway);
  body["as_of"] = to_text(now);
  HttpResponse response;
  response.body = json::serialize(body);
  co_return response;
}

awaitable<HttpResponse> queue(Gateway& gateway) {
  ReadFeed query;
  auto feed = co_await bridge<Result<FeedState>>([&](auto done) { return gateway.store.ask(query, std::move(done)); });
  if (!feed) co_return problem(503, "busy", "Too many reads are waiting; repeat in a moment.");
  if (!*feed) co_return problem(feed->error());
  const Timestamp now = utc_now();
  const auto& state = **feed;
  json::object row;
  row["feed"] = state.name;
  row["state"] = !gateway.link.is_configured ? "unconfigured" : !gateway.link.is_online ? "waiting" : state.behind > 0 ? "sending" : "idle";
  row["waiting"] = gateway.link.is_configured ? state.behind : 0;
  row["oldest_waiting_seconds"] = state.oldest_waiting && gateway.link.is_configured ? seconds_between(*state.oldest_waiting, now) : json::value(0);
  row["committed_seq"] = state.cursor.seq;
  row["in_flight_batches"] = gateway.link.in_flight;
  row["window"] = gateway.link.window;
  row["batches_sent"] = gateway.link.batches_sent;
  row["rewinds"] = gateway.link.rewinds;
  row["timeouts"] = gateway.link.timeouts;
  row["forks"] = gateway.link.forks;
  row["committed_per_second"] = gateway.link.acked_per_second;
  row["last_error"] = gateway.link.is_online || gateway.link.reason.empty() ? json::value(nullptr) : json::value(json::string(gateway.link.reason));
  json::object body;
  json::array feeds;
  feeds.emplace_back(std::move(row));
  body["feeds"] = std::move(feeds);
  body["as_of"] = to_text(now);
  HttpResponse response;
  response.body = json::serialize(body);
  co_return response;
}

HttpResponse text(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

}  // namespace

void add_admin_api(Router& router, Gateway& gateway) {
  router.add({"GET", "/api/v1/status", kKnown, [&gateway](const HttpRequest&, const Caller&, const RouteArgs&) { return status(gateway); }});
  router.add({"GET", "/api/v1/queue", kWatchers, [&gateway](const HttpRequest&, const Caller&, const RouteArgs&) { return queue(gateway); }});
  router.add({"GET", "/live", Roles::anyone(),
              [](const HttpRequest&, const Caller&, const RouteArgs&) -> awaitable<HttpResponse> { co_return text(200, "live\n"); }});
  router.add({"GET", "/ready", Roles::anyone(), [&gateway](const HttpRequest&, const Caller&, const RouteArgs&) -> awaitable<HttpResponse> {
                if (gateway.mode == Mode::read_only) co_return text(503, "read-only: storage failed repeatedly\n");
                if (gateway.mode == Mode::disk_full) co_return text(503, "read-only: the disk is full\n");
                if (gateway.is_stopping) co_return text(503, "stopping\n");
                co_return gateway.is_ready ? text(200, "ready\n") : text(503, "starting\n");
              }});
  router.add({"GET", "/metrics", kWatchers, [&gateway](const HttpRequest&, const Caller&, const RouteArgs&) -> awaitable<HttpResponse> {
                auto response = text(200, gateway.metrics.render());
                response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                co_return response;
              }});
}

}  // namespace tillgate
