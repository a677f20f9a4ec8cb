// What a terminal says in its request beside the body: the key that makes a repeat harmless, the version it saw, the page it
// wants. Pure; texts of strangers, so everything is refused that is not exactly understood.
#pragma once

#include <optional>
#include <string_view>

#include "core/command.hpp"
#include "core/http.hpp"
#include "core/result.hpp"
#include "service/router.hpp"
#include "store/queries.hpp"

namespace tillgate {

// Out of Idempotency-Key: 1 to 64 printable ASCII characters. Its request hash is over method, path, If-Match and body.
[[nodiscard]] Result<CommandKey> command_key(const HttpRequest& request, const Caller& caller, std::string_view route);

[[nodiscard]] bool has_json_body(const HttpRequest& request, bool allow_merge_patch);

struct IfMatch {
  std::optional<Digest> digest;  // none: "*"
};
// One strong ETag as we send it, or "*".
[[nodiscard]] std::optional<IfMatch> parse_if_match(std::string_view text);

// The page of a list. Its cursor is judged where the list is read.
[[nodiscard]] Result<ListCustomers> list_query(const HttpRequest& request);
[[nodiscard]] Result<ListOrders> orders_query(const HttpRequest& request);
// Whose they are is the caller's to add.
[[nodiscard]] Result<OrdersOf> orders_of_query(const HttpRequest& request);

}  // namespace tillgate
