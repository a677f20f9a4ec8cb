// What is answered about a customer, whichever route was asked. Thread: logic.
#pragma once

#include "core/json.hpp"
#include <boost/asio/awaitable.hpp>

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

// What people see after a write; `is_replay`: the answer of an earlier request.
[[nodiscard]] HttpResponse customer_shown(const Gateway& gateway, const Caller& caller, const Customer& customer,
                                          std::span<const CustomerId> records, const Digest& etag, bool is_replay, int status);
[[nodiscard]] HttpResponse customer_written(const Gateway& gateway, const Caller& caller, const Committed& committed,
                                            int status);
// 412 with both versions. `seen`: what If-Match named.
[[nodiscard]] HttpResponse customer_stale(const Gateway& gateway, const Caller& caller, const StaleWrite& stale,
                                          const Digest& seen);
// The members of a customer among others: what the caller's role may see, times, ETag, sync.
void write_listed(JsonWriter& json, const Gateway& gateway, const Caller& caller, const StoredCustomer& stored);
[[nodiscard]] HttpResponse no_customer();
[[nodiscard]] HttpResponse customer_erased();  // 410: gone for good
// Which of the two it is, for a customer that was not found.
[[nodiscard]] boost::asio::awaitable<HttpResponse> missing_customer(Gateway& gateway, CustomerId id);
// Of a command that was refused.
[[nodiscard]] HttpResponse customer_problem(const Error& error);

}  // namespace tillgate
