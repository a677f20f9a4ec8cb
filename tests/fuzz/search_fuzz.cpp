// The body of a search, from a stranger's bytes to the ranges of the index and the judgement of a record.
#include <string>

#include "core/search_card.hpp"
#include "core/search_match.hpp"
#include "daemon/json_body.hpp"
#include "daemon/search_request.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

void check_range(const TermRange& range) {
  claim(range.first < range.end, "a range of terms holds its beginning");
  claim(range.first.size() <= kTermWordBytes + kTermOtherBytes + 2, "a term is short");
}

void check_words(const std::vector<SearchWord>& words) {
  for (const auto& word : words) {
    claim(!word.letters.empty(), "a word has a letter");
    check_range(word_range(TermKind::surname, word.letters));
    check_range(pair_range(TermKind::given, term_word(word.letters), word.letters));
    claim(fit_of(word, word.letters).score == 100, "a word fits itself");
  }
}

// Whoever is called as was asked is found by it.
void check_match(const SearchQuery& query) {
  SearchCard card;
  for (const auto* words : {&query.words, &query.last}) {
    for (const auto& word : *words) card.surname.push_back(word.letters);
  }
  for (const auto& word : query.first) card.given.push_back(word.letters);
  for (auto* names : {&card.surname, &card.given}) {
    std::u32string joined;
    for (const auto& name : *names) joined += name;
    if (names->size() > 1) names->push_back(joined);
  }
  for (const auto& mark : query.marks) {
    if (!mark.phone.empty()) card.phone = mark.phone;
    if (!mark.email.empty()) card.email = mark.email;
    if (!mark.birthday.empty()) card.birthday = mark.birthday;
  }
  if (query.marks.size() <= 1 && (query.marks.empty() || query.marks[0].number.empty() || !card.phone.empty())) {
    const auto found = match(query, card);
    claim(found && found->score >= 1 && found->score <= 100 && !found->why.empty(), "who is called so is found");
  }
  for (const auto& term : search_terms(card)) claim(!term.empty(), "a term has a kind");
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  using namespace tillgate::fuzz;
  const auto body = parse_object({reinterpret_cast<const char*>(data), size});
  if (!body) return 0;
  const auto parsed = search_from(*body);
  for (const auto& fault : parsed.faults)
    claim(!fault.field.empty() && fault.field.size() <= 40 && !fault.sentence.empty(), "a fault says what is wrong");
  if (!parsed.faults.empty()) return 0;
  const SearchQuery& query = parsed.query;
  claim(query.words.size() + query.first.size() + query.last.size() <= kSearchWordsMax, "words are bounded");
  claim(!query.words.empty() || !query.first.empty() || !query.last.empty() || !query.marks.empty(), "something is asked");
  check_words(query.words);
  check_words(query.first);
  check_words(query.last);
  for (const auto& mark : query.marks) {
    if (!mark.phone.empty()) check_range(phone_range(mark.phone));
    if (!mark.email.empty()) check_range(email_range(mark.email));
    if (!mark.birthday.empty()) check_range(birthday_range(mark.birthday));
  }
  for (const auto& other : other_readings(query)) check_words(other.words);
  check_match(query);
  return 0;
}
