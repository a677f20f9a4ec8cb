// A Change: one row of a ledger. Two lines of JSON (envelope, payload) and the hashes over their exact bytes.
// The bytes are written once, at commit, and travel unchanged; nobody re-serialises.
#pragma once

#include <optional>
#include <string_view>

#include "core/envelope.hpp"
#include "core/ids.hpp"
#include "core/payload.hpp"

namespace tillgate {

// digest = BLAKE2b-256(previous digest || BLAKE2b-256(envelope) || payload_hash)
[[nodiscard]] Digest chain(const Digest& previous, std::string_view envelope, const Digest& payload_hash);

// A position in a ledger: after which row.
struct Position {
  Seq seq = 0;
  Digest digest{};  // all zero at seq 0
  bool operator==(const Position&) const = default;
};

// Where an epoch begins: after the last row that was in the file when it was opened.
struct EpochRoot {
  Epoch epoch;
  std::optional<Epoch> replaces;  // the epoch of that last row; none: there was no row
  Position after;                 // that last row
  bool operator==(const EpochRoot&) const = default;
};

}  // namespace tillgate
