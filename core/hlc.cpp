#include "core/hlc.hpp"

#include <algorithm>
#include <array>

#include "core/bytes.hpp"
#include "core/check.hpp"

namespace tillgate {

namespace {

// Texts at or beyond this (the year 5872) are refused: whoever received one would have to write above it, and the
// counter must never come near its end. Below it a value also fits every signed 64-bit column. No clock gives one either
// (next()), so everything that is written can be read.
constexpr std::uint64_t kHlcEnd = std::uint64_t{7} << 60;
constexpr std::int64_t kMsMax = 253'402'300'799'999 / 4;  // far beyond any real date, far below kHlcEnd

milliseconds elapsed(Time from, Time to) {
  return to <= from ? milliseconds(0) : std::chrono::duration_cast<milliseconds>(to - from);
}

}  // namespace

std::string Hlc::text() const {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return to_hex(bytes);
}

std::optional<Hlc> Hlc::from_text(std::string_view text) {
  std::array<std::uint8_t, 8> bytes{};
  if (!from_hex(text, bytes)) return std::nullopt;
  if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; })) return std::nullopt;
  Hlc hlc;
  for (const auto byte : bytes) hlc.value = (hlc.value << 8) | byte;
  if (hlc.value >= kHlcEnd) return std::nullopt;
  return hlc;
}

void HlcClock::confirm(Timestamp at, Time mono) {
  confirmed_ = Confirmed{at, mono};
}

bool HlcClock::is_sound(Reading now) const {
  if (!confirmed_) return false;
  const milliseconds skew = now.system - (confirmed_->at + elapsed(confirmed_->mono, now.mono));
  return skew <= max_skew_ && -skew <= max_skew_;
}

Timestamp HlcClock::physical(Reading now) const {
  if (is_sound(now)) return now.system;
  if (confirmed_) return confirmed_->at + elapsed(confirmed_->mono, now.mono);
  return base_.time() + elapsed(base_at_, now.mono);
}

Timestamp HlcClock::wall(Reading now) const {
  return confirmed_ ? physical(now) : std::max(now.system, physical(now));
}

Hlc HlcClock::next(Reading now, Hlc seen) {
  const Timestamp at = std::clamp(physical(now), timestamp_from_ms(0), timestamp_from_ms(kMsMax));
  Hlc highest = std::max({last_, seen, Hlc::from_time(at)});
  // Head office lets nothing in that leads by more than kClockFence, so only a bug comes this far.
  CHECK(highest.value < kHlcEnd - 1);
  ++highest.value;
  last_ = highest;
  return last_;
}

}  // namespace tillgate
