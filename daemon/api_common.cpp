#include "daemon/api_common.hpp"

#include <algorithm>

#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

Actor actor_of(const Caller& caller) {
  Actor actor;
  actor.terminal = caller.terminal;
  actor.person = caller.person;
  actor.role = std::string(name_of(caller.role));
  return actor;
}

std::optional<HttpResponse> refusal_in(const Gateway& gateway) {
  if (gateway.mode == Mode::read_only)
    return problem(
        503, "read_only",
        "The storage of this gateway has failed repeatedly; it only answers reads until a technician has looked at it.");
  if (gateway.mode == Mode::disk_full) return problem(Error{Errc::full, {}, {}});
  if (gateway.is_stopping) return problem(503, "stopping", "The gateway is restarting; repeat the request in a few seconds.");
  return std::nullopt;
}

bool is_reason(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string etag_of(const Digest& digest) {
  return "\"" + digest.text() + "\"";
}

void write_sync(JsonWriter& json, const Gateway& gateway, std::optional<Seq> last_seq) {
  const bool is_committed = last_seq && *last_seq <= gateway.link.acked;
  json.key("sync").begin_object().key("head_office");
  json.text(!gateway.link.is_configured ? "unconfigured" : is_committed ? "committed" : "pending").end_object();
}

void write_times(JsonWriter& json, Timestamp created_at, Timestamp updated_at) {
  json.key("created_at").text(to_text(created_at)).key("updated_at").text(to_text(updated_at));
}

void write_freshness(JsonWriter& json, const Gateway& gateway) {
  json.key("as_of").text(to_text(utc_now()));
  json.key("head_office").text(gateway.link.is_online ? "online" : "offline");
}

HttpResponse json_response(int status, JsonWriter& json) {
  HttpResponse response;
  response.status = status;
  response.body = json.take();
  return response;
}

HttpResponse not_modified(const std::string& etag) {
  HttpResponse response;
  response.status = 304;
  response.headers.emplace_back("ETag", etag);
  return response;
}

HttpResponse bad_request(const Error& error) {
  return error.code == Errc::invalid ? problem(400, "bad_request", error.what) : problem(error);
}

HttpResponse command_problem(const Error& error) {
  if (error.code == Errc::invalid && error.what.starts_with("payload_too_large"))
    return problem(413, "too_large", "This change is too large; the texts of a record together must stay below 64 KiB.");
  return problem(error);
}

HttpResponse key_reused() {
  return problem(422, "idempotency_key_reused",
                 "This Idempotency-Key was used for another request; nothing was changed. Use a new key.");
}

HttpResponse if_match_missing() {
  return problem(428, "precondition_required",
                 "Send the ETag that you read in If-Match, so that nobody's change is overwritten unseen.");
}

awaitable<Result<SearchCustomers::Found>> find_customers(Store& store, SearchQuery query, std::int64_t limit) {
  SearchCustomers search;
  search.query = std::move(query);
  search.limit = limit;
  for (auto& mark : search.query.marks) {
    if (mark.number.empty()) continue;
    mark.licence = store.sealer().blind_index(Field::licence_number, mark.number);
    mark.medical = store.sealer().blind_index(Field::medical_number, mark.number);
  }
  co_return co_await ask(store, search);
}

awaitable<Result<CommandOutcome>> run(Store& store, Command& command) {
  auto answer =
      co_await bridge<Result<CommandOutcome>>([&](auto done) { return store.submit(std::move(command), std::move(done)); });
  if (!answer) co_return fail(Errc::busy, "Too many writes are waiting; repeat in a moment.");
  co_return std::move(*answer);
}

}  // namespace tillgate
