// Customers by the routes of the platform before us: create, look up, and the search with an API key.
#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "daemon/api_common.hpp"
#include "daemon/customer_answers.hpp"
#include "daemon/identify_pace.hpp"
#include "daemon/legacy_answers.hpp"
#include "daemon/legacy_api.hpp"
#include "daemon/legacy_request.hpp"
#include "daemon/search_request.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate::legacy {

using asio::awaitable;

namespace {

const Roles kUsers = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});
constexpr std::size_t kWholeNumberDigits = 10;

std::optional<HttpResponse> refused_without_pos(const Gateway& gateway) {
  if (gateway.config.legacy.accepts_without_pos) return std::nullopt;
  return unsupported("This store has no POS that could do this.");
}

HttpResponse customers_answer(JsonWriter& json) {
  json.end_array().end_object();
  return json_response(200, json);
}

awaitable<HttpResponse> create(Gateway& gateway, const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
  if (auto foreign = foreign_kiosk(gateway, args)) co_return std::move(*foreign);
  if (auto refusal = refused_without_pos(gateway)) co_return std::move(*refusal);
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  auto key = key_of(request, caller, "POST /legacy/customers");
  if (!key) co_return bad_request(key.error());
  const auto body = parse_object(request.body);
  auto patch = body ? customer_from(*body) : std::nullopt;
  if (!patch) co_return missing("customer");
  const auto faults = normalise(*patch, WriteKind::create);
  if (!faults.empty()) co_return problem(faults);

  CreateCustomer command;
  command.actor = actor_of(caller);
  command.key = std::move(*key);
  command.patch = std::move(*patch);
  command.correlation_id = request.correlation_id;
  Command any = std::move(command);
  auto outcome = co_await run(gateway.store, any);
  if (!outcome) co_return customer_problem(outcome.error());
  if (std::holds_alternative<KeyReused>(*outcome)) co_return key_reused();
  const auto& committed = std::get<Committed>(*outcome);
  JsonWriter json;
  json.begin_object().key("customer");
  write_customer(json, gateway, caller.role, committed.customer, committed.records, committed.recorded_at);
  json.end_object();
  co_return json_response(201, json);
}

// A kiosk stands where anybody can type: it is shown those who are exactly whom it asked for, never those who are like them.
bool may_be_shown(const SearchMatch& match, const SearchText& asked, Role role) {
  if (role != Role::kiosk) return true;
  const auto digits = std::count_if(asked.phone.begin(), asked.phone.end(), [](char c) { return c >= '0' && c <= '9'; });
  return std::all_of(match.why.begin(), match.why.end(), [&](const SearchReason& reason) {
    const bool is_whole_number = reason.how == SearchHow::ends_with && static_cast<std::size_t>(digits) >= kWholeNumberDigits;
    return reason.how == SearchHow::equals || is_whole_number;
  });
}

// Nor are they listed: by a first name or a birthday alone one could go through all of them.
bool says_who(const SearchText& asked, Role role) {
  if (role != Role::kiosk) return true;
  const bool has_contact = !asked.phone.empty() || !asked.email.empty() || !asked.licence.empty();
  return has_contact || (!asked.first_name.empty() && !asked.last_name.empty());
}

awaitable<HttpResponse> look_up(Gateway& gateway, IdentifyPace& pace, const HttpRequest& request, const Caller& caller,
                                const RouteArgs& args) {
  if (auto foreign = foreign_kiosk(gateway, args)) co_return std::move(*foreign);
  if (auto refusal = refused_without_pos(gateway)) co_return std::move(*refusal);
  const auto asked = filters_from(request);
  auto understood = understand(asked);
  if (!understood.faults.empty()) co_return problem(understood.faults);
  if (auto refusal = pace.refusal(caller, mono_now())) co_return std::move(*refusal);
  auto found = co_await find_customers(gateway.store, std::move(understood.query), kSearchLimitMax);
  if (!found) co_return problem(found.error());
  JsonWriter json;
  json.begin_object().key("customers").begin_array();
  for (const auto& hit : found->hits) {
    if (!says_who(asked, caller.role) || !may_be_shown(hit.match, asked, caller.role)) continue;
    const auto& stored = hit.stored;
    write_customer(json, gateway, caller.role, stored.customer, stored.records, stored.updated_at);
  }
  co_return customers_answer(json);
}

// Out of the query, or of a JSON body, as those clients send it either way.
std::string parameter(const HttpRequest& request, std::string_view name) {
  if (const auto value = request.query_value(name)) return std::string(*value);
  if (request.method != "POST") return {};
  const auto body = parse_object(request.body);
  return body ? text_of(*body, name).value_or("") : std::string();
}

// What was the POS account's key was believed and passed on. Here it opens nothing but this route, and goes nowhere.
bool has_api_key(const Gateway& gateway, const HttpRequest& request) {
  const auto wanted = Digest::from_text(gateway.config.legacy.api_key_hash);
  const auto given = parameter(request, "api_key");
  return wanted && !given.empty() && hash_of(given) == *wanted;
}

awaitable<HttpResponse> search(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  if (!has_api_key(gateway, request)) co_return problem(Error{Errc::not_found, {}, {}});
  JsonWriter json;
  json.begin_object().key("customers").begin_array();
  GetCustomer query;
  const auto id = CustomerId::from_text(parameter(request, "customer_id"));
  if (!id) co_return customers_answer(json);
  query.id = *id;
  auto found = co_await ask(gateway.store, query);
  if (!found) co_return problem(found.error());
  if (*found) {
    const StoredCustomer& stored = **found;
    write_customer(json, gateway, caller.role, stored.customer, stored.records, stored.updated_at);
  }
  co_return customers_answer(json);
}

}  // namespace

void add_customer_routes(Router& router, Gateway& gateway) {
  const auto pace = std::make_shared<IdentifyPace>();
  router.add({"POST", "/api/v1/{catalog_id}/customers", kEverybodyKnown,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return create(gateway, request, caller, args);
              },
              in_its_form});
  router.add({"GET", "/api/v1/{catalog_id}/customers", kEverybodyKnown,
              [&gateway, pace](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return look_up(gateway, *pace, request, caller, args);
              },
              in_its_form});
  for (const char* method : {"GET", "POST"})
    router.add({method, "/customers/search", kUsers,
                [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                  return search(gateway, request, caller);
                },
                in_its_form});
}

}  // namespace tillgate::legacy
