#include "service/log.hpp"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>

#include "service/clock.hpp"
#include "service/utf8.hpp"

namespace tillgate::log {

namespace {

constexpr std::size_t line_bytes_max = 2'000;  // with the newline; journald and people both cut longer ones
constexpr std::size_t limited_keys_max = 256;

std::atomic<Level> level_now{Level::info};
std::atomic<void (*)(std::string_view)> sink_now{nullptr};

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '=' || c == '\\') return true;
  }
  return false;
}

void append_number(std::string& out, auto number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end.ptr);
}

struct AppendValue {
  std::string& out;
  void operator()(std::string_view text) const {
    if (!needs_quotes(text)) {
      out += text.substr(0, line_bytes_max);
      return;
    }
    out += '"';
    utf8::append_printable(out, text, true, line_bytes_max);
    out += '"';
  }
  void operator()(std::int64_t number) const { append_number(out, number); }
  void operator()(double number) const {
    if (std::isfinite(number)) {
      append_number(out, number);
    } else {
      out += std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf";
    }
  }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
};

std::string_view journal_prefix(Level level) {
  switch (level) {
    case Level::debug: return "<7>";
    case Level::info: return "<6>";
    case Level::warn: return "<4>";
    case Level::error: return "<3>";
  }
  return "<3>";
}

// One write(2) per line: lines of several threads never mix. A log that cannot be written stops nobody.
void emit(std::string line) {
  if (auto* sink = sink_now.load()) {
    sink(line);
    return;
  }
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t wrote = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void append_plain(std::string& line, std::string_view text) {
  utf8::append_printable(line, text, false, line_bytes_max);
}

void say(Level level, std::string_view part, std::string_view message, Fields fields, std::int64_t suppressed = 0) {
  if (level < level_now.load(std::memory_order_relaxed)) return;
  std::string line{journal_prefix(level)};
  append_plain(line, part);
  line += ": ";
  append_plain(line, message);
  for (const Field& field : fields) {
    line += ' ';
    append_plain(line, field.name);
    line += '=';
    std::visit(AppendValue{line}, field.value);
  }
  // The count of suppressed lines must survive a long line.
  const std::string tail = suppressed > 0 ? " suppressed=" + std::to_string(suppressed) : std::string();
  utf8::cut(line, line_bytes_max - 1 - tail.size());
  line += tail;
  emit(std::move(line));
}

// What is known of a limited key. The table is bounded: a key beyond it takes the place of the one that spoke longest ago.
struct Limited {
  Time spoke;
  std::int64_t suppressed = 0;
};
std::mutex limited_mutex;
std::map<std::string, Limited, std::less<>>& limited_keys() {
  static std::map<std::string, Limited, std::less<>> keys;
  return keys;
}

// The number of lines held back so far when this one may pass; nothing when it may not.
std::optional<std::int64_t> pass(std::string_view key, Duration every) {
  const std::lock_guard lock(limited_mutex);
  const Time now = mono_now();  // under the lock: else a thread could come with an older moment than the one before it
  auto& keys = limited_keys();
  if (auto known = keys.find(key); known != keys.end()) {
    if (now - known->second.spoke < every) {
      ++known->second.suppressed;
      return std::nullopt;
    }
    const std::int64_t suppressed = known->second.suppressed;
    known->second = Limited{now, 0};
    return suppressed;
  }
  if (keys.size() >= limited_keys_max) {
    auto oldest = keys.begin();
    for (auto it = keys.begin(); it != keys.end(); ++it) {
      if (it->second.spoke < oldest->second.spoke) oldest = it;
    }
    keys.erase(oldest);
  }
  keys.emplace(std::string(key.substr(0, 128)), Limited{now, 0});
  return 0;
}

}  // namespace

bool level_from_text(std::string_view text, Level& out) {
  constexpr std::array<std::string_view, 4> names = {"debug", "info", "warn", "error"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (text != names[i]) continue;
    out = static_cast<Level>(i);
    return true;
  }
  return false;
}

void set_level(Level level) {
  level_now.store(level, std::memory_order_relaxed);
}
void set_sink(void (*sink)(std::string_view line)) {
  sink_now.store(sink);
}

void debug(std::string_view part, std::string_view message, Fields fields) {
  say(Level::debug, part, message, fields);
}
void info(std::string_view part, std::string_view message, Fields fields) {
  say(Level::info, part, message, fields);
}
void warn(std::string_view part, std::string_view message, Fields fields) {
  say(Level::warn, part, message, fields);
}
void error(std::string_view part, std::string_view message, Fields fields) {
  say(Level::error, part, message, fields);
}

void warn_limited(std::string_view key, Duration every, std::string_view part, std::string_view message, Fields fields) {
  key = key.substr(0, 128);
  if (const auto suppressed = pass(key, every)) say(Level::warn, part, message, fields, *suppressed);
}

}  // namespace tillgate::log
