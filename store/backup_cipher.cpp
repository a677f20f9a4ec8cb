#include "store/backup_cipher.hpp"

#include <sodium.h>

#include <utility>

#include "core/bytes.hpp"
#include "core/check.hpp"

namespace tillgate {
namespace {

constexpr std::uint64_t kSubkey = 1;
constexpr const char* kContext = "tillbkup";  // eight characters, as libsodium has it
static_assert(kStreamHeadBytes == crypto_secretstream_xchacha20poly1305_HEADERBYTES);
static_assert(kChunkTagBytes == crypto_secretstream_xchacha20poly1305_ABYTES);
static_assert(std::tuple_size_v<BackupKey> == crypto_secretstream_xchacha20poly1305_KEYBYTES);
static_assert(crypto_kdf_KEYBYTES == 32);

}  // namespace

BackupKey backup_key(const std::array<std::uint8_t, 32>& pii) {
  BackupKey key{};
  CHECK(crypto_kdf_derive_from_key(key.data(), key.size(), kSubkey, kContext, pii.data()) == 0);
  return key;
}

struct SealStream::State {
  crypto_secretstream_xchacha20poly1305_state stream;
};

SealStream::SealStream(const BackupKey& key, std::string_view bound) : state_(std::make_unique<State>()), bound_(bound) {
  CHECK(crypto_secretstream_xchacha20poly1305_init_push(&state_->stream, head_.data(), key.data()) == 0);
}

SealStream::~SealStream() {
  sodium_memzero(state_.get(), sizeof(State));
}

void SealStream::seal(std::span<const std::uint8_t> plain, bool is_last, std::span<std::uint8_t> sealed) {
  CHECK(sealed.size() == plain.size() + kChunkTagBytes);
  const auto bound = as_bytes(std::exchange(bound_, {}));
  const unsigned char tag =
      is_last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
  CHECK(crypto_secretstream_xchacha20poly1305_push(&state_->stream, sealed.data(), nullptr, plain.data(), plain.size(),
                                                   bound.data(), bound.size(), tag) == 0);
}

struct OpenStream::State {
  crypto_secretstream_xchacha20poly1305_state stream;
};

OpenStream::OpenStream(const BackupKey& key, std::span<const std::uint8_t, kStreamHeadBytes> head, std::string_view bound)
    : state_(std::make_unique<State>()), bound_(bound) {
  CHECK(crypto_secretstream_xchacha20poly1305_init_pull(&state_->stream, head.data(), key.data()) == 0);
}

OpenStream::~OpenStream() {
  sodium_memzero(state_.get(), sizeof(State));
}

OpenStream::Verdict OpenStream::open(std::span<const std::uint8_t> sealed, std::span<std::uint8_t> plain) {
  CHECK(sealed.size() == plain.size() + kChunkTagBytes);
  const auto bound = as_bytes(std::exchange(bound_, {}));
  unsigned char tag = 0;
  if (crypto_secretstream_xchacha20poly1305_pull(&state_->stream, plain.data(), nullptr, &tag, sealed.data(), sealed.size(),
                                                 bound.data(), bound.size()) != 0)
    return Verdict::refused;
  return tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL ? Verdict::last : Verdict::more;
}

}  // namespace tillgate
