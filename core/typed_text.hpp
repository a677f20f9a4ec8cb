// What people type, in the one form that is kept: trimmed, NFC, without what nobody means to type; and the words in which they are
// told what is wrong with it. Shared by everything that people write to, so that a customer's note and an order's are one kind of
// text. With core/customer.cpp the door to ICU.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tillgate {

inline constexpr std::size_t kTypedBytesMax = 64 * 1024;  // no value is worth normalising beyond this

// Empty where the text shows nothing. nullopt: not UTF-8. Line breaks and tabs stay where lines are kept and are a space elsewhere.
[[nodiscard]] std::optional<std::string> normal_text(std::string_view raw, bool keeps_lines, bool lower_cases);
[[nodiscard]] std::size_t chars_in(std::string_view text);  // code points, of well-formed UTF-8

// "1990-12-31", a day that exists, of the years 1900 to 2200.
[[nodiscard]] std::optional<std::chrono::year_month_day> calendar_date(std::string_view text);
// Somebody else's identifier: 1 to `chars_max` visible ASCII characters.
[[nodiscard]] bool is_plain_id(std::string_view text, std::size_t chars_max);

[[nodiscard]] constexpr char lower_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// "licence.number" -> "Licence number": how a sentence begins.
[[nodiscard]] std::string label_of(std::string_view leaf);
// "a, b or c"
[[nodiscard]] std::string list_of(std::span<const std::string_view> choices);

}  // namespace tillgate
