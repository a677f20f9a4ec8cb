// The body of a request as a JSON object, before anything is known of what it should hold. Pure; bytes of strangers.
#pragma once

#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/result.hpp"

namespace tillgate {

// Errc::invalid: not a JSON object (depth, size, duplicate keys, UTF-8).
[[nodiscard]] Result<Json::Object> parse_object(std::string_view body);
// Names come from outside and go into an error body: short and plain.
[[nodiscard]] std::string shown(std::string_view name);

}  // namespace tillgate
