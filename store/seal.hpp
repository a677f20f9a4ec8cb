// Sealed fields: licence.number and medical.number never lie on disk, in the ledger or on the wire in the clear.
// XChaCha20-Poly1305 (libsodium) under one organisation key; the additional data binds a value to its customer and field, so
// that it cannot be moved to another record. Look-up goes by a keyed BLAKE2b blind index of the normalised number.
// Thread-safe: immutable after construction.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/customer.hpp"
#include "core/identity.hpp"
#include "core/result.hpp"
#include "store/backup_cipher.hpp"

namespace tillgate {

struct SealKeys {
  std::string id;                        // [a-z0-9]{1,8}, travels in every sealed value
  std::array<std::uint8_t, 32> pii{};    // credential pii-key
  std::array<std::uint8_t, 32> index{};  // credential index-key
};

class Sealer {
 public:
  explicit Sealer(SealKeys keys) : keys_(std::move(keys)) {}
  // "s1.<key id>.<base64url of nonce and ciphertext>"
  [[nodiscard]] std::string seal(const CustomerId& customer, Field field, std::string_view plain,
                                 std::span<const std::uint8_t, 24> nonce) const;
  // Errc::unavailable: sealed under a key we do not have; Errc::corrupt: not what was sealed for this customer and field.
  [[nodiscard]] Result<std::string> open(const CustomerId& customer, Field field, std::string_view sealed) const;
  // Of licence_form(), so that every spelling of a number finds it. None for what stands in place of a number ("N/A", "0000"):
  // nobody is found by that, nor taken for somebody else.
  [[nodiscard]] std::optional<BlindIndex> blind_index(Field field, std::string_view plain) const;
  // Of the backups of this store.
  [[nodiscard]] BackupKey backup_key() const { return tillgate::backup_key(keys_.pii); }
  [[nodiscard]] const std::string& key_id() const { return keys_.id; }

 private:
  SealKeys keys_;
};

}  // namespace tillgate
