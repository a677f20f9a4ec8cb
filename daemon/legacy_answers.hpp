// Our answers in the forms of the platform before us (docs/legacy.md). Thread: logic.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate::legacy {

// Of a problem, which our own code answers with: {"error": {"message"}} for 401 and 403, {"errors": {"<field>": [".."]}} for 422,
// {"status", "message", "code"} for all else. What is no problem goes through as it is.
[[nodiscard]] HttpResponse in_its_form(HttpResponse response);

// The eleven members that clients know of a customer; of what a kiosk is not shown null, of names and contacts their masks.
void write_customer(JsonWriter& json, const Gateway& gateway, Role role, const Customer& customer,
                    std::span<const CustomerId> records, Timestamp updated_at);
void write_order(JsonWriter& json, const Order& order, Role role);

}  // namespace tillgate::legacy
