#include "headoffice/office_api.hpp"

#include <boost/json.hpp>
#include <charconv>
#include <memory>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "headoffice/fleet.hpp"
#include "headoffice/parked.hpp"
#include "headoffice/registry.hpp"
#include "service/await.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate {

namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kTokenBytesMax = 256;
constexpr std::int64_t kPageDefault = 200;
// Two tokens: one stands in the configuration of whatever watches, so it sees no change and decides nothing.
constexpr Roles kReaders = Roles::of({Role::manager, Role::administrator});
constexpr Roles kDeciders = Roles::of({Role::administrator});

HttpResponse json(std::string body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// Between 1 and the most that is served at once; anything else is refused, not bent.
Result<std::int64_t> limit_of(const HttpRequest& request) {
  const auto text = request.query_value("limit");
  if (!text) return kPageDefault;
  std::int64_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc{} || end != text->data() + text->size() || limit < 1 || limit > kFleetPageMax)
    return fail(Errc::invalid, "limit must be a number from 1 to 1000");
  return limit;
}

// An optional name out of the query; empty when absent.
Result<std::string> name_in(const HttpRequest& request, std::string_view key) {
  const auto text = request.query_value(key);
  if (!text || text->empty()) return std::string();
  if (!is_name_id(*text)) return fail(Errc::invalid, std::string(key) + " must be a name (a-z 0-9 -)");
  return std::string(*text);
}

boost::asio::awaitable<HttpResponse> answer(Intake& intake, Intake::Read read) {
  auto ask = [&](std::function<void(Result<std::string>)> done) { return intake.query(read, std::move(done)); };
  const auto body = co_await bridge<Result<std::string>>(ask);
  if (!body) co_return problem(Error{Errc::busy, "too many questions wait for the database", {}});
  if (!*body) co_return problem(body->error());
  co_return json(**body);
}

Handler stores_handler(Intake& intake) {
  return [&intake](const HttpRequest& request, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
    const auto limit = limit_of(request);
    if (!limit) co_return problem(limit.error());
    const std::string after(request.query_value("after").value_or(""));
    if (after.size() > 65) co_return problem(Error{Errc::invalid, "after must be <org>/<store>", {}});
    const std::int64_t most = *limit;
    Intake::Read read = [after, most](Transaction& tx) -> Result<std::string> {
      return to_json(list_stores(tx, after, most), most);
    };
    co_return co_await answer(intake, std::move(read));
  };
}

Handler store_handler(Intake& intake) {
  return [&intake](const HttpRequest&, const Caller&, const RouteArgs& args) -> boost::asio::awaitable<HttpResponse> {
    const std::string org = args.at("org");
    const std::string store = args.at("store");
    if (!is_name_id(org) || !is_name_id(store)) co_return problem(Error{Errc::not_found, "no such store", {}});
    Intake::Read read = [org, store](Transaction& tx) -> Result<std::string> {
      const auto found = find_store(tx, org, store);
      if (!found) return fail(Errc::not_found, "no such store");
      return to_json(*found);
    };
    co_return co_await answer(intake, std::move(read));
  };
}

Handler incidents_handler(Intake& intake) {
  return [&intake](const HttpRequest& request, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
    const auto limit = limit_of(request);
    if (!limit) co_return problem(limit.error());
    const auto org = name_in(request, "org");
    if (!org) co_return problem(org.error());
    const auto store = name_in(request, "store");
    if (!store) co_return problem(store.error());
    const std::string of_org = *org, of_store = *store;
    const std::int64_t most = *limit;
    Intake::Read read = [of_org, of_store, most](Transaction& tx) -> Result<std::string> {
      return to_json(list_incidents(tx, of_org, of_store, most));
    };
    co_return co_await answer(intake, std::move(read));
  };
}

Handler parked_handler(Intake& intake) {
  return [&intake](const HttpRequest& request, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
    const auto limit = limit_of(request);
    if (!limit) co_return problem(limit.error());
    const auto org = name_in(request, "org");
    if (!org) co_return problem(org.error());
    const auto store = name_in(request, "store");
    if (!store) co_return problem(store.error());
    const auto dropped = request.query_value("dropped").value_or("false");
    if (dropped != "true" && dropped != "false") co_return problem(Error{Errc::invalid, "dropped must be true or false", {}});
    ParkedQuery query{*org, *store, dropped == "true", {}, *limit};
    if (const auto after = request.query_value("after")) {
      const auto id = ParkedId::from_text(*after);
      if (!id) co_return problem(Error{Errc::invalid, "after must be the id of a parked change", {}});
      query.after = *id;
    }
    Intake::Read read = [query](Transaction& tx) -> Result<std::string> {
      return to_json(list_parked(tx, query), query.limit);
    };
    co_return co_await answer(intake, std::move(read));
  };
}

// What is done to one parked change, by whom and why: {"reason"} in the body.
using Decide = std::function<Result<std::string>(Transaction&, const ParkedId&, const Decider&)>;

Result<std::string> reason_in(const HttpRequest& request) {
  boost::system::error_code error;
  const auto body = boost::json::parse(request.body, error);
  const auto* object = error ? nullptr : body.if_object();
  const auto* reason = object ? object->if_contains("reason") : nullptr;
  const auto* text = reason ? reason->if_string() : nullptr;
  if (!text || object->size() != 1) return fail(Errc::invalid, R"(the body must be {"reason":"..."})");
  return std::string(*text);
}

Handler decision_handler(Intake& intake, Decide decide) {
  return [&intake, decide = std::move(decide)](const HttpRequest& request, const Caller& caller,
                                               const RouteArgs& args) -> boost::asio::awaitable<HttpResponse> {
    const auto id = ParkedId::from_text(args.at("id"));
    if (!id) co_return problem(Error{Errc::not_found, "no such parked change", {}});
    const auto reason = reason_in(request);
    if (!reason) co_return problem(reason.error());
    const Decider decider{"api:" + caller.credential, *reason, utc_now()};
    if (auto sound = check(decider); !sound) co_return problem(sound.error());
    Intake::Read read = [decide, its_id = *id, decider](Transaction& tx) { return decide(tx, its_id, decider); };
    co_return co_await answer(intake, std::move(read));
  };
}

Result<std::string> show(Transaction& tx, const ParkedId& id, const Decider& decider) {
  const auto detail = show_parked(tx, id, decider);
  if (!detail) return fail(detail.error());
  return to_json(*detail);
}

Result<std::string> retry(Transaction& tx, const ParkedId& id, const Decider& decider) {
  const auto applied = retry_parked(tx, id, {known_ho_epoch(tx), decider.at}, decider);
  if (!applied) return fail(applied.error());
  return std::string(R"({"id":")") + id.text() + R"(","applied":)" + (*applied ? "true}" : "false}");
}

Result<std::string> drop(Transaction& tx, const ParkedId& id, const Decider& decider) {
  if (auto dropped = drop_parked(tx, id, decider); !dropped) return fail(dropped.error());
  return R"({"id":")" + id.text() + R"(","dropped":true})";
}

}  // namespace

Authenticator office_authenticator(const OfficeConfig& config) {
  const auto reader = Digest::from_text(config.http.token_hash), decider = Digest::from_text(config.http.decisions_token_hash);
  return [reader, decider](const HttpRequest& request) {
    const auto authorization = request.header("authorization");
    if (!authorization || !authorization->starts_with(kBearer)) return Caller{};
    const auto token = authorization->substr(kBearer.size());
    if (token.empty() || token.size() > kTokenBytesMax) return Caller{};
    // Hashes are compared, so how long it takes says nothing about the token.
    const Digest hash = hash_of(token);
    Caller caller;
    if (decider && hash == *decider) {
      caller.role = Role::administrator;
      caller.credential = "decisions-token";
    } else if (reader && hash == *reader) {
      caller.role = Role::manager;
      caller.credential = "token";
    }
    return caller;
  };
}

void add_office_api(Router& router, const OfficeParts& parts) {
  Intake& intake = parts.intake;
  Uplink& uplink = parts.uplink;
  Metrics& metrics = parts.metrics;
  auto live = [](const HttpRequest&, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
    co_return json(R"({"live":true})");
  };
  auto ready = [&intake, &uplink](const HttpRequest&, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
    const bool has_database = intake.is_database_up();
    const bool has_broker = uplink.health().is_up;
    std::string body = std::string(R"({"ready":)") + (has_database && has_broker ? "true" : "false") + R"(,"database":)" +
                       (has_database ? "true" : "false") + R"(,"broker":)" + (has_broker ? "true" : "false") + "}";
    co_return json(std::move(body), has_database && has_broker ? 200 : 503);
  };
  auto figures = [&metrics](const HttpRequest&, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
    HttpResponse response = json(metrics.render());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return response;
  };
  router.add({"GET", "/live", Roles::anyone(), live});
  router.add({"GET", "/ready", Roles::anyone(), ready});
  router.add({"GET", "/metrics", kReaders, figures});
  router.add({"GET", "/api/v1/stores", kReaders, stores_handler(intake)});
  router.add({"GET", "/api/v1/stores/{org}/{store}", kReaders, store_handler(intake)});
  router.add({"GET", "/api/v1/incidents", kReaders, incidents_handler(intake)});
  router.add({"GET", "/api/v1/parked", kReaders, parked_handler(intake)});
  router.add({"POST", "/api/v1/parked/{id}/show", kDeciders, decision_handler(intake, show)});
  router.add({"POST", "/api/v1/parked/{id}/retry", kDeciders, decision_handler(intake, retry)});
  router.add({"POST", "/api/v1/parked/{id}/drop", kDeciders, decision_handler(intake, drop)});
}

}  // namespace tillgate
