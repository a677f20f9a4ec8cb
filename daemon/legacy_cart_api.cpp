// Carts by the routes of the platform before us. What is asked by telephone number stands in the query there; it is never logged.
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "daemon/api_common.hpp"
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

HttpResponse add_items(Carts& carts, const HttpRequest& request, bool may_begin) {
  const auto body = cart_body(request);
  if (!body || !body->phone) return no_phone();
  std::vector<FieldFault> faults;
  const auto items = items_from(body->object, faults);
  if (!faults.empty()) return problem(faults);
  const auto now = mono_now();
  if (!may_begin && !carts.find(now, *body->phone)) return no_cart();
  const auto cart = carts.add(now, *body->phone, items);
  if (!cart) return cart.error().code == Errc::invalid ? fault("items", cart.error().what) : problem(cart.error());
  return cart_answer(*body->phone, **cart);
}

HttpResponse update_item(Carts& carts, const HttpRequest& request) {
  const auto body = cart_body(request);
  if (!body || !body->phone) return no_phone();
  const auto product = text_of(body->object, "product_id"), value = text_of(body->object, "product_value_id");
  const auto key = product ? LineKey::from_text(value ? *product + "/" + *value : *product) : std::nullopt;
  if (!key) return fault("product_id", "can't be blank");
  const auto quantity = quantity_of(body->object);
  if (!quantity) return fault("quantity", "must be a number from 0 to " + std::to_string(kQuantityMax));
  const auto* cart = carts.update(mono_now(), *body->phone, *key, *quantity);
  return cart ? cart_answer(*body->phone, *cart) : no_cart();
}

HttpResponse show(Carts& carts, const HttpRequest& request) {
  const auto phone = phone_in(request);
  if (!phone) return no_phone();
  const auto* cart = carts.find(mono_now(), *phone);
  return cart ? cart_answer(*phone, *cart) : no_cart();
}

HttpResponse exists(Carts& carts, const HttpRequest& request) {
  const auto phone = phone_in(request);
  if (!phone) return no_phone();
  JsonWriter json;
  json.begin_object().key("exists").boolean(carts.find(mono_now(), *phone) != nullptr).end_object();
  return json_response(200, json);
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
  const auto carts = std::make_shared<Carts>();
  const auto add = [&](const char* method, const char* path, auto handle) {
    router.add({method, std::string("/api/v1/{catalog_id}/carts") + path, kEverybodyKnown,
                [&gateway, carts, handle](const HttpRequest& request, const Caller&,
                                          const RouteArgs& args) -> awaitable<HttpResponse> {
                  auto foreign = foreign_kiosk(gateway, args);
                  co_return foreign ? std::move(*foreign) : handle(*carts, request);
                },
                in_its_form});
  };
  add("GET", "", show);
  add("GET", "/exists", exists);
  add("POST", "/create_or_merge", [](Carts& all, const HttpRequest& request) { return add_items(all, request, true); });
  add("POST", "/add_items", [](Carts& all, const HttpRequest& request) { return add_items(all, request, false); });
  add("POST", "/update_item", update_item);
  router.add({"POST", "/api/v1/{catalog_id}/carts/validate", kEverybodyKnown,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) -> awaitable<HttpResponse> {
                if (auto foreign = foreign_kiosk(gateway, args)) co_return std::move(*foreign);
                co_return co_await validate(gateway, request, caller);
              },
              in_its_form});
}

}  // namespace tillgate::legacy
