// What the handlers of every resource share: they parse, run one command or query and render, and whatever can go wrong is an Error
// that becomes a problem here.
// Thread: logic.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/json.hpp"
#include "daemon/gateway.hpp"
#include "daemon/json_body.hpp"
#include "service/await.hpp"
#include "service/router.hpp"

namespace tillgate {

// ---- requests

[[nodiscard]] Actor actor_of(const Caller& caller);
// Why nothing can be written now.
[[nodiscard]] std::optional<HttpResponse> refusal_in(const Gateway& gateway);

// "reason": a short code, [a-z0-9_-]{1,32}.
[[nodiscard]] bool is_reason(std::string_view text);

// ---- answers

[[nodiscard]] std::string etag_of(const Digest& digest);
// `last_seq`: the record's last ledger row. None: right after its commit, when nothing can have reached head office.
void write_sync(JsonWriter& json, const Gateway& gateway, std::optional<Seq> last_seq = std::nullopt);
void write_times(JsonWriter& json, Timestamp created_at, Timestamp updated_at);
// Freshness of a list: how new this is, and whether the store is cut off from head office.
void write_freshness(JsonWriter& json, const Gateway& gateway);
[[nodiscard]] HttpResponse json_response(int status, JsonWriter& json);
[[nodiscard]] HttpResponse not_modified(const std::string& etag);

// 422 says "understood, but wrong"; a request that cannot even be read is 400.
[[nodiscard]] HttpResponse bad_request(const Error& error);
[[nodiscard]] HttpResponse command_problem(const Error& error);
[[nodiscard]] HttpResponse key_reused();
[[nodiscard]] HttpResponse if_match_missing();

// ---- store access

// Whom `query` means. A number is looked up by its keyed hash, for which only the store's sealer has the key.
[[nodiscard]] asio::awaitable<Result<SearchCustomers::Found>> find_customers(Store& store, SearchQuery query,
                                                                             std::int64_t limit);

[[nodiscard]] asio::awaitable<Result<CommandOutcome>> run(Store& store, Command& command);

template <class Query>
[[nodiscard]] asio::awaitable<Result<typename Query::Answer>> ask(Store& store, const Query& query) {
  using Answer = Result<typename Query::Answer>;
  auto answer = co_await bridge<Answer>([&](auto done) { return store.ask(query, std::move(done)); });
  if (!answer) co_return fail(Errc::busy, "Too many reads are waiting; repeat in a moment.");
  co_return std::move(*answer);
}

}  // namespace tillgate
