#include "core/ids.hpp"

#include <algorithm>
#include <cstddef>

namespace tillgate {

namespace {

constexpr bool is_dash_place(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

constexpr std::ptrdiff_t kKeyBytes = 12;  // of a change's id, those that its key alone makes

void stamp(Uuid& uuid, int version) {
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | (version << 4));
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
}

// Length first, so that ("ab","c") and ("a","bc") never hash alike.
void add_part(Hasher& hasher, std::string_view text) {
  std::array<std::uint8_t, 8> length{};
  for (std::size_t i = 0; i < 8; ++i)
    length[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(text.size()) >> (56 - 8 * i));
  hasher.add(length).add(text);
}

}  // namespace

std::string Uuid::text() const {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (const auto byte : bytes) {
    if (is_dash_place(at)) ++at;  // no byte is split by a dash
    text[at++] = digits[byte >> 4];
    text[at++] = digits[byte & 15];
  }
  return text;
}

std::optional<Uuid> Uuid::from_text(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::array<char, 32> hex{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_place(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    // One text per id: upper case would be a second key for the same row.
    if (text[i] >= 'A' && text[i] <= 'F') return std::nullopt;
    hex[at++] = text[i];
  }
  Uuid uuid;
  if (!from_hex(std::string_view(hex.data(), hex.size()), uuid.bytes)) return std::nullopt;
  return uuid;
}

bool is_name_id(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Uuid uuid_v7(Timestamp at, const std::array<std::uint8_t, 10>& random) {
  Uuid uuid;
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(ms_of(at), 0));
  for (std::size_t i = 0; i < 6; ++i) uuid.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  std::copy(random.begin(), random.end(), uuid.bytes.begin() + 6);
  stamp(uuid, 7);
  return uuid;
}

Uuid uuid_v4(const std::array<std::uint8_t, 16>& random) {
  Uuid uuid{random};
  stamp(uuid, 4);
  return uuid;
}

Uuid derive_uuid(std::string_view terminal, std::string_view idempotency_key, const Digest& request, std::uint32_t counter) {
  Hasher hasher;
  hasher.add("tillgate derive 1\n");
  add_part(hasher, terminal);
  add_part(hasher, idempotency_key);
  hasher.add(request.bytes);
  const std::array<std::uint8_t, 4> count{static_cast<std::uint8_t>(counter >> 24), static_cast<std::uint8_t>(counter >> 16),
                                          static_cast<std::uint8_t>(counter >> 8), static_cast<std::uint8_t>(counter)};
  hasher.add(count);
  const Digest digest = hasher.finish();
  Uuid uuid;
  std::copy_n(digest.bytes.begin(), 16, uuid.bytes.begin());
  if (const auto key = Uuid::from_text(idempotency_key); key && key->version() == 7) {
    std::copy_n(key->bytes.begin(), 6, uuid.bytes.begin());
  }
  stamp(uuid, 8);
  return uuid;
}

ChangeId derive_change_id(std::string_view terminal, std::string_view idempotency_key, const Digest& request) {
  ChangeId id(derive_uuid(terminal, idempotency_key, Digest{}, 0xffffffff));
  const Uuid of_request = derive_uuid(terminal, idempotency_key, request, 0);
  std::copy(of_request.bytes.begin() + kKeyBytes, of_request.bytes.end(), id.bytes.begin() + kKeyBytes);
  return id;
}

ChangeIdRange changes_of_same_key(const ChangeId& change_id) {
  ChangeIdRange range{change_id, change_id};
  std::fill(range.first.bytes.begin() + kKeyBytes, range.first.bytes.end(), std::uint8_t{0x00});
  std::fill(range.last.bytes.begin() + kKeyBytes, range.last.bytes.end(), std::uint8_t{0xff});
  return range;
}

}  // namespace tillgate
