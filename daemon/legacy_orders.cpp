// Orders by the routes of the platform before us.
#include <algorithm>
#include <boost/asio/awaitable.hpp>

#include "daemon/api_common.hpp"
#include "daemon/legacy_answers.hpp"
#include "daemon/legacy_api.hpp"
#include "daemon/legacy_request.hpp"
#include "service/problem.hpp"

namespace tillgate::legacy {

using asio::awaitable;

namespace {

const Roles kMovers = Roles::of({Role::staff, Role::manager, Role::administrator});
constexpr std::string_view kReason = "as a legacy client asked";  // they give none, and an order does not end without

HttpResponse order_answer(const Caller& caller, const Order& order) {
  JsonWriter json;
  json.begin_object().key("order");
  write_order(json, order, caller.role);
  json.end_object();
  return json_response(200, json);
}

HttpResponse no_such_order() {
  return problem(404, "not_found", "There is no such customer order.");
}

bool is_no_way(const FieldFault& fault) {
  return fault.field == "status" && (fault.code == "not_possible" || fault.code == "final");
}

HttpResponse answer_of(const Caller& caller, const CommandOutcome& outcome) {
  if (std::holds_alternative<KeyReused>(outcome)) return key_reused();
  if (const auto* refusal = std::get_if<OrderRefused>(&outcome)) {
    const auto no_way = std::find_if(refusal->faults.begin(), refusal->faults.end(), is_no_way);
    return no_way == refusal->faults.end() ? problem(refusal->faults) : problem(409, no_way->code, no_way->sentence);
  }
  return order_answer(caller, std::get<OrderCommitted>(outcome).order);
}

awaitable<HttpResponse> place(Gateway& gateway, const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
  if (auto foreign = foreign_kiosk(gateway, args)) co_return std::move(*foreign);
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  auto key = key_of(request, caller, "POST /legacy/orders");
  if (!key) co_return bad_request(key.error());
  const auto body = parse_object(request.body);
  auto order = body ? order_from(*body) : std::nullopt;
  if (!order) co_return missing("order");
  if (order->faults.empty()) order->faults = normalise(order->patch, WriteKind::create);
  if (!order->faults.empty()) co_return problem(order->faults);
  CreateOrder command;
  command.actor = actor_of(caller);
  command.key = std::move(*key);
  command.patch = std::move(order->patch);
  command.correlation_id = request.correlation_id;
  Command any = std::move(command);
  auto outcome = co_await run(gateway.store, any);
  if (!outcome) co_return command_problem(outcome.error());
  co_return answer_of(caller, *outcome);
}

// The order, where it is that customer's: under whichever of their records it was placed.
awaitable<Result<bool>> belongs(Gateway& gateway, OrderId order, CustomerId customer) {
  GetOrder order_query;
  order_query.id = order;
  auto found = co_await ask(gateway.store, order_query);
  if (!found) co_return fail(found.error());
  const auto owner = *found ? (*found)->order.customer() : std::nullopt;
  if (!owner) co_return false;
  if (*owner == customer) co_return true;
  GetCustomer who;
  who.id = customer;
  auto person = co_await ask(gateway.store, who);
  if (!person) co_return fail(person.error());
  if (!*person) co_return false;
  const auto& records = (*person)->records;
  co_return std::find(records.begin(), records.end(), *owner) != records.end();
}

awaitable<HttpResponse> write(Gateway& gateway, const HttpRequest& request, const Caller& caller, OrderId id, OrderPatch patch,
                              std::string_view route) {
  auto key = key_of(request, caller, route);
  if (!key) co_return bad_request(key.error());
  const auto faults = normalise(patch, WriteKind::update);
  if (!faults.empty()) co_return problem(faults);
  UpdateOrder command;
  command.actor = actor_of(caller);
  command.key = std::move(*key);
  command.id = id;
  command.patch = std::move(patch);
  command.correlation_id = request.correlation_id;
  Command any = std::move(command);
  auto outcome = co_await run(gateway.store, any);
  if (!outcome) co_return outcome.error().code == Errc::not_found ? no_such_order() : command_problem(outcome.error());
  co_return answer_of(caller, *outcome);
}

awaitable<HttpResponse> move(Gateway& gateway, const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
  if (auto foreign = foreign_kiosk(gateway, args)) co_return std::move(*foreign);
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto body = parse_object(request.body);
  const auto* said = body ? unwrapped(*body, "order", {"customer_id", "ticket_id", "order_status"}) : nullptr;
  if (said == nullptr) co_return missing("order_status");
  const auto status = order_status_named(text_of(*said, "order_status").value_or(""));
  if (!status) co_return problem(400, "bad_request", "order_status is not one of the states of an order.");
  const auto customer = CustomerId::from_text(text_of(*said, "customer_id").value_or(""));
  const auto ticket = OrderId::from_text(text_of(*said, "ticket_id").value_or(""));
  if (!customer || !ticket) co_return no_such_order();
  auto is_theirs = co_await belongs(gateway, *ticket, *customer);
  if (!is_theirs) co_return problem(is_theirs.error());
  if (!*is_theirs) co_return no_such_order();
  OrderPatch patch;
  patch.fields.emplace_back(OrderField::status, std::string(name_of(*status)));
  if (*status == OrderStatus::canceled || *status == OrderStatus::removed)
    patch.fields.emplace_back(OrderField::reason, text_of(*said, "reason").value_or(std::string(kReason)));
  co_return co_await write(gateway, request, caller, *ticket, std::move(patch), "PUT /legacy/orders/status");
}

// That it was printed, and nothing else.
awaitable<HttpResponse> mark_printed(Gateway& gateway, const HttpRequest& request, const Caller& caller,
                                     const RouteArgs& args) {
  if (auto foreign = foreign_kiosk(gateway, args)) co_return std::move(*foreign);
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto id = OrderId::from_text(args.at("id"));
  if (!id) co_return no_such_order();
  const auto body = parse_object(request.body);
  const auto* said = body ? unwrapped(*body, "order", {"printed_date", "printed_id"}) : nullptr;
  if (said == nullptr) co_return missing("order");
  OrderPatch patch;
  if (auto date = text_of(*said, "printed_date")) patch.fields.emplace_back(OrderField::printed_at, std::move(*date));
  if (auto print = text_of(*said, "printed_id")) patch.fields.emplace_back(OrderField::printed_id, std::move(*print));
  if (patch.is_empty()) co_return missing("order");
  co_return co_await write(gateway, request, caller, *id, std::move(patch), "PUT /legacy/orders");
}

}  // namespace

void add_order_routes(Router& router, Gateway& gateway) {
  const auto add = [&](const char* method, const char* path, Roles roles, auto handle) {
    router.add({method, std::string("/api/v1/{catalog_id}/") + path, roles,
                [&gateway, handle](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                  return handle(gateway, request, caller, args);
                },
                in_its_form});
  };
  add("POST", "orders", kEverybodyKnown, place);
  add("PUT", "orders/status", kMovers, move);
  add("PUT", "orders/{id}", kEverybodyKnown, mark_printed);
  const auto not_here = [](const char* sentence) {
    return
        [sentence](Gateway& its_gateway, const HttpRequest&, const Caller&, const RouteArgs& args) -> awaitable<HttpResponse> {
          auto foreign = foreign_kiosk(its_gateway, args);
          co_return foreign ? std::move(*foreign) : unsupported(sentence);
        };
  };
  for (const char* path : {"orders/preview_order", "orders/preview"})
    add("POST", path, kEverybodyKnown,
        not_here("Prices and taxes are the POS system's; there is none here that previews them."));
  add("GET", "orders/discount", kEverybodyKnown,
      not_here("Discounts are the POS system's; there is none here that knows them."));
}

}  // namespace tillgate::legacy
