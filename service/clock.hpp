// The only place that reads clocks and kernel randomness for the shells.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/hlc.hpp"
#include "core/time.hpp"

namespace tillgate {

[[nodiscard]] Time mono_now();  // CLOCK_BOOTTIME: goes on through suspend
[[nodiscard]] Timestamp utc_now();
[[nodiscard]] HlcClock::Reading clock_now();
// The kernel says that its clock is synchronised (adjtimex without STA_UNSYNC).
[[nodiscard]] bool is_clock_synchronised();
void fill_random(std::span<std::uint8_t> out);  // getrandom(2); aborts when the kernel has none
[[nodiscard]] std::uint64_t random_seed();      // from there, for a generator of jitter

}  // namespace tillgate
