#include "daemon/order_api.hpp"

#include <algorithm>

#include "core/order_status.hpp"
#include "daemon/order_json.hpp"
#include "daemon/terminal_request.hpp"
#include "daemon/write_frame.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

// Kiosks place orders; they read and move none.
const Roles kPlacers = Roles::of({Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service});
const Roles kReaders = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});
const Roles kMovers = Roles::of({Role::staff, Role::manager, Role::administrator});

// ---- answers

HttpResponse written(const Gateway& gateway, const Caller& caller, const OrderCommitted& committed, bool was_placed) {
  const bool is_resumed = was_placed && !committed.is_new;
  JsonWriter json;
  json.begin_object().key("order").begin_object();
  write_order(json, committed.order, caller.role);
  json.end_object();
  if (was_placed) json.key("resumed").boolean(is_resumed);
  write_sync(json, gateway);  // as at the moment of the commit: a repeated request gets the same answer word for word
  json.end_object();
  auto response = json_response(was_placed && !is_resumed ? 201 : 200, json);
  response.headers.emplace_back("ETag", etag_of(committed.etag));
  response.headers.emplace_back("Location", "/api/v1/orders/" + committed.order.id.text());
  if (committed.is_replay) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

HttpResponse problem_of(int status, JsonWriter& json) {
  auto response = json_response(status, json);
  response.content_type = "application/problem+json";
  return response;
}

JsonWriter& begin_problem(JsonWriter& json, int status, std::string_view code, std::string_view title) {
  json.begin_object().key("type").text("urn:tillgate:problem:" + std::string(code)).key("title").text(title);
  return json.key("status").number(status).key("code").text(code);
}

HttpResponse stale(const Caller& caller, const StaleOrder& stale_order, const Digest& seen) {
  JsonWriter json;
  begin_problem(json, 412, "stale",
                "Somebody else changed this order in the meantime. Look at it as it is now and decide again.");
  json.key("your_version").text(etag_of(seen)).key("current_version").text(etag_of(stale_order.etag));
  json.key("current").begin_object();
  write_order(json, stale_order.current, caller.role);
  json.end_object().end_object();
  auto response = problem_of(412, json);
  response.headers.emplace_back("ETag", etag_of(stale_order.etag));
  return response;
}

bool is_no_way(const FieldFault& fault) {
  return fault.field == "status" && (fault.code == "not_possible" || fault.code == "final");
}

// An order does not go that way: 409, whatever else is wrong; anything else is 422. Both say everything that is wrong.
HttpResponse refused(const Caller& caller, const OrderRefused& refusal) {
  const auto no_way = std::find_if(refusal.faults.begin(), refusal.faults.end(), is_no_way);
  const bool is_conflict = no_way != refusal.faults.end() && refusal.status;
  const int status = is_conflict ? 409 : 422;
  JsonWriter json;
  begin_problem(json, status, is_conflict ? std::string_view(no_way->code) : "invalid",
                is_conflict ? std::string_view(no_way->sentence) : "This order cannot be accepted as it is.");
  write_faults(json, refusal.faults);
  write_limits(json, refusal.limits);
  if (is_conflict) {
    json.key("current_status").text(name_of(*refusal.status)).key("allowed").begin_array();
    for (const auto next : moves_from(*refusal.status, standing_of(name_of(caller.role)))) json.text(name_of(next));
    json.end_array();
  }
  json.end_object();
  return problem_of(status, json);
}

HttpResponse answer_of(const Gateway& gateway, const Caller& caller, const CommandOutcome& outcome, bool was_placed,
                       const std::optional<Digest>& seen) {
  if (std::holds_alternative<KeyReused>(outcome)) return key_reused();
  if (const auto* refusal = std::get_if<OrderRefused>(&outcome)) return refused(caller, *refusal);
  if (const auto* stale_order = std::get_if<StaleOrder>(&outcome)) return stale(caller, *stale_order, seen.value_or(Digest{}));
  return written(gateway, caller, std::get<OrderCommitted>(outcome), was_placed);
}

HttpResponse no_such_order() {
  return problem(404, "not_found", "There is no order with this id.");
}

void write_stored(JsonWriter& json, const Gateway& gateway, const StoredOrder& stored, Role role) {
  json.begin_object();
  write_order(json, stored.order, role);
  write_times(json, stored.created_at, stored.updated_at);
  json.key("etag").text(etag_of(stored.etag));
  write_sync(json, gateway, stored.last_seq);
  json.end_object();
}

HttpResponse page(const Gateway& gateway, const Caller& caller, const OrderPage& orders) {
  JsonWriter json;
  json.begin_object().key("orders").begin_array();
  for (const auto& stored : orders.orders) write_stored(json, gateway, stored, caller.role);
  json.end_array().key("next_cursor");
  orders.next_cursor.empty() ? json.null() : json.text(orders.next_cursor);
  write_freshness(json, gateway);
  json.end_object();
  return json_response(200, json);
}

// ---- handlers

// Or all that is wrong with it.
struct ReadOrder {
  ParsedOrder order;
  std::optional<HttpResponse> answer;
};
ReadOrder read_order(const Json::Object& body, WriteKind kind) {
  ReadOrder read;
  read.order = order_from(body, kind);
  auto faults = normalise(read.order.patch, kind);
  faults.insert(faults.end(), read.order.faults.begin(), read.order.faults.end());
  if (!faults.empty()) read.answer = problem(faults);
  return read;
}

awaitable<HttpResponse> place_order(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  auto frame = write_frame(gateway, request, caller, {"POST /orders"});
  if (!frame) co_return std::move(frame.error());
  auto read = read_order(frame->body, WriteKind::create);
  if (read.answer) co_return std::move(*read.answer);

  auto create = frame->command<CreateOrder>();
  create.patch = std::move(read.order.patch);
  create.may_resume = read.order.may_resume;
  Command command = std::move(create);
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return command_problem(outcome.error());
  co_return answer_of(gateway, caller, *outcome, true, std::nullopt);
}

awaitable<HttpResponse> try_order(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  if (!has_json_body(request, false)) co_return problem(415, "unsupported_media_type", "Send the order as application/json.");
  auto body = parse_object(request.body);
  if (!body) co_return bad_request(body.error());
  auto read = read_order(*body, WriteKind::create);
  if (read.answer) co_return std::move(*read.answer);
  TryOrder query;
  query.store = gateway.config.store.id;
  query.actor = actor_of(caller);
  query.patch = std::move(read.order.patch);
  query.may_resume = read.order.may_resume;
  query.rules = gateway.config.sales;
  query.at.now = utc_now();
  query.at.today = local_day(query.at.now);
  auto tried = co_await ask(gateway.store, query);
  if (!tried) co_return problem(tried.error());
  JsonWriter json;
  json.begin_object().key("is_allowed").boolean(tried->verdict.faults.empty());
  json.key("status").text(name_of(tried->status)).key("resumes");
  tried->resumes ? json.text(tried->resumes->text()) : json.null();
  write_faults(json, tried->verdict.faults);
  write_limits(json, tried->verdict.limits);
  write_freshness(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

awaitable<HttpResponse> get_order(Gateway& gateway, const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
  GetOrder query;
  const auto id = OrderId::from_text(args.at("id"));
  if (!id) co_return no_such_order();
  query.id = *id;
  auto found = co_await ask(gateway.store, query);
  if (!found) co_return problem(found.error());
  if (!*found) co_return no_such_order();
  const StoredOrder& stored = **found;
  const std::string etag = etag_of(stored.etag);
  if (request.header("if-none-match") == etag) co_return not_modified(etag);
  JsonWriter json;
  json.begin_object().key("order").begin_object();
  write_order(json, stored.order, caller.role);
  write_times(json, stored.created_at, stored.updated_at);
  json.end_object();
  write_sync(json, gateway, stored.last_seq);
  json.end_object();
  auto response = json_response(200, json);
  response.headers.emplace_back("ETag", etag);
  co_return response;
}

awaitable<HttpResponse> patch_order(Gateway& gateway, const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
  const auto id = OrderId::from_text(args.at("id"));
  if (!id) co_return no_such_order();
  auto frame = write_frame(gateway, request, caller, {"PATCH /orders", BodyRule::merge_patch, IfMatchRule::required, "order"});
  if (!frame) co_return std::move(frame.error());
  auto read = read_order(frame->body, WriteKind::update);
  if (read.answer) co_return std::move(*read.answer);

  auto update = frame->command<UpdateOrder>();
  update.id = *id;
  update.patch = std::move(read.order.patch);
  Command command = std::move(update);
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return command_problem(outcome.error());
  co_return answer_of(gateway, caller, *outcome, false, frame->if_match);
}

awaitable<HttpResponse> list_orders(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  auto query = orders_query(request);
  if (!query) co_return bad_request(query.error());
  auto orders = co_await ask(gateway.store, *query);
  if (!orders) co_return bad_request(orders.error());
  co_return page(gateway, caller, *orders);
}

awaitable<HttpResponse> list_orders_of(Gateway& gateway, const HttpRequest& request, const Caller& caller,
                                       const RouteArgs& args) {
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return problem(404, "not_found", "There is no customer with this id.");
  auto query = orders_of_query(request);
  if (!query) co_return bad_request(query.error());
  GetCustomer who;
  who.id = *id;
  auto person = co_await ask(gateway.store, who);
  if (!person) co_return problem(person.error());
  // Under whichever of their records they were placed; one that is not here may have orders all the same.
  const bool has_several = *person && !(*person)->records.empty();
  query->person = has_several ? (*person)->records : std::vector<CustomerId>{*id};
  auto orders = co_await ask(gateway.store, *query);
  if (!orders) co_return bad_request(orders.error());
  co_return page(gateway, caller, *orders);
}

}  // namespace

void add_order_api(Router& router, Gateway& gateway) {
  router.add(
      {"POST", "/api/v1/orders", kPlacers, [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
         return place_order(gateway, request, caller);
       }});
  router.add({"POST", "/api/v1/orders/validate", kPlacers,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                return try_order(gateway, request, caller);
              }});
  router.add(
      {"GET", "/api/v1/orders", kReaders, [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
         return list_orders(gateway, request, caller);
       }});
  router.add({"GET", "/api/v1/orders/{id}", kReaders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return get_order(gateway, request, caller, args);
              }});
  router.add({"PATCH", "/api/v1/orders/{id}", kMovers,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return patch_order(gateway, request, caller, args);
              }});
  router.add({"GET", "/api/v1/customers/{id}/orders", kReaders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return list_orders_of(gateway, request, caller, args);
              }});
}

}  // namespace tillgate
