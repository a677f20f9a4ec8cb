#include "service/clock.hpp"

#include <sys/random.h>
#include <sys/timex.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "core/check.hpp"

namespace tillgate {

namespace {

timespec read_clock(clockid_t clock) {
  timespec now{};
  CHECK(::clock_gettime(clock, &now) == 0);
  return now;
}

}  // namespace

Time mono_now() {
  const timespec now = read_clock(CLOCK_BOOTTIME);
  return Time(seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

Timestamp utc_now() {
  const timespec now = read_clock(CLOCK_REALTIME);
  return timestamp_from_ms(std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000);
}

// The two readings are some hundred nanoseconds apart; the clock rules work in milliseconds.
HlcClock::Reading clock_now() {
  return HlcClock::Reading{.system = utc_now(), .mono = mono_now()};
}

bool is_time_zone(const std::string& name) {
  const bool is_plain = !name.empty() && name.front() != '/' && name.find("..") == std::string::npos &&
                        name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") == std::string::npos;
  std::error_code error;
  return is_plain && std::filesystem::is_regular_file("/usr/share/zoneinfo/" + name, error);
}

void use_time_zone(const std::string& name) {
  if (!name.empty()) CHECK(::setenv("TZ", (":" + name).c_str(), 1) == 0);
  ::tzset();
}

std::chrono::year_month_day local_day(Timestamp at) {
  const std::time_t since = std::chrono::floor<seconds>(at.time_since_epoch()).count();
  std::tm local{};
  CHECK(::localtime_r(&since, &local) != nullptr);
  return std::chrono::year(local.tm_year + 1900) / (local.tm_mon + 1) / local.tm_mday;
}

bool is_clock_synchronised() {
  timex state{};  // modes = 0: only ask
  const int answer = ::adjtimex(&state);
  return answer >= 0 && answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

void fill_random(std::span<std::uint8_t> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = ::getrandom(out.data() + filled, out.size() - filled, 0);
    if (got < 0 && errno == EINTR) continue;
    CHECK(got > 0);  // keys from anywhere else would be worse than no process
    filled += static_cast<std::size_t>(got);
  }
}

std::uint64_t random_seed() {
  std::array<std::uint8_t, 8> bytes{};
  fill_random(bytes);
  std::uint64_t seed = 0;
  for (const auto byte : bytes) seed = seed << 8 | byte;
  return seed;
}

}  // namespace tillgate
