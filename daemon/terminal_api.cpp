#include "daemon/terminal_api.hpp"

#include "daemon/customer_answers.hpp"
#include "daemon/customer_json.hpp"
#include "daemon/look_alikes.hpp"
#include "daemon/terminal_request.hpp"
#include "daemon/write_frame.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kReaders = Roles::of({Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service});
const Roles kListers = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});
const Roles kCreators = kReaders;
const Roles kEditors = kListers;

// ---- handlers

awaitable<HttpResponse> create_customer(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  auto frame = write_frame(gateway, request, caller, {"POST /customers"});
  if (!frame) co_return std::move(frame.error());
  auto parsed = patch_from(frame->body);
  auto faults = normalise(parsed.patch, WriteKind::create);
  faults.insert(faults.end(), parsed.faults.begin(), parsed.faults.end());
  if (!faults.empty()) co_return problem(faults);

  auto create = frame->command<CreateCustomer>();
  create.patch = std::move(parsed.patch);
  if (is_asked_about_duplicates(request, caller)) {
    auto conflict = co_await possible_duplicate(gateway, caller, create);
    if (conflict) co_return std::move(*conflict);
  }
  Command command = std::move(create);
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return customer_problem(outcome.error());
  if (std::holds_alternative<KeyReused>(*outcome)) co_return key_reused();
  co_return customer_written(gateway, caller, std::get<Committed>(*outcome), 201);
}

awaitable<HttpResponse> get_customer(Gateway& gateway, const HttpRequest& request, const Caller& caller,
                                     const RouteArgs& args) {
  GetCustomer query;
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  query.id = *id;
  auto found = co_await ask(gateway.store, query);
  if (!found) co_return problem(found.error());
  if (!*found) co_return co_await missing_customer(gateway, *id);
  const StoredCustomer& stored = **found;
  const std::string etag = etag_of(stored.etag);
  if (request.header("if-none-match") == etag) co_return not_modified(etag);
  JsonWriter json;
  json.begin_object().key("customer").begin_object();
  write_customer(json, stored.customer, stored.records, caller.role, gateway.store.sealer());
  write_times(json, stored.created_at, stored.updated_at);
  json.end_object();
  write_sync(json, gateway, stored.last_seq);
  json.end_object();
  auto response = json_response(200, json);
  response.headers.emplace_back("ETag", etag);
  co_return response;
}

awaitable<HttpResponse> patch_customer(Gateway& gateway, const HttpRequest& request, const Caller& caller,
                                       const RouteArgs& args) {
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  auto frame = write_frame(gateway, request, caller, {"PATCH /customers", BodyRule::merge_patch, IfMatchRule::required});
  if (!frame) co_return std::move(frame.error());
  auto parsed = patch_from(frame->body);
  auto faults = normalise(parsed.patch, WriteKind::update);
  faults.insert(faults.end(), parsed.faults.begin(), parsed.faults.end());
  if (!faults.empty()) co_return problem(faults);

  auto update = frame->command<UpdateCustomer>();
  update.id = *id;
  update.patch = std::move(parsed.patch);
  Command command = std::move(update);
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return customer_problem(outcome.error());
  if (std::holds_alternative<KeyReused>(*outcome)) co_return key_reused();
  if (const auto* stale_write = std::get_if<StaleWrite>(&*outcome))
    co_return customer_stale(gateway, caller, *stale_write, frame->seen());
  co_return customer_written(gateway, caller, std::get<Committed>(*outcome), 200);
}

awaitable<HttpResponse> list_customers(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  auto query = list_query(request);
  if (!query) co_return bad_request(query.error());
  auto page = co_await ask(gateway.store, *query);
  if (!page) co_return bad_request(page.error());
  JsonWriter json;
  json.begin_object().key("customers").begin_array();
  for (const auto& stored : page->customers) {
    json.begin_object();
    write_listed(json, gateway, caller, stored);
    json.end_object();
  }
  json.end_array().key("next_cursor");
  page->next_cursor.empty() ? json.null() : json.text(page->next_cursor);
  write_freshness(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

}  // namespace

std::string_view name_of(Mode mode) {
  switch (mode) {
    case Mode::normal: return "normal";
    case Mode::read_only: return "read_only";
    case Mode::disk_full: return "disk_full";
  }
  return "unknown";
}

void add_terminal_api(Router& router, Gateway& gateway) {
  router.add(
      {"POST", "/api/v1/customers", kCreators, [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
         return create_customer(gateway, request, caller);
       }});
  router.add(
      {"GET", "/api/v1/customers", kListers, [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
         return list_customers(gateway, request, caller);
       }});
  router.add({"GET", "/api/v1/customers/{id}", kReaders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return get_customer(gateway, request, caller, args);
              }});
  router.add({"PATCH", "/api/v1/customers/{id}", kEditors,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return patch_customer(gateway, request, caller, args);
              }});
}

}  // namespace tillgate
