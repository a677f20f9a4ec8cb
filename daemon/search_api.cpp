#include "daemon/search_api.hpp"

#include "daemon/api_common.hpp"
#include "daemon/customer_answers.hpp"
#include "daemon/search_request.hpp"
#include "daemon/terminal_request.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

// As for lists: whoever may look for one customer may look for all, one after the other.
const Roles kSearchers = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});

void write_match(JsonWriter& json, const SearchMatch& match) {
  json.key("match").begin_object().key("score").number(match.score).key("why").begin_array();
  for (const auto& reason : match.why)
    json.begin_object().key("field").text(reason.field).key("how").text(name_of(reason.how)).end_object();
  json.end_array().end_object();
}

awaitable<HttpResponse> search_customers(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  if (!has_json_body(request, false))
    co_return problem(415, "unsupported_media_type", "Send what to look for as application/json.");
  auto body = parse_object(request.body);
  if (!body) co_return bad_request(body.error());
  auto parsed = search_from(*body);
  if (!parsed.faults.empty()) co_return problem(parsed.faults);
  auto found = co_await find_customers(gateway.store, std::move(parsed.query), parsed.limit);
  if (!found) co_return problem(found.error());
  JsonWriter json;
  json.begin_object().key("customers").begin_array();
  for (const auto& hit : found->hits) {
    json.begin_object();
    write_listed(json, gateway, caller, hit.stored);
    write_match(json, hit.match);
    json.end_object();
  }
  json.end_array().key("more").boolean(found->has_more).key("not_looked_at").number(found->unread);
  write_freshness(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

}  // namespace

void add_search_api(Router& router, Gateway& gateway) {
  router.add({"POST", "/api/v1/customers/search", kSearchers,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                return search_customers(gateway, request, caller);
              }});
}

}  // namespace tillgate
