// A person's name as it is compared. What was typed stays as it was typed; these are derived from it where they are needed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tillgate {

enum class Suffix : std::uint8_t { none, junior, senior, second, third, fourth };

inline constexpr std::size_t kNameLettersMax = 40;  // more letters than this decide nothing
inline constexpr std::size_t kNamePartsMax = 4;
inline constexpr std::size_t kFormalsMax = 3;

struct NameForm {
  std::string text;        // folded; letters, digits, hyphen, apostrophe, single blanks
  std::u32string letters;  // the same without hyphen, apostrophe and blanks, at most kNameLettersMax
  // Ends of the parts of a double name ("garcia lopez", "smith-jones") within `letters`; one part has one end.
  std::array<std::uint8_t, kNamePartsMax> part_ends{};
  std::uint8_t parts = 0;
  // Numbers of the formal names that a given name may stand for (core/nickname.hpp).
  std::array<std::uint16_t, kFormalsMax> formals{};
  std::uint8_t formal_count = 0;
  bool is_placeholder = false;  // "WALK IN", "CUSTOMER", ".", a single letter

  [[nodiscard]] bool is_identity() const { return !letters.empty() && !is_placeholder; }
  [[nodiscard]] std::u32string_view part(std::size_t which) const {
    const std::size_t begin = which == 0 ? 0 : part_ends[which - 1];
    return std::u32string_view(letters).substr(begin, part_ends[which] - begin);
  }
  bool operator==(const NameForm&) const = default;
};

// "o’Brien-Smith" -> "o'brien-smith". Idempotent.
[[nodiscard]] std::string name_text(std::string_view raw);
[[nodiscard]] NameForm name_form(std::string_view raw);

// The generational suffix that a text is ("Jr.", "III", "2nd"); none when it is none.
[[nodiscard]] Suffix suffix_of(std::string_view raw);
// Takes a trailing suffix off a name text: "king jr" -> "king", junior. A name that is nothing else stays.
[[nodiscard]] Suffix split_suffix(std::string& name);

// Names that are placeholders only together: "John Doe", "Test Customer", "First Last".
[[nodiscard]] bool is_placeholder_pair(const NameForm& given, const NameForm& surname);

}  // namespace tillgate
