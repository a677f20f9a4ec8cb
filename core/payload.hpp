// The second line of a change: what it says. Personal data lives here, which is why an erasure blanks it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/audit_note.hpp"
#include "core/envelope.hpp"
#include "core/merge.hpp"
#include "core/order_merge.hpp"
#include "core/person.hpp"
#include "core/result.hpp"

namespace tillgate {

inline constexpr std::size_t kPayloadBytesMax = 64 * 1024;  // larger writes get 413 before they are accepted

// Which of them it is follows from the envelope's entity: "customer", "order", "person", "audit".
using ChangeBody = std::variant<ChangeSet, OrderChange, PersonChange, AuditNote>;

struct Payload {
  ChangeBody body;
  std::array<std::uint8_t, 16> salt{};  // random: the hash left behind after erasure reveals nothing
  bool operator==(const Payload&) const = default;
};
// For who has looked at the entity already: the body of a change of a customer.
[[nodiscard]] inline const ChangeSet& changes_in(const Payload& payload) {
  return std::get<ChangeSet>(payload.body);
}
[[nodiscard]] inline ChangeSet& changes_in(Payload& payload) {
  return std::get<ChangeSet>(payload.body);
}

// One line of JSON, as for envelopes. Leaves name their version only where it differs from the change's.
[[nodiscard]] std::string encode(const Payload& payload, const Version& change_version);
// `envelope`: the change's own, which says what the body is and holds what the body leaves out.
[[nodiscard]] Result<Payload> decode_payload(std::string_view line, const Envelope& envelope);

}  // namespace tillgate
