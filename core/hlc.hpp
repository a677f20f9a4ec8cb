// Hybrid logical clock (Kulkarni et al. 2014): 48 bits of UTC milliseconds, 16 bits of counter.
// It orders versions; it never runs backwards; an unconfirmed system clock may make it lag, never lead.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace tillgate {

struct Hlc {
  std::uint64_t value = 0;
  auto operator<=>(const Hlc&) const = default;
  [[nodiscard]] std::string text() const;  // 16 lower-case hex digits
  [[nodiscard]] static std::optional<Hlc> from_text(std::string_view text);
  [[nodiscard]] static Hlc from_time(Timestamp at) { return Hlc{static_cast<std::uint64_t>(ms_of(at)) << 16}; }
  [[nodiscard]] Timestamp time() const { return timestamp_from_ms(static_cast<std::int64_t>(value >> 16)); }
};

// Head office parks versions further ahead of its own time. Everybody else takes what comes, unaltered, and writes above it.
inline constexpr milliseconds kClockFence = std::chrono::hours(24);

// The clock rules of docs/protocol.md ("Clock"). Single owner: the store's writer thread.
//
// The system clock is *sound* while it is within `max_skew` of (last confirmed time + monotonic time since).
// After a start it is sound only once confirmed (head office's time in an ack, or a synchronised NTP state);
// until then the persisted HLC plus monotonic time serves.
class HlcClock {
 public:
  struct Reading {
    Timestamp system;  // what the system clock says
    Time mono;         // read at the same moment
  };

  HlcClock(Hlc persisted, Time started, milliseconds max_skew) : last_(persisted), base_(persisted), base_at_(started), max_skew_(max_skew) {}

  // A trustworthy source says that it is `at` now.
  void confirm(Timestamp at, Time mono);
  // True while the system clock may be used for the physical part.
  [[nodiscard]] bool is_sound(Reading now) const;
  // True once any trustworthy source has confirmed the time since start.
  [[nodiscard]] bool is_confirmed() const { return confirmed_.has_value(); }
  // Best knowledge of UTC: the system clock when sound, else confirmed + monotonic, else persisted + monotonic.
  [[nodiscard]] Timestamp physical(Reading now) const;

  // For people: what `recorded_at` says. As physical(), but before anything has confirmed the time the system clock is shown
  // where it is ahead of what we know: it is usually right, `clock: unconfirmed` stands beside it, and no version depends on it.
  [[nodiscard]] Timestamp wall(Reading now) const;

  // The next version: max(own, `seen`, physical) + 1, where `seen` is the highest version replaced or received.
  [[nodiscard]] Hlc next(Reading now, Hlc seen = {});
  [[nodiscard]] Hlc last() const { return last_; }

 private:
  struct Confirmed {
    Timestamp at;
    Time mono;
  };
  Hlc last_;
  Hlc base_;      // what was persisted at start
  Time base_at_;  // when that start was
  milliseconds max_skew_;
  std::optional<Confirmed> confirmed_;
};

}  // namespace tillgate
