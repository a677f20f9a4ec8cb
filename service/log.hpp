// Logs for the person at 3 a.m.: what, which, what happens next. One line per change of state, never per retry.
// Fields are typed and named by the caller; personal data has no place here (there is no overload that takes a Customer).
// Format on stderr: journald priority prefix, logfmt-like, one line, control characters escaped:
//   <4>link: down (broker refused); retry in 8 s store=s1 attempt=3
// Thread-safe.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "core/time.hpp"

namespace tillgate::log {

enum class Level : std::uint8_t { debug, info, warn, error };
[[nodiscard]] bool level_from_text(std::string_view text, Level& out);

struct Field {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};
using Fields = std::initializer_list<Field>;

void set_level(Level level);
// For tests: where finished lines go instead of stderr; nullptr: stderr again.
void set_sink(void (*sink)(std::string_view line));

void debug(std::string_view part, std::string_view message, Fields fields = {});
void info(std::string_view part, std::string_view message, Fields fields = {});
void warn(std::string_view part, std::string_view message, Fields fields = {});
void error(std::string_view part, std::string_view message, Fields fields = {});

// At most one line per `key` and `every`; the next line that passes carries suppressed=<n>.
void warn_limited(std::string_view key, Duration every, std::string_view part, std::string_view message, Fields fields = {});

}  // namespace tillgate::log
