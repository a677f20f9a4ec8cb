#include "core/bytes.hpp"

#include <sodium.h>

#include <algorithm>

#include "core/check.hpp"

namespace tillgate {

namespace {

static_assert(sizeof(crypto_generichash_state) <= 384 && alignof(crypto_generichash_state) <= 64);
static_assert(crypto_generichash_BYTES == 32);

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Picks the fastest implementation for this CPU; the result is the same without it.
void prepare_sodium() {
  static const int ready = sodium_init();
  CHECK(ready >= 0);
}

crypto_generichash_state* state_in(std::array<std::uint8_t, 384>& bytes) {
  return reinterpret_cast<crypto_generichash_state*>(bytes.data());
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text(bytes.size() * 2, '\0');
  char* to = text.data();
  for (const auto byte : bytes) {
    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 15];
  }
  return text;
}

bool from_hex(std::string_view hex, std::span<std::uint8_t> out) {
  if (hex.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

std::optional<Digest> Digest::from_text(std::string_view hex) {
  Digest digest;
  // One text per digest: ETags are compared, and batches hashed, byte for byte.
  if (std::any_of(hex.begin(), hex.end(), [](char c) { return c >= 'A' && c <= 'F'; })) return std::nullopt;
  if (!from_hex(hex, digest.bytes)) return std::nullopt;
  return digest;
}

Hasher::Hasher() {
  prepare_sodium();
  crypto_generichash_init(state_in(state_), nullptr, 0, crypto_generichash_BYTES);
}

Hasher& Hasher::add(std::span<const std::uint8_t> bytes) {
  crypto_generichash_update(state_in(state_), bytes.data(), bytes.size());
  return *this;
}

Digest Hasher::finish() {
  Digest digest;
  crypto_generichash_final(state_in(state_), digest.bytes.data(), digest.bytes.size());
  return digest;
}

Digest hash_of(std::string_view text) {
  Hasher hasher;
  return hasher.add(text).finish();
}

}  // namespace tillgate
