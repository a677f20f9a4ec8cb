#include "service/router.hpp"

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "service/log.hpp"

namespace tillgate {
namespace {

namespace asio = boost::asio;

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

// Answers with what it was called with.
Handler echo(std::string name) {
  return [name](const HttpRequest& request, const Caller& caller, const RouteArgs& args) -> asio::awaitable<HttpResponse> {
    HttpResponse response;
    response.body = name + " " + request.method + " " + std::string(name_of(caller.role));
    for (const auto& [key, value] : args) response.body += " " + key + "=" + value;
    co_return response;
  };
}

Caller by_header(const HttpRequest& request) {
  Caller caller;
  caller.role = role_named(request.header("authorization").value_or("nobody")).value_or(Role::nobody);
  return caller;
}

Router sample() {
  Router router(by_header);
  const auto staff = Roles::of({Role::staff, Role::manager});
  router.add({"GET", "/live", Roles::anyone(), echo("live")});
  router.add({"GET", "/api/v1/customers/{id}", staff, echo("read")});
  router.add({"PATCH", "/api/v1/customers/{id}", staff, echo("patch")});
  router.add({"POST", "/api/v1/customers/search", staff, echo("search")});
  router.add({"POST", "/api/v1/customers", staff, echo("create")});
  router.add({"GET", "/api/v1/{what}/{id}/provenance", Roles::of({Role::manager}), echo("why")});
  return router;
}

HttpResponse ask(const Router& router, std::string method, std::string path, std::string role = "staff") {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  if (!role.empty()) request.headers.emplace_back("authorization", role);
  asio::io_context io;
  auto answer = asio::co_spawn(io, router.handle(request), asio::use_future);
  io.run();
  return answer.get();
}

std::string logged;
struct Caught {
  Caught() {
    logged.clear();
    log::set_sink([](std::string_view line) { logged.append(line).append("\n"); });
  }
  ~Caught() { log::set_sink(nullptr); }
};

TEST(Router, CallsTheRouteWithItsDecodedArguments) {
  EXPECT_EQ(ask(sample(), "GET", "/api/v1/customers/a b").body, "read GET staff id=a b");
  EXPECT_EQ(ask(sample(), "PATCH", "/api/v1/customers/7").body, "patch PATCH staff id=7");
  EXPECT_EQ(ask(sample(), "GET", "/api/v1/orders/7/provenance", "manager").body, "why GET manager id=7 what=orders");
}

TEST(Router, AVetoReplacesPromisesAndLeavesRefusalsAlone) {
  Router router = sample();
  bool has_fault = false;
  router.set_veto([&]() -> std::optional<HttpResponse> {
    if (!has_fault) return std::nullopt;
    HttpResponse response;
    response.status = 500;
    return response;
  });
  EXPECT_EQ(ask(router, "GET", "/live").status, 200);
  has_fault = true;
  EXPECT_EQ(ask(router, "GET", "/live").status, 500);
  EXPECT_EQ(ask(router, "PATCH", "/api/v1/customers/7").status, 500);
  EXPECT_EQ(ask(router, "PATCH", "/api/v1/customers/7", "kiosk").status, 403);
}

TEST(Router, PrefersTheLiteralSegment) {
  EXPECT_EQ(ask(sample(), "POST", "/api/v1/customers/search").body, "search POST staff");
  EXPECT_EQ(ask(sample(), "GET", "/api/v1/customers/search").status, 405);
}

TEST(Router, MatchesWholePathsOnly) {
  for (const char* path : {"/", "/live/", "/liv", "//live", "/live/x", "/api/v1/customers/", "/api/v1/customers/7/8", "/LIVE"})
    EXPECT_EQ(ask(sample(), "GET", path).status, 404) << path;
}

TEST(Router, AnswersHeadByTheGetRoute) {
  const auto response = ask(sample(), "HEAD", "/live", "");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "live HEAD nobody");
}

TEST(Router, NamesTheMethodsOfAPath) {
  const auto options = ask(sample(), "OPTIONS", "/api/v1/customers/7");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(header(options, "Allow"), "GET, HEAD, PATCH, OPTIONS");
  const auto refused = ask(sample(), "DELETE", "/api/v1/customers/7");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(header(refused, "Allow"), "GET, HEAD, PATCH, OPTIONS");
}

TEST(Router, AsksWhoIsThereBeforeItSaysAnything) {
  for (const char* method : {"GET", "POST", "DELETE", "OPTIONS", "HEAD"})
    for (const char* path : {"/api/v1/customers/7", "/api/v1/customers", "/api/v1/no/such", "/api/v2", "/api"}) {
      const auto response = ask(sample(), method, path, "");
      EXPECT_EQ(response.status, 401) << method << " " << path;
      EXPECT_EQ(header(response, "WWW-Authenticate"), "Bearer");
      EXPECT_EQ(header(response, "Allow"), "") << "the table is not disclosed";
    }
}

TEST(Router, DistinguishesUnknownPathsOnlyForKnownCallers) {
  EXPECT_EQ(ask(sample(), "GET", "/api/v1/no/such", "staff").status, 404);
  EXPECT_EQ(ask(sample(), "GET", "/no/such", "").status, 404);
}

TEST(Router, RefusesARoleThatIsNotListed) {
  EXPECT_EQ(ask(sample(), "GET", "/api/v1/customers/7", "kiosk").status, 403);
  EXPECT_EQ(ask(sample(), "GET", "/api/v1/customers/7", "administrator").status, 403) << "no role implies another";
}

TEST(Router, OpensOnlyWhatSaysSo) {
  EXPECT_EQ(ask(sample(), "GET", "/live", "").status, 200);
  EXPECT_EQ(ask(sample(), "POST", "/live", "").status, 405) << "an open path hides nothing";
}

TEST(Router, TurnsAnExceptionIntoAProblemWithoutItsText) {
  Caught caught;
  Router router(by_header);
  router.add({"GET", "/boom", Roles::anyone(),
              [](const HttpRequest&, const Caller&, const RouteArgs&) -> asio::awaitable<HttpResponse> {
                throw std::runtime_error("Zq7CANARY");
                co_return HttpResponse{};
              }});
  const auto response = ask(router, "GET", "/boom", "");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("Zq7CANARY"), std::string::npos);
  EXPECT_EQ(logged.find("Zq7CANARY"), std::string::npos);
  EXPECT_NE(logged.find("std::runtime_error"), std::string::npos) << logged;
}

TEST(Router, TreatsTheCallerAsUnknownWhenTheAuthenticatorFails) {
  Caught caught;
  Router router([](const HttpRequest&) -> Caller { throw std::runtime_error("x"); });
  router.add({"GET", "/api/x", Roles::of({Role::staff}), echo("x")});
  EXPECT_EQ(ask(router, "GET", "/api/x").status, 401);
}

TEST(Router, GivesAHandlersOwn405ItsAllowHeader) {
  Router router(by_header);
  router.add({"POST", "/api/x", Roles::of({Role::staff}),
              [](const HttpRequest&, const Caller&, const RouteArgs&) -> asio::awaitable<HttpResponse> {
                HttpResponse response;
                response.status = 405;
                co_return response;
              }});
  EXPECT_EQ(header(ask(router, "POST", "/api/x"), "Allow"), "POST, OPTIONS");
}

TEST(RouterDeath, RefusesATableThatMakesNoSense) {
  auto router = sample();
  EXPECT_DEATH(router.add({"GET", "/live", Roles::anyone(), echo("again")}), "CHECK");
  EXPECT_DEATH(router.add({"GET", "/api/v1/customers/{other}", Roles::anyone(), echo("same shape")}), "CHECK");
  EXPECT_DEATH(router.add({"GET", "/nobody", Roles{}, echo("no rule")}), "CHECK");
}

TEST(Roles, HaveNamesThatReadBack) {
  for (const auto role : {Role::nobody, Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service})
    EXPECT_EQ(role_named(name_of(role)), role);
  EXPECT_EQ(role_named("root"), std::nullopt);
}

}  // namespace
}  // namespace tillgate
