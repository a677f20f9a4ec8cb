// What somebody looks for, understood: the words of names, numbers that may be a telephone's or a licence's or a date, an e-mail
// address or its beginning. Everything that is asked must fit; who is unsure of something leaves it out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/customer.hpp"
#include "core/identity.hpp"

namespace tillgate {

inline constexpr std::size_t kSearchTextBytesMax = 320;  // of each text asked; an e-mail address may have so many
inline constexpr std::size_t kSearchWordsMax = 6;
inline constexpr std::size_t kSearchPhoneDigitsMin = 4;

// As asked. Empty: not asked.
struct SearchText {
  std::string q;  // anything, as typed into one box
  std::string first_name, last_name, phone, email, birthday, licence;
};

struct SearchWord {
  std::u32string letters;
  std::vector<std::u32string> nicknames;  // other names of who is called so
  // Slips allowed: none in one or two letters, one up to five, two beyond.
  [[nodiscard]] std::size_t slips_max() const { return letters.size() < 3 ? 0 : letters.size() <= 5 ? 1 : 2; }
};

// One thing that was typed and may be any of these; empty: it cannot be that.
struct SearchMark {
  std::string field;     // the name it was asked under; "q" for free text
  std::string phone;     // digits
  std::string email;     // beginning of an address, or all of it, as compared
  std::string birthday;  // eight digits
  std::string number;    // of a licence or a medical card, as typed: whoever holds the key fills in the indexes
  std::optional<BlindIndex> licence, medical;
};

struct SearchQuery {
  std::vector<SearchWord> words;        // of any name, in any order
  std::vector<SearchWord> first, last;  // of the names they were asked under
  std::vector<SearchMark> marks;
};

struct SearchUnderstood {
  SearchQuery query;
  std::vector<FieldFault> faults;  // what cannot be looked for, for a cashier. Empty: the query may be run
};
[[nodiscard]] SearchUnderstood understand(const SearchText& text);

// What else its free words may mean, for when nobody fits: two neighbours as one ("o brien", "mc donald"), and a name written without
// blanks in a script that has none as two.
[[nodiscard]] std::vector<SearchQuery> other_readings(const SearchQuery& query);

}  // namespace tillgate
