// The body of a search, from a stranger's bytes: what to look for, and how many to show. Pure; strict like the body of a create: what
// is not known is a fault, never ignored.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/search_query.hpp"

namespace tillgate {

inline constexpr std::int64_t kSearchLimit = 20, kSearchLimitMax = 50;

struct ParsedSearch {
  SearchQuery query;
  std::int64_t limit = kSearchLimit;
  std::vector<FieldFault> faults;  // all at once; empty: it may be run
};
// Of what parse_object() gave (json_body.hpp).
[[nodiscard]] ParsedSearch search_from(const Json::Object& body);

}  // namespace tillgate
