// A Change: one row of a ledger. Two lines of JSON (envelope, payload) and the hashes over their exact bytes.
// The bytes are written once, at commit, and travel unchanged; nobody re-serialises.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/merge.hpp"
#include "core/version.hpp"

namespace tillgate {

inline constexpr std::size_t kPayloadBytesMax = 64 * 1024;  // larger writes get 413 before they are accepted

// Holds no personal data and is never blanked.
struct Envelope {
  Epoch epoch;  // with seq: the place, where the row lies
  Seq seq = 0;
  Version version;  // what it is worth
  ChangeId change_id;
  Timestamp recorded_at;
  bool clock_confirmed = false;
  std::string entity;  // "customer"
  Uuid key;
  std::string kind;    // "create", "update"
  std::string source;  // "local", "ho:<ho_epoch>", "pos:<account>"
  std::string terminal, person, role;  // who; empty when not a person or terminal
  std::string reason;                  // code
  std::string correlation_id;
  bool operator==(const Envelope&) const = default;
};

struct Payload {
  ChangeSet changes;
  std::array<std::uint8_t, 16> salt{};  // random: the hash left behind after erasure reveals nothing
  bool operator==(const Payload&) const = default;
};

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

// One line of JSON each, no newline inside or at the end. Decoding is strict and bounded: unknown kinds or fields are
// Errc::unsupported ("schema from the future"), malformed text is Errc::invalid.
[[nodiscard]] std::string encode(const Envelope& envelope);
[[nodiscard]] Result<Envelope> decode_envelope(std::string_view line);
[[nodiscard]] std::string encode(const Payload& payload, const Version& change_version);
[[nodiscard]] Result<Payload> decode_payload(std::string_view line, const Version& change_version);

// A record's full state as canonical text: equal records give equal bytes everywhere. Its digest is the row checksum
// and the ETag. The text holds sealed numbers sealed.
[[nodiscard]] std::string encode_state(const Customer& customer);
[[nodiscard]] Result<Customer> decode_state(std::string_view text);

}  // namespace tillgate
