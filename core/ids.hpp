// One type per kind of identifier, so that a customer id cannot be passed where an epoch is meant.
// Text form of all UUIDs: RFC 9562 lower case with dashes. Text ids: [a-z0-9-]{1,32}.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.hpp"
#include "core/time.hpp"

namespace tillgate {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const Uuid&) const = default;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<Uuid> from_text(std::string_view text);
  [[nodiscard]] bool is_nil() const { return *this == Uuid{}; }
  [[nodiscard]] int version() const { return bytes[6] >> 4; }
};

template <class Tag>
struct UuidId : Uuid {
  UuidId() = default;
  explicit UuidId(const Uuid& uuid) : Uuid(uuid) {}
  auto operator<=>(const UuidId&) const = default;
  [[nodiscard]] static std::optional<UuidId> from_text(std::string_view text) {
    if (auto uuid = Uuid::from_text(text)) return UuidId(*uuid);
    return std::nullopt;
  }
};
using CustomerId = UuidId<struct CustomerIdTag>;
using OrderId = UuidId<struct OrderIdTag>;
using ChangeId = UuidId<struct ChangeIdTag>;
using Epoch = UuidId<struct EpochTag>;      // one life of a store's database: drawn each time it is opened for writing
using HoEpoch = UuidId<struct HoEpochTag>;  // one life of head office's ledger

// Place of a row in a ledger file. Starts at 1, runs on across epochs, never restarts in one file; 0 is "before the first".
using Seq = std::int64_t;

template <class Tag>
struct NameId {
  std::string value;
  auto operator<=>(const NameId&) const = default;
};
using OrgId = NameId<struct OrgIdTag>;
using StoreId = NameId<struct StoreIdTag>;
[[nodiscard]] bool is_name_id(std::string_view text);  // [a-z0-9-]{1,32}

// UUIDv7 from a time and 10 random bytes (RFC 9562 §5.7). The time is for index locality, never for order.
[[nodiscard]] Uuid uuid_v7(Timestamp at, const std::array<std::uint8_t, 10>& random);
// Fully random UUIDv4-shaped value.
[[nodiscard]] Uuid uuid_v4(const std::array<std::uint8_t, 16>& random);

// UUIDv8 derived from what identifies one effect of one request: the same request repeated, even after the
// kept answer is gone or the database was restored, gives the same id and so cannot have a second effect.
// When `idempotency_key` is itself a UUIDv7 its 48-bit time leads the result: still derived, but ids made
// together sort together, which keeps the b-tree insertions sequential.
[[nodiscard]] Uuid derive_uuid(std::string_view terminal, std::string_view idempotency_key, const Digest& request,
                               std::uint32_t counter);

// The id of the one change that a request makes. Derived like the above, but the first 12 bytes come from terminal and key
// alone and only the last 4 from the request too: all changes of one key lie together wherever ids are sorted, so that a
// look-up for a key finds its change, and another request under the same key shows.
[[nodiscard]] ChangeId derive_change_id(std::string_view terminal, std::string_view idempotency_key, const Digest& request);
struct ChangeIdRange {
  ChangeId first, last;
};
[[nodiscard]] ChangeIdRange changes_of_same_key(const ChangeId& change_id);

}  // namespace tillgate
