// Carts by the routes of the platform before us. What is asked by telephone number stands in the query there; it is never logged.
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "daemon/api_common.hpp"
#include "daemon/identify_pace.hpp"
#include "daemon/legacy_answers.hpp"
#include "daemon/legacy_api.hpp"
#include "daemon/legacy_carts.hpp"
#include "daemon/legacy_request.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate::legacy {

using asio::awaitable;

namespace {

HttpResponse cart_answer(const std::string& phone, const Cart& cart) {
  JsonWriter json;
  json.begin_object().key("cart").begin_object().key("phone_number").text(phone).key("is_active").boolean(true);
  json.key("items").begin_array();
  for (const auto& [key, quantity] : cart.items) {
    json.begin_object().key("product_id").text(key.product_id).key("product_value_id");
    key.product_value_id.empty() ? json.null() : json.text(key.product_value_id);
    json.key("quantity").number(quantity).end_object();
  }
  json.end_array().end_object().end_object();
  return json_response(200, json);
}

HttpResponse no_cart() {
  return problem(404, "not_found", "There is no active cart for this number.");
}
HttpResponse fault(std::string field, std::string sentence) {
  return problem(std::vector<FieldFault>{{std::move(field), "invalid", std::move(sentence)}});
}
HttpResponse no_phone() {
  return fault("phone_number", "can't be blank");
}

std::optional<std::string> phone_in(const HttpRequest& request) {
  const auto given = request.query_value("phone_number");
  return given ? phone_digits(*given) : std::nullopt;
}

// What a body says of a cart: whose, and what.
struct CartBody {
  Json::Object object;
  std::optional<std::string> phone;
};
std::optional<CartBody> cart_body(const HttpRequest& request) {
  auto body = parse_object(request.body);
  if (!body) return std::nullopt;
  const auto* cart = unwrapped(*body, "cart", {"phone_number"});
  if (cart == nullptr) return std::nullopt;
  const auto phone = text_of(*cart, "phone_number");
  return CartBody{*cart, phone ? phone_digits(*phone) : std::nullopt};
}

// The carts, and how often a caller may name numbers that have none: who goes through them learns slowly who is here.
struct Desk {
  Carts carts;
  IdentifyPace misses;
};

// Asked for a number without a cart; whether more of these may follow was asked before.
HttpResponse miss(Desk& desk, const Caller& caller, Time now, HttpResponse answer) {
  (void)desk.misses.refusal(caller, now);
  return answer;
}

HttpResponse add_items(Desk& desk, const HttpRequest& request, const Caller& caller, bool may_begin) {
  Carts& carts = desk.carts;
  const auto body = cart_body(request);
  if (!body || !body->phone) return no_phone();
  std::vector<FieldFault> faults;
  const auto items = items_from(body->object, faults);
  if (!faults.empty()) return problem(faults);
  const auto now = mono_now();
  const bool is_there = carts.find(now, *body->phone) != nullptr;
  if (!is_there && !may_begin) return miss(desk, caller, now, no_cart());
  if (!is_there) (void)desk.misses.refusal(caller, now);  // it begins one: of a number that had none
  const auto cart = carts.add(now, *body->phone, items, caller.credential);
  if (!cart) return cart.error().code == Errc::invalid ? fault("items", cart.error().what) : problem(cart.error());
  return cart_answer(*body->phone, **cart);
}

HttpResponse update_item(Desk& desk, const HttpRequest& request, const Caller& caller) {
  const auto body = cart_body(request);
  if (!body || !body->phone) return no_phone();
  const auto product = text_of(body->object, "product_id"), value = text_of(body->object, "product_value_id");
  const auto key = product ? LineKey::from_text(value ? *product + "/" + *value : *product) : std::nullopt;
  if (!key) return fault("product_id", "can't be blank");
  const auto quantity = quantity_of(body->object);
  if (!quantity) return fault("quantity", "must be a number from 0 to " + std::to_string(kQuantityMax));
  const auto now = mono_now();
  if (!desk.carts.find(now, *body->phone)) return miss(desk, caller, now, no_cart());
  const auto* cart = desk.carts.update(now, *body->phone, *key, *quantity);
  return cart ? cart_answer(*body->phone, *cart) : no_cart();
}

HttpResponse show(Desk& desk, const HttpRequest& request, const Caller& caller) {
  const auto phone = phone_in(request);
  if (!phone) return no_phone();
  const auto now = mono_now();
  const auto* cart = desk.carts.find(now, *phone);
  return cart ? cart_answer(*phone, *cart) : miss(desk, caller, now, no_cart());
}

HttpResponse exists(Desk& desk, const HttpRequest& request, const Caller& caller) {
  const auto phone = phone_in(request);
  if (!phone) return no_phone();
  const auto now = mono_now();
  const bool is_there = desk.carts.find(now, *phone) != nullptr;
  JsonWriter json;
  json.begin_object().key("exists").boolean(is_there).end_object();
  auto answer = json_response(200, json);
  return is_there ? answer : miss(desk, caller, now, std::move(answer));
}

// Always 200; whether it could be ordered stands in the body.
HttpResponse verdict(const std::vector<FieldFault>& faults) {
  JsonWriter json;
  if (faults.empty()) {
    json.begin_object().key("success").boolean(true).end_object();
    return json_response(200, json);
  }
  json.begin_object().key("success").boolean(false).key("message").text(faults.front().sentence);
  const auto formed = in_its_form(problem(faults));  // {"errors": {..}}
  json.key("errors").raw(std::string_view(formed.body).substr(10, formed.body.size() - 11)).end_object();
  return json_response(200, json);
}

awaitable<HttpResponse> validate(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  auto body = parse_object(request.body);
  const auto* said = body ? unwrapped(*body, "cart", {"customer_id", "items", "order"}) : nullptr;
  if (said == nullptr) {
    const std::vector<FieldFault> faults{{"items", "required", "can't be blank"}};
    co_return verdict(faults);
  }
  auto order = order_from(*said);
  if (!order) order.emplace();
  if (order->faults.empty()) order->faults = normalise(order->patch, WriteKind::create);
  if (!order->faults.empty()) co_return verdict(order->faults);
  TryOrder query;
  query.store = gateway.config.store.id;
  query.actor = actor_of(caller);
  query.patch = std::move(order->patch);
  query.rules = gateway.config.sales;
  query.at.now = utc_now();
  query.at.today = local_day(query.at.now);
  auto tried = co_await ask(gateway.store, query);
  if (!tried) co_return problem(tried.error());
  co_return verdict(tried->verdict.faults);
}

}  // namespace

void add_cart_routes(Router& router, Gateway& gateway) {
  const auto desk = std::make_shared<Desk>();
  const auto add = [&](const char* method, const char* path, auto handle) {
    router.add({method, std::string("/api/v1/{catalog_id}/carts") + path, kEverybodyKnown,
                [&gateway, desk, handle](const HttpRequest& request, const Caller& caller,
                                         const RouteArgs& args) -> awaitable<HttpResponse> {
                  if (auto foreign = foreign_kiosk(gateway, args)) co_return std::move(*foreign);
                  if (auto refusal = desk->misses.refusal_uncounted(caller, mono_now())) co_return std::move(*refusal);
                  co_return handle(*desk, request, caller);
                },
                in_its_form});
  };
  add("GET", "", show);
  add("GET", "/exists", exists);
  const auto adding = [](bool may_begin) {
    return [may_begin](Desk& its_desk, const HttpRequest& request, const Caller& caller) {
      return add_items(its_desk, request, caller, may_begin);
    };
  };
  add("POST", "/create_or_merge", adding(true));
  add("POST", "/add_items", adding(false));
  add("POST", "/update_item", update_item);
  router.add({"POST", "/api/v1/{catalog_id}/carts/validate", kEverybodyKnown,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) -> awaitable<HttpResponse> {
                if (auto foreign = foreign_kiosk(gateway, args)) co_return std::move(*foreign);
                co_return co_await validate(gateway, request, caller);
              },
              in_its_form});
}

}  // namespace tillgate::legacy
