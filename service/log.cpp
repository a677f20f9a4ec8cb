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

namespace tillgate::log {

namespace {

constexpr std::size_t line_bytes_max = 2'000;  // with the newline; journald and people both cut longer ones
constexpr std::size_t limited_keys_max = 256;
constexpr std::string_view cut_mark = "...";

std::atomic<Level> level_now{Level::info};
std::atomic<void (*)(std::string_view)> sink_now{nullptr};

constexpr std::string_view hex_digits = "0123456789abcdef";

// One code point of strict UTF-8 (no overlong forms, no surrogates), or nothing.
struct Decoded {
  std::uint32_t point = 0;
  std::size_t bytes = 0;
};
std::optional<Decoded> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return Decoded{lead, 1};
  const std::size_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < count) return std::nullopt;
  std::uint32_t point = lead & (0xffu >> (count + 1));
  for (std::size_t i = 1; i < count; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte(i) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  if (point < smallest[count] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
  return Decoded{point, count};
}

// Points that would move the cursor, end the line or turn the reading direction of a terminal.
bool is_treacherous(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) ||         // C0, DEL, C1
         point == 0x061c || (point >= 0x200b && point <= 0x200f) ||  // marks without width
         (point >= 0x2028 && point <= 0x202e) ||                     // line ends, embeddings, overrides
         (point >= 0x2060 && point <= 0x2069) || point == 0xfeff ||  // isolates, byte order mark
         (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f);
}

void append_hex_byte(std::string& out, std::uint8_t byte) {
  out += "\\x";
  out += hex_digits[byte >> 4];
  out += hex_digits[byte & 15];
}

void append_point(std::string& out, std::uint32_t point) {
  if (point == '\n') {
    out += "\\n";
  } else if (point == '\r') {
    out += "\\r";
  } else if (point == '\t') {
    out += "\\t";
  } else if (point < 0x80) {
    append_hex_byte(out, static_cast<std::uint8_t>(point));
  } else {
    out += "\\u{";
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), point, 16);
    out.append(digits.data(), end.ptr);
    out += '}';
  }
}

// Whatever comes in, what is appended is one line of printable UTF-8. A quoted text escapes quote and backslash as well.
void append_safe(std::string& out, std::string_view text, bool is_quoted) {
  while (!text.empty() && out.size() < line_bytes_max) {  // nothing beyond the limit will be shown
    const auto decoded = decode(text);
    if (!decoded) {
      append_hex_byte(out, static_cast<std::uint8_t>(text[0]));
    } else if (is_treacherous(decoded->point)) {
      append_point(out, decoded->point);
    } else {
      if (is_quoted && (text[0] == '"' || text[0] == '\\')) out += '\\';
      out += text.substr(0, decoded->bytes);
    }
    text.remove_prefix(decoded ? decoded->bytes : 1);
  }
}

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
    append_safe(out, text, true);
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

// Cuts between code points, so that the line stays UTF-8.
void cut(std::string& line, std::size_t bytes_max) {
  if (line.size() <= bytes_max) return;
  std::size_t end = bytes_max - cut_mark.size();
  while (end > 0 && (static_cast<std::uint8_t>(line[end]) & 0xc0) == 0x80) --end;
  line.resize(end);
  line += cut_mark;
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

void say(Level level, std::string_view part, std::string_view message, Fields fields, std::int64_t suppressed = 0) {
  if (level < level_now.load(std::memory_order_relaxed)) return;
  std::string line{journal_prefix(level)};
  append_safe(line, part, false);
  line += ": ";
  append_safe(line, message, false);
  for (const Field& field : fields) {
    line += ' ';
    append_safe(line, field.name, false);
    line += '=';
    std::visit(AppendValue{line}, field.value);
  }
  // The count of suppressed lines must survive a long line.
  const std::string tail = suppressed > 0 ? " suppressed=" + std::to_string(suppressed) : std::string();
  cut(line, line_bytes_max - 1 - tail.size());
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
std::optional<std::int64_t> pass(std::string_view key, Duration every, Time now) {
  const std::lock_guard lock(limited_mutex);
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
  if (const auto suppressed = pass(key, every, mono_now())) say(Level::warn, part, message, fields, *suppressed);
}

}  // namespace tillgate::log
