// The question at the till: is this new customer here already? Asked before a create is committed, answered 409 with who it may be.
// Thread: logic.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "core/json.hpp"
#include "core/match.hpp"
#include "daemon/gateway.hpp"
#include "service/router.hpp"
#include "store/queries.hpp"

namespace tillgate {

namespace asio = boost::asio;

// Is this caller asked? Not a kiosk: it could not decide, and a stranger at it would learn who is a customer; whom it creates is looked
// at later, in the review queue. Nor who sent "Prefer: allow-duplicate" (RFC 7240).
[[nodiscard]] bool is_asked_about_duplicates(const HttpRequest& request, const Caller& caller);

// The 409, or nothing: go on. A look-up that fails does not keep a customer waiting: the review queue comes back to them.
[[nodiscard]] asio::awaitable<std::optional<HttpResponse>> possible_duplicate(Gateway& gateway, Caller caller,
                                                                              CreateCustomer create);

// "verdict", "percent", "why".
void write_judgement(JsonWriter& json, const Judgement& judgement);

// The review queue: who is in it, and "these are two".
void add_look_alike_api(Router& router, Gateway& gateway);

}  // namespace tillgate
