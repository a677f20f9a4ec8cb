// Order <-> the JSON of the HTTP API. Reading is strict: an unknown field is a fault, never ignored. A kiosk is not shown what staff
// wrote down.
#pragma once

#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/order_patch.hpp"
#include "core/purchase_limit.hpp"
#include "service/router.hpp"

namespace tillgate {

struct ParsedOrder {
  OrderPatch patch;
  bool may_resume = true;          // "resume", of a create
  std::vector<FieldFault> faults;  // shape faults: unknown_field, wrong_type, read_only
};
[[nodiscard]] ParsedOrder order_from(const Json::Object& body, WriteKind kind);

// The members of an order's object, and the states that `role` may move it to.
void write_order(JsonWriter& json, const Order& order, Role role);

// For who has to explain to a customer what is too much.
void write_limits(JsonWriter& json, const std::vector<LimitViolation>& limits);
void write_faults(JsonWriter& json, const std::vector<FieldFault>& faults);

}  // namespace tillgate
