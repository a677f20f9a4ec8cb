#include "core/typed_text.hpp"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>

namespace tillgate {

namespace {

// Well-formed UTF-8 without what nobody means to type: control characters, bidirectional overrides (which make a name
// look like another), byte order marks, non-characters. Line breaks and tabs stay in notes and are a space elsewhere, so
// that two pasted lines do not become one word. nullopt: not UTF-8.
std::optional<icu::UnicodeString> cleaned(std::string_view raw, bool keeps_lines) {
  icu::UnicodeString text;
  const auto size = static_cast<std::int32_t>(raw.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(raw.data(), at, size, c);
    if (c < 0) return std::nullopt;
    const bool is_break = c == '\n' || c == '\t' || c == '\r' || c == 0x2028 || c == 0x2029;
    if (is_break && keeps_lines && (c == '\n' || c == '\t')) {
      text.append(c);
    } else if (is_break && !keeps_lines) {
      text.append(static_cast<UChar32>(' '));
    } else if (is_break || u_charType(c) == U_CONTROL_CHAR || u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL) || c == 0xfeff ||
               U_IS_UNICODE_NONCHAR(c)) {
      continue;
    } else {
      text.append(c);
    }
  }
  return text;
}

// Joiners and their like have their place inside a name, but a text of nothing else shows nothing.
bool is_visible(const icu::UnicodeString& text) {
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const UChar32 c = text.char32At(at);
    if (!u_isUWhiteSpace(c) && !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return true;
  }
  return false;
}

icu::UnicodeString trimmed(const icu::UnicodeString& text) {
  std::int32_t begin = 0, end = text.length();
  while (begin < end && u_isUWhiteSpace(text.char32At(begin))) begin = text.moveIndex32(begin, 1);
  while (end > begin && u_isUWhiteSpace(text.char32At(text.moveIndex32(end, -1)))) end = text.moveIndex32(end, -1);
  return text.tempSubStringBetween(begin, end);
}

// Most names are plain ASCII; they need no tables.
std::optional<std::string> plain_ascii(std::string_view raw) {
  if (!std::all_of(raw.begin(), raw.end(), [](char c) { return c >= 0x20 && c < 0x7f; })) return std::nullopt;
  const auto begin = raw.find_first_not_of(' ');
  if (begin == std::string_view::npos) return std::string();
  return std::string(raw.substr(begin, raw.find_last_not_of(' ') - begin + 1));
}

}  // namespace

std::optional<std::string> normal_text(std::string_view raw, bool keeps_lines, bool lower_cases) {
  if (!lower_cases) {
    if (auto ascii = plain_ascii(raw)) return ascii;
  }
  auto text = cleaned(raw, keeps_lines);
  if (!text) return std::nullopt;
  if (!is_visible(*text)) return std::string();
  icu::UnicodeString kept = trimmed(*text);
  if (lower_cases) kept.toLower(icu::Locale::getRoot());
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return std::nullopt;
  const icu::UnicodeString normal = nfc->normalize(kept, status);
  if (U_FAILURE(status)) return std::nullopt;
  std::string result;
  normal.toUTF8String(result);
  return result;
}

std::size_t chars_in(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::optional<std::chrono::year_month_day> calendar_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  int parts[3] = {0, 0, 0};
  int part = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 4 || i == 7) {
      ++part;
    } else if (text[i] >= '0' && text[i] <= '9') {
      parts[part] = parts[part] * 10 + (text[i] - '0');
    } else {
      return std::nullopt;
    }
  }
  using namespace std::chrono;
  const year_month_day date{year{parts[0]}, month{static_cast<unsigned>(parts[1])}, day{static_cast<unsigned>(parts[2])}};
  if (!date.ok() || parts[0] < 1900 || parts[0] > 2200) return std::nullopt;
  return date;
}

bool is_plain_id(std::string_view text, std::size_t chars_max) {
  return !text.empty() && text.size() <= chars_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string label_of(std::string_view leaf) {
  std::string label(leaf);
  std::replace(label.begin(), label.end(), '.', ' ');
  std::replace(label.begin(), label.end(), '_', ' ');
  if (label.front() >= 'a' && label.front() <= 'z') label.front() = static_cast<char>(label.front() - 'a' + 'A');
  return label;
}

std::string list_of(std::span<const std::string_view> choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
    text += choices[i];
  }
  return text;
}

}  // namespace tillgate
