// The texts of HTTP that a stranger writes: request targets, Host values, field names, request ids. Pure functions without
// allocation surprises: they refuse, they never repair, because two parties that repair differently can be played against
// each other. Sources: RFC 9110, RFC 9112, RFC 3986.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tillgate {

inline constexpr std::size_t kTargetBytesMax = 2 * 1024;
inline constexpr std::size_t kQueryPartsMax = 32;

struct HttpTarget {
  std::string path;                                        // decoded, begins with '/'
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order, each name once
};

// Origin form only. nullopt: a character or escape that RFC 3986 does not allow there, an escape for a control character or
// '/', text that is not UTF-8, a dot segment, a fragment, a repeated or nameless query part, more than kQueryPartsMax of
// them. '+' means '+'.
[[nodiscard]] std::optional<HttpTarget> parse_target(std::string_view target);
// nullopt: "%" without two hex digits, or an escape for a control character.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

[[nodiscard]] bool is_token(std::string_view text);         // RFC 9110 §5.6.2
[[nodiscard]] bool is_request_id(std::string_view text);    // [A-Za-z0-9._-]{1,64}
[[nodiscard]] std::string to_lower(std::string_view text);  // ASCII only
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view trimmed(std::string_view text);  // spaces and tabs
// A comma-separated list such as Connection has this member (in any case).
[[nodiscard]] bool list_has(std::string_view list, std::string_view member);

// The host of a Host value, lower case, without port; brackets of an IPv6 literal stay. nullopt: not a host.
[[nodiscard]] std::optional<std::string> host_of(std::string_view host_field);
// A literal address, localhost, or one of `also` (lower case). Any other name may be an attacker's that points at us (DNS
// rebinding), so a browser page of his must not be answered.
[[nodiscard]] bool is_host_allowed(std::string_view host, const std::vector<std::string>& also);

// "OK" for 200; empty for a status nobody here sends.
[[nodiscard]] std::string_view reason_of(int status);
// A value that may go out as a header field: no control characters.
[[nodiscard]] bool is_field_value(std::string_view value);

}  // namespace tillgate
