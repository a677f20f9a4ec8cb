// An order as text: what is written to one, as the members of a payload, and its full state. docs/orders.md shows both.
// Strict and bounded: what is well-formed but unknown here (a member, a state, a number beyond our bounds) is Errc::unsupported, a
// schema from the future; what is malformed is Errc::invalid.
#pragma once

#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/order.hpp"
#include "core/order_merge.hpp"
#include "core/result.hpp"
#include "core/version.hpp"

namespace tillgate {

// Members of the payload's object, which the caller has begun and will end. A leaf names its version only where it differs from
// the change's.
void write_members(JsonWriter& json, const OrderChange& change, const Version& change_version);
// Takes its members from `reader`, from which the caller has taken its own before; what is left is the caller's to judge.
[[nodiscard]] Result<OrderChange> read_order_change(JsonReader& reader, const Version& change_version);

// A line by itself: what is hashed where two lines have one version, and what people see in a list of conflicts.
[[nodiscard]] std::string line_text(const OrderLine& line);

// Canonical: equal orders give equal bytes everywhere. Its digest is the row checksum and the ETag.
[[nodiscard]] std::string encode_order_state(const Order& order);
[[nodiscard]] Result<Order> decode_order_state(std::string_view text);

}  // namespace tillgate
