// The two kinds of time. Neither can say now(): the shells in service/ and daemon/ read clocks and hand
// the values in, so every machine can be tested and simulated at any moment of any year.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tillgate {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Monotonic time of this machine since some start. For waits, deadlines, ages. Never crosses a wire.
struct Monotonic {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<Monotonic>;
  static constexpr bool is_steady = true;
};
using Time = std::chrono::time_point<Monotonic>;
using Duration = std::chrono::nanoseconds;

// UTC with millisecond steps since 1970. For people and for the physical part of the logical clock.
struct Utc {
  using rep = std::int64_t;
  using period = std::milli;
  using duration = milliseconds;
  using time_point = std::chrono::time_point<Utc>;
  static constexpr bool is_steady = false;
};
using Timestamp = std::chrono::time_point<Utc>;

[[nodiscard]] constexpr Timestamp timestamp_from_ms(std::int64_t ms) { return Timestamp(milliseconds(ms)); }
[[nodiscard]] constexpr std::int64_t ms_of(Timestamp at) { return at.time_since_epoch().count(); }

// RFC 3339 with milliseconds and Z: 2026-11-22T23:10:27.123Z. Years 1970 to 9999.
[[nodiscard]] std::string to_text(Timestamp at);
// Accepts exactly what to_text writes, with or without the fraction. Anything else: nullopt.
[[nodiscard]] std::optional<Timestamp> timestamp_from_text(std::string_view text);

}  // namespace tillgate
