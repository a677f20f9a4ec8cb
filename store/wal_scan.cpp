#include "store/wal_scan.hpp"

#include <algorithm>

namespace tillgate {
namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::size_t kFrameHeaderBytes = 24;
constexpr std::size_t kSectorBytes = 512;
constexpr std::uint32_t kMagic = 0x377f0682;  // its lowest bit: checksums over big-endian words
constexpr std::uint32_t kVersion = 3007000;

std::uint32_t big_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         std::uint32_t{bytes[at + 3]};
}

std::uint32_t little_endian(std::span<const std::uint8_t> bytes, std::size_t at) {
  return std::uint32_t{bytes[at + 3]} << 24 | std::uint32_t{bytes[at + 2]} << 16 | std::uint32_t{bytes[at + 1]} << 8 |
         std::uint32_t{bytes[at]};
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

void WalScan::feed(std::span<const std::uint8_t> bytes) {
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  for (;;) {
    const std::size_t wanted = has_header_ ? kFrameHeaderBytes + page_bytes_ : kHeaderBytes;
    if (pending_.size() - at < wanted) break;
    const auto part = std::span<const std::uint8_t>(pending_).subspan(at, wanted);
    if (has_header_)
      read_frame(part);
    else
      read_header(part);
    at += wanted;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
}

WalScan::Sum WalScan::sum(Sum from, std::span<const std::uint8_t> bytes) const {
  const auto word = is_big_endian_ ? big_endian : little_endian;
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    from[0] += word(bytes, at) + from[1];
    from[1] += word(bytes, at + 4) + from[0];
  }
  return from;
}

void WalScan::read_header(std::span<const std::uint8_t> header) {
  has_header_ = true;
  is_big_endian_ = (header[3] & 1) != 0;
  const Sum computed = sum({0, 0}, header.first(24));
  previous_ = {computed, computed, false, false};
  std::copy_n(header.begin() + 16, salts_.size(), salts_.begin());
  const bool is_sound =
      (big_endian(header, 0) & ~1U) == kMagic && computed == Sum{big_endian(header, 24), big_endian(header, 28)};
  if (is_sound) {
    // Of another version or page size: SQLite has its own word for that.
    is_foreign_ = big_endian(header, 4) != kVersion || big_endian(header, 8) != page_bytes_;
    return;
  }
  is_foreign_ = true;
  // It lies in one sector and is flushed before the first frame. Zeros: a new file that never got so far.
  if (!is_zero(header)) damage_ = "its header does not match its checksum";
}

void WalScan::read_frame(std::span<const std::uint8_t> frame) {
  const std::int64_t number = ++frames_;
  if (is_foreign_ || damage_) return;
  const auto continues = [&](const Sum& from) { return sum(sum(from, frame.first(8)), frame.subspan(kFrameHeaderBytes)); };
  const Sum stored{big_endian(frame, 16), big_endian(frame, 20)};
  const bool is_of_this_log = std::equal(salts_.begin(), salts_.end(), frame.begin() + 8);
  Sum computed = continues(previous_.stored);
  const bool follows_what_is_stored = is_of_this_log && computed == stored;
  // The frame before may be right and only its checksum wrong.
  bool follows_what_was_computed = false;
  if (!follows_what_is_stored && previous_.computed != previous_.stored) {
    const Sum other = continues(previous_.computed);
    follows_what_was_computed = is_of_this_log && other == stored;
    if (follows_what_was_computed) computed = other;
  }
  const bool is_linked = follows_what_is_stored || follows_what_was_computed;
  if (!is_linked && !first_bad_) first_bad_ = number;
  const bool proves_a_commit =
      (follows_what_is_stored && previous_.is_commit_vouched) || (follows_what_was_computed && previous_.is_commit);
  if (first_bad_ && proves_a_commit) {
    damage_ = "frame " + std::to_string(*first_bad_) + " is damaged: frame " + std::to_string(number) +
              " was written after the flush that covered it";
    return;
  }
  previous_ = {stored, computed, big_endian(frame, 4) != 0, false};
  // The mark of a frame that fails its checksum is believed where it shares a sector with that checksum: a next frame that
  // continues from the checksum then vouches for both.
  const std::size_t begin = kHeaderBytes + static_cast<std::size_t>(number - 1) * frame.size();
  const bool is_beside_checksum = begin / kSectorBytes == (begin + kFrameHeaderBytes - 1) / kSectorBytes;
  previous_.is_commit_vouched = previous_.is_commit && (is_linked || computed == stored || is_beside_checksum);
}

}  // namespace tillgate
