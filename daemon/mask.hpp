// What a screen in public may show of a customer: enough to recognise oneself, too little to learn who somebody is.
#pragma once

#include <string>
#include <string_view>

namespace tillgate {

[[nodiscard]] std::string masked_name(std::string_view name);    // "A…"
[[nodiscard]] std::string masked_phone(std::string_view phone);  // "…42": two digits, none of a number shorter than six
[[nodiscard]] std::string masked_email(std::string_view email);  // "a…@…"

}  // namespace tillgate
