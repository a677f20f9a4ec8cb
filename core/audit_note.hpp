// What happened that changes no record but must be accounted for: an export, an import, a look-up refused, a backup. It travels
// in the ledger like a change, so the chain of digests covers it and head office sees it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tillgate {

inline constexpr std::size_t kFactsMax = 32;
inline constexpr std::size_t kFactBytesMax = 512;

struct AuditNote {
  // In the order in which they read best; names [a-z_]{1,32}, each once. Never personal data: ids, counts, codes, hashes.
  std::vector<std::pair<std::string, std::string>> facts;
  bool operator==(const AuditNote&) const = default;
};

[[nodiscard]] bool is_fact_name(std::string_view name);

}  // namespace tillgate
