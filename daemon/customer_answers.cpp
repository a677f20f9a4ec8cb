#include "daemon/customer_answers.hpp"

#include "daemon/api_common.hpp"
#include "daemon/customer_json.hpp"
#include "service/problem.hpp"

namespace tillgate {

HttpResponse customer_shown(const Gateway& gateway, const Caller& caller, const Customer& customer,
                            std::span<const CustomerId> records, const Digest& etag, bool is_replay, int status) {
  JsonWriter json;
  json.begin_object().key("customer").begin_object();
  write_customer(json, customer, records, caller.role, gateway.store.sealer());
  json.end_object();
  write_sync(json, gateway);  // as at the moment of the commit: a repeated request gets the same answer word for word
  json.end_object();
  auto response = json_response(status, json);
  response.headers.emplace_back("ETag", etag_of(etag));
  response.headers.emplace_back("Location", "/api/v1/customers/" + customer.id.text());
  if (is_replay) response.headers.emplace_back("Idempotent-Replayed", "true");
  return response;
}

HttpResponse customer_written(const Gateway& gateway, const Caller& caller, const Committed& committed, int status) {
  return customer_shown(gateway, caller, committed.customer, committed.records, committed.etag, committed.is_replay, status);
}

HttpResponse customer_stale(const Gateway& gateway, const Caller& caller, const StaleWrite& stale, const Digest& seen) {
  JsonWriter json;
  json.begin_object().key("type").text("urn:tillgate:problem:stale");
  json.key("title").text("Somebody else changed this customer in the meantime. Look at the current record and decide again.");
  json.key("status").number(412).key("code").text("stale");
  json.key("your_version").text(etag_of(seen)).key("current_version").text(etag_of(stale.etag));
  json.key("current").begin_object();
  write_customer(json, stale.current, stale.records, caller.role, gateway.store.sealer());
  json.end_object().end_object();
  auto response = json_response(412, json);
  response.content_type = "application/problem+json";
  response.headers.emplace_back("ETag", etag_of(stale.etag));
  return response;
}

void write_listed(JsonWriter& json, const Gateway& gateway, const Caller& caller, const StoredCustomer& stored) {
  write_customer(json, stored.customer, stored.records, caller.role, gateway.store.sealer());
  write_times(json, stored.created_at, stored.updated_at);
  json.key("etag").text(etag_of(stored.etag));
  write_sync(json, gateway, stored.last_seq);
}

HttpResponse no_customer() {
  return problem(404, "not_found", "There is no customer with this id.");
}

HttpResponse customer_erased() {
  return problem(410, "erased",
                 "This customer was erased, for good. Nothing is known of them any more; do not send them again.");
}

asio::awaitable<HttpResponse> missing_customer(Gateway& gateway, CustomerId id) {
  const IsErased query{id};
  auto is_gone = co_await ask(gateway.store, query);
  if (!is_gone) co_return problem(is_gone.error());
  co_return *is_gone ? customer_erased() : no_customer();
}

HttpResponse customer_problem(const Error& error) {
  if (error.code == Errc::not_found) return error.what == kErasedText ? customer_erased() : no_customer();
  return command_problem(error);
}

}  // namespace tillgate
