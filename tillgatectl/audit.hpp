// `tillgatectl audit verify`: the ledger against its own chain and against what head office has. Asks the gateway for the rows, or
// reads a copy of the database; either way the judgement is made here (core/audit_trail.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/change.hpp"

namespace tillgate {

struct AuditOptions {
  std::string socket;
  std::string copy;  // a database file that nobody has open; empty: ask the gateway
  std::vector<Position> anchors;
  bool as_json = false;
};

// "1234:<64 hex digits>", as `tillgate-hq anchor` prints it.
[[nodiscard]] std::optional<Position> anchor_from(std::string_view text);

// The exit code: 0 sound, 1 something was found, 66 the copy cannot be read, 69 the gateway does not answer, 77 it refuses.
[[nodiscard]] int verify_audit(const AuditOptions& options);

}  // namespace tillgate
