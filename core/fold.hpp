// Text as it is compared, never as it is shown: two spellings that a person would call the same give the same bytes.
// ICU is included behind this door and customer.cpp's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tillgate {

// NFKC, case folded, accents and vowel points removed, letters with a stroke or ligature spelled plainly (ø, ł, æ), hyphens and
// apostrophes of every kind made one, white space made one blank and trimmed, invisible characters dropped. The order matters:
// full-width forms before case, ß before accents. Marks that are letters to their readers stay (Indic vowel signs, Japanese voicing),
// so that no script is emptied. Running it twice gives the same. Ill-formed UTF-8 gives "".
[[nodiscard]] std::string folded(std::string_view raw);

// NFKC and trimmed, case and accents as typed. Ill-formed UTF-8 gives "".
[[nodiscard]] std::string compatible(std::string_view raw);

// A domain name in its ASCII form ("bücher.example" -> "xn--bcher-kva.example"), small letters; nullopt: no domain name.
[[nodiscard]] std::optional<std::string> ascii_domain(std::string_view domain);

// Code points of well-formed UTF-8: similarity counted in bytes would find any two Cyrillic names alike.
[[nodiscard]] std::u32string code_points(std::string_view utf8);
[[nodiscard]] std::string utf8_of(std::u32string_view text);

[[nodiscard]] bool is_letter_or_digit(char32_t c);
// Writes a word, or most of one, with a single character (Han, Hangul, Kana): there a name of one character is a name.
[[nodiscard]] bool is_syllabic(char32_t c);

}  // namespace tillgate
