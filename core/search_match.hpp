// Whether a customer is one of those that were asked for, how well he fits, and why.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/search_card.hpp"
#include "core/search_query.hpp"

namespace tillgate {

enum class SearchHow : std::uint8_t {
  equals,
  begins_with,
  one_letter_differs,
  two_letters_differ,
  nickname_of,
  ends_with,
  names_exchanged
};
[[nodiscard]] std::string_view name_of(SearchHow how);  // as in the API

struct SearchReason {
  std::string_view field;  // as in the API: "last_name"
  SearchHow how;
  bool operator==(const SearchReason&) const = default;
};

struct SearchMatch {
  int score = 0;  // 1 .. 100; 100: everything that was asked is there as it was asked
  std::vector<SearchReason> why;
};

// None: something that was asked does not fit.
[[nodiscard]] std::optional<SearchMatch> match(const SearchQuery& query, const SearchCard& card);

// One word of a query against one word of a name. Two words of the same name are as many slips apart as a person can make.
struct WordFit {
  int score = 0;  // 0: no fit
  SearchHow how = SearchHow::equals;
};
[[nodiscard]] WordFit fit_of(const SearchWord& asked, std::u32string_view held);

}  // namespace tillgate
