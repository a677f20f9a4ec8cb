// How a backup is sealed: libsodium's secretstream (XChaCha20-Poly1305), a run of chunks of which none can be altered, left out, put
// in, exchanged or cut off without being seen. The key follows from the organisation's pii-key: what is in a backup is of no use without
// that one (its sealed numbers, the store that goes on with it), so a key of its own would only be one more to lose. Derived, so that
// no bytes are ever sealed under the same key twice in two ways.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tillgate {

using BackupKey = std::array<std::uint8_t, 32>;
[[nodiscard]] BackupKey backup_key(const std::array<std::uint8_t, 32>& pii);

inline constexpr std::size_t kStreamHeadBytes = 24, kChunkTagBytes = 17;

// One direction of one file. Every chunk in order; `head` in front of them, `bound` with the first.
class SealStream {
 public:
  SealStream(const BackupKey& key, std::string_view bound);
  ~SealStream();
  SealStream(const SealStream&) = delete;
  SealStream& operator=(const SealStream&) = delete;
  [[nodiscard]] std::span<const std::uint8_t> head() const { return head_; }
  // `sealed` has room for kChunkTagBytes more than `plain`.
  void seal(std::span<const std::uint8_t> plain, bool is_last, std::span<std::uint8_t> sealed);

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::array<std::uint8_t, kStreamHeadBytes> head_{};
  std::string_view bound_;  // until it was used
};

class OpenStream {
 public:
  OpenStream(const BackupKey& key, std::span<const std::uint8_t, kStreamHeadBytes> head, std::string_view bound);
  ~OpenStream();
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;
  enum class Verdict : std::uint8_t { more, last, refused };
  // `plain` has room for kChunkTagBytes less than `sealed`, which has at least as many.
  [[nodiscard]] Verdict open(std::span<const std::uint8_t> sealed, std::span<std::uint8_t> plain);

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::string_view bound_;
};

}  // namespace tillgate
