// The only place that reads clocks and kernel randomness for the shells.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "core/hlc.hpp"
#include "core/time.hpp"

namespace tillgate {

[[nodiscard]] Time mono_now();  // CLOCK_BOOTTIME: goes on through suspend
[[nodiscard]] Timestamp utc_now();
[[nodiscard]] HlcClock::Reading clock_now();
// The kernel says that its clock is synchronised (adjtimex without STA_UNSYNC).
[[nodiscard]] bool is_clock_synchronised();
// A zone that this machine knows by that name, such as America/Denver.
[[nodiscard]] bool is_time_zone(const std::string& name);
// Whose calendar local_day goes by from now on; empty: the machine's. Before there are other threads.
void use_time_zone(const std::string& name);
[[nodiscard]] std::chrono::year_month_day local_day(Timestamp at);
void fill_random(std::span<std::uint8_t> out);  // getrandom(2); aborts when the kernel has none
[[nodiscard]] std::uint64_t random_seed();      // from there, for a generator of jitter

}  // namespace tillgate
