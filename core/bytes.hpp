// Fixed-size byte values: UUIDs and BLAKE2b digests, with their text forms.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tillgate {

[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);                     // lower case
[[nodiscard]] bool from_hex(std::string_view hex, std::span<std::uint8_t> out);            // exact length, lower or upper case
[[nodiscard]] inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// BLAKE2b-256 (RFC 7693), unkeyed.
struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Digest&) const = default;
  [[nodiscard]] std::string text() const { return to_hex(bytes); }
  [[nodiscard]] static std::optional<Digest> from_text(std::string_view hex);
};

// A hash fed piece by piece. Not copyable on purpose: a running hash has one owner.
class Hasher {
 public:
  Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  Hasher& add(std::span<const std::uint8_t> bytes);
  Hasher& add(std::string_view text) { return add(as_bytes(text)); }
  [[nodiscard]] Digest finish();  // once

 private:
  alignas(64) std::array<std::uint8_t, 384> state_;  // crypto_generichash_state, sized in bytes.cpp by static_assert
};

[[nodiscard]] Digest hash_of(std::string_view text);

}  // namespace tillgate
