// The review queue over HTTP: who may be here twice, and "these are two". That two are one is said by a merge (daemon/person_api).
#include <charconv>

#include "daemon/customer_answers.hpp"
#include "daemon/look_alikes.hpp"
#include "daemon/write_frame.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

// Staff see the queue and propose; that two are one, or two, is said by those who may also merge.
const Roles kReaders = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});
const Roles kDeciders = Roles::of({Role::manager, Role::administrator, Role::service});

Result<ListLookAlikes> list_query(const HttpRequest& request) {
  ListLookAlikes query;
  for (const auto& [name, value] : request.query) {
    if (name == "cursor") {
      query.cursor = value;
    } else if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), query.limit);
      if (error != std::errc{} || end != value.data() + value.size())
        return fail(Errc::invalid, "limit must be a number from 1 to 50.");
    } else {
      return fail(Errc::invalid, "Unknown query parameter. Known: cursor, limit.");
    }
  }
  return query;
}

awaitable<HttpResponse> list_look_alikes(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  auto query = list_query(request);
  if (!query) co_return bad_request(query.error());
  auto page = co_await ask(gateway.store, *query);
  if (!page) co_return bad_request(page.error());
  JsonWriter json;
  json.begin_object().key("duplicates").begin_array();
  for (const auto& pair : page->pairs) {
    json.begin_object().key("records").begin_array().text(pair.records.a.text()).text(pair.records.b.text()).end_array();
    json.key("customers").begin_array();
    for (const auto* stored : {&pair.one, &pair.other}) {
      json.begin_object();
      write_listed(json, gateway, caller, *stored);
      json.end_object();
    }
    json.end_array().key("match").begin_object();
    write_judgement(json, pair.judgement);
    json.end_object().end_object();
  }
  json.end_array().key("next_cursor");
  page->next_cursor.empty() ? json.null() : json.text(page->next_cursor);
  write_freshness(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

std::optional<CustomerId> take_id(JsonReader& reader, const char* name) {
  const auto* text = reader.take<std::string>(name);
  return text ? CustomerId::from_text(*text) : std::nullopt;
}

awaitable<HttpResponse> keep_apart(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  auto frame = write_frame(gateway, request, caller, {"POST /duplicates/apart"});
  if (!frame) co_return std::move(frame.error());
  JsonReader reader(frame->body);
  const auto one = take_id(reader, "one"), other = take_id(reader, "other");
  if (!one || !other || *one == *other || reader.has_more())
    co_return problem(422, "invalid", "Name two customers: {\"one\": \"<id>\", \"other\": \"<id>\"}.");
  auto apart = frame->command<KeepApart>();
  apart.one = *one;
  apart.other = *other;
  Command command = std::move(apart);
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return customer_problem(outcome.error());
  if (std::holds_alternative<KeyReused>(*outcome)) co_return key_reused();
  JsonWriter json;
  json.begin_object().key("apart").begin_array().text(one->text()).text(other->text()).end_array();
  write_sync(json, gateway);
  json.end_object();
  auto response = json_response(200, json);
  if (std::get<KeptApart>(*outcome).is_replay) response.headers.emplace_back("Idempotent-Replayed", "true");
  co_return response;
}

}  // namespace

void add_look_alike_api(Router& router, Gateway& gateway) {
  router.add(
      {"GET", "/api/v1/duplicates", kReaders, [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
         return list_look_alikes(gateway, request, caller);
       }});
  router.add({"POST", "/api/v1/duplicates/apart", kDeciders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                return keep_apart(gateway, request, caller);
              }});
}

}  // namespace tillgate
