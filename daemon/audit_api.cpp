#include "daemon/audit_api.hpp"

#include <charconv>

#include "daemon/api_common.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kAuditors = Roles::of({Role::manager, Role::administrator, Role::service});

Result<ReadAudit> audit_query(const HttpRequest& request) {
  ReadAudit query;
  for (const auto& [name, value] : request.query) {
    std::int64_t* into = name == "after" ? &query.after : name == "limit" ? &query.limit : nullptr;
    if (!into) return fail(Errc::invalid, "Unknown query parameter. Known: after, limit.");
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), *into);
    if (error != std::errc{} || end != value.data() + value.size())
      return fail(Errc::invalid, "after and limit must be whole numbers.");
  }
  return query;
}

void write_position(JsonWriter& json, const char* name, const Position& position) {
  json.key(name).begin_object().key("seq").number(position.seq).key("digest").text(position.digest.text()).end_object();
}

awaitable<HttpResponse> read_audit(Gateway& gateway, const HttpRequest& request) {
  auto query = audit_query(request);
  if (!query) co_return bad_request(query.error());
  auto page = co_await ask(gateway.store, *query);
  if (!page) co_return bad_request(page.error());
  JsonWriter json;
  json.begin_object().key("rows").begin_array();
  for (const AuditRow& row : page->rows) {
    json.begin_object().key("seq").number(row.seq).key("envelope").text(row.envelope);
    json.key("payload_hash").text(row.payload_hash.text()).key("payload").text(name_of(row.payload));
    json.key("digest").text(row.digest.text()).key("erases").begin_array();
    for (const CustomerId& id : row.erases) json.text(id.text());
    json.end_array().end_object();
  }
  json.end_array();
  write_position(json, "head", page->head);
  write_position(json, "acknowledged", page->acknowledged);
  json.end_object();
  co_return json_response(200, json);
}

}  // namespace

void add_audit_api(Router& router, Gateway& gateway) {
  router.add({"GET", "/api/v1/audit", kAuditors, [&gateway](const HttpRequest& request, const Caller&, const RouteArgs&) {
                return read_audit(gateway, request);
              }});
}

}  // namespace tillgate
