#include "core/fold.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uidna.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>

namespace tillgate {

namespace {

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::optional<icu::UnicodeString> unicode_of(std::string_view raw) {
  icu::UnicodeString text;
  const auto size = static_cast<std::int32_t>(raw.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(raw.data(), at, size, c);
    if (c < 0) return std::nullopt;
    text.append(c);
  }
  return text;
}

icu::UnicodeString normal(const icu::UnicodeString& text, const icu::Normalizer2* (*form)(UErrorCode&)) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = form(status);
  if (U_FAILURE(status)) return {};
  icu::UnicodeString out = normalizer->normalize(text, status);
  return U_FAILURE(status) ? icu::UnicodeString() : out;
}

// Before NFKC, which makes some of these a blank with an accent.
UChar32 plain_mark(UChar32 c) {
  switch (c) {
    case 0x60:
    case 0xb4:
    case 0x2b9:
    case 0x2bb:
    case 0x2bc:
    case 0x2bd:
    case 0x2018:
    case 0x2019:
    case 0x201b:
    case 0x2032:
    case 0xff07: return '\'';
    default: return u_charType(c) == U_DASH_PUNCTUATION || c == 0x2212 ? '-' : c;
  }
}

// Letters that no decomposition reaches, as people without them on their keyboard write them.
std::string_view plain_letters(UChar32 c) {
  switch (c) {
    case 0xe6: return "ae";
    case 0x153: return "oe";
    case 0xf8: return "o";
    case 0xfe: return "th";
    case 0xf0:
    case 0x111: return "d";
    case 0x127: return "h";
    case 0x131: return "i";
    case 0x142: return "l";
    case 0x167: return "t";
    default: return {};
  }
}

// An accent or a vowel point: removing it leaves what a reader in a hurry would type. Marks of Indic and other scripts are vowels.
bool is_accent(UChar32 c) {
  if (u_charType(c) != U_NON_SPACING_MARK || c == 0x3099 || c == 0x309a) return false;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &status);
  return script == USCRIPT_INHERITED || script == USCRIPT_HEBREW;
}

icu::UnicodeString folded_once(const icu::UnicodeString& text) {
  icu::UnicodeString marks;
  for (std::int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) marks.append(plain_mark(text.char32At(at)));
  icu::UnicodeString folded = normal(marks, icu::Normalizer2::getNFKCInstance);
  folded.foldCase();
  const icu::UnicodeString apart = normal(folded, icu::Normalizer2::getNFDInstance);
  icu::UnicodeString kept;
  bool is_after_blank = true;
  for (std::int32_t at = 0; at < apart.length(); at = apart.moveIndex32(at, 1)) {
    const UChar32 c = apart.char32At(at);
    if (is_accent(c)) continue;
    if (u_isUWhiteSpace(c)) {
      if (!is_after_blank) kept.append(static_cast<UChar32>(' '));
      is_after_blank = true;
      continue;
    }
    if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) || u_iscntrl(c)) continue;
    is_after_blank = false;
    const std::string_view letters = plain_letters(c);
    if (letters.empty()) {
      kept.append(c);
    } else {
      for (const char letter : letters) kept.append(static_cast<UChar32>(letter));
    }
  }
  kept.trim();
  return normal(kept, icu::Normalizer2::getNFKCInstance);
}

std::string folded_ascii(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (const char c : raw) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    if (c == '`') {
      out += '\'';
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

constexpr int kFoldsMax = 4;  // a second pass settles all but contrived text

}  // namespace

std::string folded(std::string_view raw) {
  if (is_plain(raw)) return folded_ascii(raw);
  auto text = unicode_of(raw);
  if (!text) return {};
  for (int pass = 0; pass < kFoldsMax; ++pass) {
    icu::UnicodeString next = folded_once(*text);
    if (next == *text) break;
    text = std::move(next);
  }
  std::string out;
  text->toUTF8String(out);
  return out;
}

std::string compatible(std::string_view raw) {
  std::string out;
  if (is_plain(raw)) {
    out = raw;
  } else if (const auto text = unicode_of(raw)) {
    normal(*text, icu::Normalizer2::getNFKCInstance).toUTF8String(out);
  }
  const auto begin = out.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return out.substr(begin, out.find_last_not_of(" \t\r\n") - begin + 1);
}

std::optional<std::string> ascii_domain(std::string_view domain) {
  while (domain.ends_with('.')) domain.remove_suffix(1);
  if (domain.empty() || domain.size() > 253) return std::nullopt;
  static const UIDNA* const idna = [] {
    UErrorCode status = U_ZERO_ERROR;
    const UIDNA* opened = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_USE_STD3_RULES, &status);
    return U_FAILURE(status) ? nullptr : opened;
  }();
  if (!idna) return std::nullopt;
  std::array<char, 256> out{};
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode status = U_ZERO_ERROR;
  const std::int32_t size = uidna_nameToASCII_UTF8(idna, domain.data(), static_cast<std::int32_t>(domain.size()), out.data(),
                                                   static_cast<std::int32_t>(out.size()), &info, &status);
  if (U_FAILURE(status) || info.errors != 0 || size <= 0 || size > 253) return std::nullopt;
  return std::string(out.data(), static_cast<std::size_t>(size));
}

std::u32string code_points(std::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  const auto size = static_cast<std::int32_t>(utf8.size());
  for (std::int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(utf8.data(), at, size, c);
    if (c >= 0) out += static_cast<char32_t>(c);
  }
  return out;
}

std::string utf8_of(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) {
    std::array<char, U8_MAX_LENGTH> bytes{};
    std::int32_t size = 0;
    UBool is_error = false;
    U8_APPEND(bytes.data(), size, static_cast<std::int32_t>(bytes.size()), static_cast<UChar32>(c), is_error);
    if (!is_error) out.append(bytes.data(), static_cast<std::size_t>(size));
  }
  return out;
}

bool is_letter_or_digit(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  const auto type = u_charType(static_cast<UChar32>(c));
  return u_isalnum(static_cast<UChar32>(c)) || type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

bool is_syllabic(char32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(static_cast<UChar32>(c), &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HANGUL:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA: return true;
    default: return false;
  }
}

}  // namespace tillgate
