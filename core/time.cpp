#include "core/time.hpp"

#include <algorithm>

namespace tillgate {

namespace {

constexpr std::int64_t kLastMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z

// A fixed run of decimal digits; nothing else, no sign.
std::optional<int> number(std::string_view digits) {
  int result = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    result = result * 10 + (c - '0');
  }
  return result;
}

// Every change is written with two or three times: no format string is read for them.
void put(std::string& text, std::size_t at, std::size_t digits, int value) {
  for (std::size_t i = digits; i-- > 0; value /= 10) text[at + i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string to_text(Timestamp at) {
  using namespace std::chrono;
  const std::int64_t ms = std::clamp<std::int64_t>(ms_of(at), 0, kLastMs);
  const auto day = floor<days>(milliseconds(ms));
  const year_month_day date{sys_days(day)};
  const hh_mm_ss time{milliseconds(ms) - day};
  std::string text = "0000-00-00T00:00:00.000Z";
  put(text, 0, 4, static_cast<int>(date.year()));
  put(text, 5, 2, static_cast<int>(static_cast<unsigned>(date.month())));
  put(text, 8, 2, static_cast<int>(static_cast<unsigned>(date.day())));
  put(text, 11, 2, static_cast<int>(time.hours().count()));
  put(text, 14, 2, static_cast<int>(time.minutes().count()));
  put(text, 17, 2, static_cast<int>(time.seconds().count()));
  put(text, 20, 3, static_cast<int>(time.subseconds().count()));
  return text;
}

std::optional<Timestamp> timestamp_from_text(std::string_view text) {
  using namespace std::chrono;
  const bool has_fraction = text.size() == 24;
  if (!has_fraction && text.size() != 20) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text.back() != 'Z')
    return std::nullopt;
  if (has_fraction && text[19] != '.') return std::nullopt;
  const auto y = number(text.substr(0, 4)), mo = number(text.substr(5, 2)), d = number(text.substr(8, 2)),
             h = number(text.substr(11, 2)), mi = number(text.substr(14, 2)), s = number(text.substr(17, 2)),
             ms = has_fraction ? number(text.substr(20, 3)) : 0;
  if (!y || !mo || !d || !h || !mi || !s || !ms) return std::nullopt;
  if (*y < 1970 || *h > 23 || *mi > 59 || *s > 59) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  const auto whole = sys_days(date).time_since_epoch() + hours(*h) + minutes(*mi) + seconds(*s) + milliseconds(*ms);
  return Timestamp(duration_cast<milliseconds>(whole));
}

}  // namespace tillgate
