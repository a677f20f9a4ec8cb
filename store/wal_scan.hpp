// WalScan: tells a damaged write-ahead log from one that a power cut left unfinished. SQLite does not: to it the log ends at
// the first frame whose checksum fails, so one flipped bit in the middle would silently drop every transaction behind it,
// although each of them was flushed and answered 2xx.
//
// What a power cut can leave. A transaction's frames end with a commit frame and are flushed before the next transaction
// writes anything, so at most the last one is unflushed: torn frames, and behind them its other frames or older ones. Frames
// are chained by checksums. So a frame that continues the chain behind a commit frame proves that this commit was flushed;
// seen behind a bad frame, it proves that the bad frame was flushed too and is damage. Sectors of 512 bytes are taken to be
// written whole or not.
//
// What it cannot tell: damage in the last transaction of the log looks like a torn one, and so does the one before where the
// commit mark itself was hit. Then exactly those are missing and nothing else is wrong; head office, if it had them, says so.
// Pure: bytes in, verdict out. Bounded memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tillgate {

class WalScan {
 public:
  explicit WalScan(std::size_t page_bytes) : page_bytes_(page_bytes) {}
  // The file's bytes from its beginning on, in parts of any size.
  void feed(std::span<const std::uint8_t> bytes);
  // What proves damage; nothing: sound, or ending in a torn transaction.
  [[nodiscard]] const std::optional<std::string>& damage() const { return damage_; }

 private:
  using Sum = std::array<std::uint32_t, 2>;
  void read_header(std::span<const std::uint8_t> header);
  void read_frame(std::span<const std::uint8_t> frame);
  [[nodiscard]] Sum sum(Sum from, std::span<const std::uint8_t> bytes) const;

  const std::size_t page_bytes_;
  std::vector<std::uint8_t> pending_;
  bool has_header_ = false, is_foreign_ = false, is_big_endian_ = false;
  std::array<std::uint8_t, 8> salts_{};
  // The frame before: its checksum as stored and as its content makes it, its commit mark, and whether a frame that continues
  // from the stored checksum vouches for that mark.
  struct Previous {
    Sum stored{}, computed{};
    bool is_commit = false, is_commit_vouched = false;
  } previous_;
  std::int64_t frames_ = 0;
  std::optional<std::int64_t> first_bad_;
  std::optional<std::string> damage_;
};

}  // namespace tillgate
