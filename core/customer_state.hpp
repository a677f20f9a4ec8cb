// A customer's full state as text; the ETag is its digest.
#pragma once

#include <string>
#include <string_view>

#include "core/customer.hpp"
#include "core/result.hpp"

namespace tillgate {

// A record's full state as canonical text: equal records give equal bytes everywhere. Its digest is the ETag. The text holds
// sealed numbers sealed.
[[nodiscard]] std::string encode_state(const Customer& customer);
[[nodiscard]] Result<Customer> decode_state(std::string_view text);

}  // namespace tillgate
