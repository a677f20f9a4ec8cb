#include "service/watchdog.hpp"

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <chrono>

namespace tillgate {

namespace {

// systemd reads one assignment per line: a newline in a status would be an assignment of somebody else's.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return text;
}

// A notification that cannot be sent is not ours to repair: systemd's own time-outs notice.
void tell(const std::string& state) {
  static_cast<void>(::sd_notify(0, state.c_str()));
}

}  // namespace

Watchdog::Part& Watchdog::part(std::string name) {
  return parts_.emplace_back(std::move(name));
}

std::optional<Duration> Watchdog::interval() const {
  std::uint64_t timeout_us = 0;
  if (::sd_watchdog_enabled(0, &timeout_us) <= 0) return std::nullopt;
  // A day is longer than any sane setting; it keeps the product below inside 63 bits.
  constexpr std::uint64_t day_us = 24ULL * 3600 * 1'000'000;
  return std::chrono::microseconds(static_cast<std::int64_t>(std::min(timeout_us, day_us) / 2));
}

std::optional<std::string> Watchdog::feed() {
  for (const Part& part : parts_) {
    if (part.beats_.load(std::memory_order_relaxed) == part.seen_) return part.name();
  }
  for (Part& part : parts_) part.seen_ = part.beats_.load(std::memory_order_relaxed);
  tell("WATCHDOG=1");
  return std::nullopt;
}

void Watchdog::ready(std::string status) {
  tell("READY=1\nSTATUS=" + one_line(std::move(status)));
}
void Watchdog::status(std::string status) {
  tell("STATUS=" + one_line(std::move(status)));
}
void Watchdog::stopping() {
  tell("STOPPING=1\nSTATUS=stopping");
}

}  // namespace tillgate
