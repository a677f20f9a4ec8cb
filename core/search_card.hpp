// What of a customer's record a search looks at, in the forms that are compared, and the terms under which a store's index keeps
// it. Derived from the record; deriving it again gives the same bytes on every machine: they are stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/customer.hpp"
#include "core/identity.hpp"

namespace tillgate {

struct SearchCard {
  // Each part of a name by itself, and where there are several also all of them in one: "smith-jones" is smith, jones, smithjones.
  std::vector<std::u32string> given, middle, surname;
  std::string phone;     // digits, country code first where it is known
  std::string email;     // as compared
  std::string birthday;  // eight digits
  std::optional<BlindIndex> licence, medical;
};

[[nodiscard]] SearchCard search_card(const Customer& customer, const std::optional<BlindIndex>& licence,
                                     const std::optional<BlindIndex>& medical);

// The words of a name as they are compared; none for what holds no letter.
[[nodiscard]] std::vector<std::u32string> search_words(std::string_view name);

// A term: its kind, then what is looked up. Names: word, 0x01, the beginning of the other name, so that a word, the beginning of
// one, and a pair of both are each one range of the sorted terms.
enum class TermKind : char {
  surname = 's',
  given = 'g',
  phone = 'p',
  email = 'e',
  birthday = 'b',
  licence = 'l',
  medical = 'm',
  block = 'k',  // of core/block_terms.hpp: nobody searches by it
};
inline constexpr char kTermJoint = '\x01';  // below every letter: a whole word comes before longer ones
inline constexpr std::size_t kTermWordBytes = 24, kTermOtherBytes = 12, kTermEmailBytes = 14, kTermPhoneDigits = 10;

// Sorted, each once.
[[nodiscard]] std::vector<std::string> search_terms(const SearchCard& card);

// Kind and word, without what follows; none for a term that is not of a name.
[[nodiscard]] std::optional<std::string_view> word_of_term(std::string_view term);

// Terms from `first` on and before `end`.
struct TermRange {
  std::string first, end;
};
[[nodiscard]] TermRange word_range(TermKind kind, std::u32string_view beginning);
[[nodiscard]] TermRange pair_range(TermKind kind, std::string_view word, std::u32string_view other);
[[nodiscard]] TermRange phone_range(std::string_view last_digits);
[[nodiscard]] TermRange email_range(std::string_view beginning);
[[nodiscard]] TermRange birthday_range(std::string_view digits);
[[nodiscard]] TermRange number_range(TermKind kind, const BlindIndex& index);

// The bytes of a word as terms hold it: cut to kTermWordBytes between two letters.
[[nodiscard]] std::string term_word(std::u32string_view letters);
[[nodiscard]] std::string term_other(std::u32string_view letters);

}  // namespace tillgate
