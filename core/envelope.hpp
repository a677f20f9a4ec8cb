// The first line of a change: what it is about, where it lies, what it is worth, who said it. No personal data; never blanked.
#pragma once

#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "core/version.hpp"

namespace tillgate {

inline constexpr std::string_view kCustomerEntity = "customer", kOrderEntity = "order", kPersonEntity = "person",
                                  kAuditEntity = "audit";
// Customers and orders are records: their changes follow each other and the first one creates the record. A statement about persons
// and an audit note stand by themselves.
[[nodiscard]] inline bool has_records(std::string_view entity) {
  return entity == kCustomerEntity || entity == kOrderEntity;
}

// The reason of a change of an order that says it once more without the words of its erased customer: whatever was said of the order
// before is to be forgotten.
inline constexpr std::string_view kEraseReason = "erase";

struct Envelope {
  Epoch epoch;  // with seq: the place, where the row lies
  Seq seq = 0;
  Version version;  // what it is worth
  ChangeId change_id;
  Timestamp recorded_at;
  bool clock_confirmed = false;
  std::string entity;
  Uuid key;
  std::string
      kind;  // of a customer or an order: create, update; of a person: merge, unmerge, choose, erase; of audit: [a-z_]{1,32}
  std::string source;                  // "local", "ho:<ho_epoch>", "pos:<account>"
  std::string terminal, person, role;  // who; empty when not a person or terminal
  std::string reason;                  // code
  std::string correlation_id;
  bool operator==(const Envelope&) const = default;
};

// One line of JSON, no newline inside or at the end. Decoding is strict and bounded: unknown entities, kinds or members are
// Errc::unsupported ("schema from the future"), malformed text is Errc::invalid.
[[nodiscard]] std::string encode(const Envelope& envelope);
[[nodiscard]] Result<Envelope> decode_envelope(std::string_view line);

}  // namespace tillgate
