#include "core/audit_note.hpp"

#include <algorithm>

namespace tillgate {

bool is_fact_name(std::string_view name) {
  return !name.empty() && name.size() <= 32 &&
         std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

}  // namespace tillgate
