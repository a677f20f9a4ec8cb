// Where a page of a list ended, and its text: the cursor that a terminal hands back, so a stranger's text.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "store/queries.hpp"

namespace tillgate {

// By creation only the row's number counts; by update the time, and the number where two have the same.
struct PageEnd {
  std::int64_t updated_at = std::numeric_limits<std::int64_t>::min();
  std::int64_t n = 0;
};

// "c" and the row's number, or "u", the time, a dash and the row's number; as 16 hex digits each. Opaque to others, URL-safe.
[[nodiscard]] std::string cursor_of(CustomerSort sort, const PageEnd& end);
// An empty cursor is the beginning. nullopt: not one of this list.
[[nodiscard]] std::optional<PageEnd> page_end_of(CustomerSort sort, std::string_view cursor);

// Of a list of orders in order of arrival: the row's number. "o" and 16 hex digits.
[[nodiscard]] std::string arrival_cursor(std::int64_t n);
[[nodiscard]] std::optional<std::int64_t> arrival_end_of(std::string_view cursor);

// Of a person's orders, the latest first, so the beginning is beyond all. "p", the time, a dash and the row's number.
struct SettledEnd {
  std::int64_t settled_at = std::numeric_limits<std::int64_t>::max();
  std::int64_t n = std::numeric_limits<std::int64_t>::max();
};
[[nodiscard]] std::string settled_cursor(const SettledEnd& end);
[[nodiscard]] std::optional<SettledEnd> settled_end_of(std::string_view cursor);

}  // namespace tillgate
