#include "daemon/search_index_api.hpp"

#include <boost/asio/awaitable.hpp>

#include "daemon/api_common.hpp"
#include "service/log.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kWatchers = Roles::of({Role::administrator, Role::service});

HttpResponse answer(const Gateway& gateway, int status) {
  const auto figures = gateway.store.counters();
  JsonWriter json;
  json.begin_object().key("changes_behind").number(figures.search_behind);
  json.key("is_halted").boolean(figures.is_search_halted).end_object();
  return json_response(status, json);
}

awaitable<HttpResponse> make_anew(Gateway& gateway) {
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  Command command = RebuildSearch{};
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return problem(outcome.error());
  log::info("search", "the index is made anew");
  co_return answer(gateway, 202);
}

}  // namespace

void add_search_index_api(Router& router, Gateway& gateway) {
  router.add({"GET", "/api/v1/search-index", kWatchers,
              [&gateway](const HttpRequest&, const Caller&, const RouteArgs&) -> awaitable<HttpResponse> { co_return answer(gateway, 200); }});
  router.add({"POST", "/api/v1/search-index", kWatchers,
              [&gateway](const HttpRequest&, const Caller&, const RouteArgs&) { return make_anew(gateway); }});
}

}  // namespace tillgate
