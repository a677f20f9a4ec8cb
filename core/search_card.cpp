#include "core/search_card.hpp"

#include <algorithm>
#include <utility>

#include "core/fold.hpp"
#include "core/name.hpp"

namespace tillgate {

namespace {

std::vector<std::u32string> words_of(const NameForm& form) {
  std::vector<std::u32string> words;
  for (std::size_t i = 0; i < form.parts; ++i) words.emplace_back(form.part(i));
  if (form.parts > 1) words.push_back(form.letters);
  return words;
}

std::string cut(std::u32string_view letters, std::size_t bytes_max) {
  std::string text = utf8_of(letters);
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  text.resize(end);
  return text;
}

// Half a byte a digit, the last digit first; 0 is "no more".
std::string packed(std::string_view digits_from_the_end) {
  std::string bytes;
  for (std::size_t i = 0; i < digits_from_the_end.size(); ++i) {
    const auto half = static_cast<unsigned char>(digits_from_the_end[i] - '0' + 1);
    if (i % 2 == 0) {
      bytes += static_cast<char>(half << 4U);
    } else {
      bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) | half);
    }
  }
  return bytes;
}

std::string from_the_end(std::string_view digits) {
  std::string turned(digits.rbegin(), digits.rend());
  if (turned.size() > kTermPhoneDigits) turned.resize(kTermPhoneDigits);
  return turned;
}

std::string term_of(TermKind kind, std::string_view rest) {
  return std::string(1, static_cast<char>(kind)).append(rest);
}

std::string birthday_term(std::string_view digits) {
  std::uint32_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<std::uint32_t>(c - '0');
  const std::uint32_t day = (number / 10'000 * 16 + number / 100 % 100) * 32 + number % 100;
  std::string term(1, static_cast<char>(TermKind::birthday));
  for (const unsigned shift : {16U, 8U, 0U}) term += static_cast<char>((day >> shift) & 0xffU);
  return term;
}

// Six bytes tell a million numbers apart; the record has the last word anyhow.
std::string number_term(TermKind kind, const BlindIndex& index) {
  return term_of(kind, std::string_view(reinterpret_cast<const char*>(index.data()), 6));
}

TermRange beginning_with(std::string prefix) {
  TermRange range{prefix, std::move(prefix)};
  range.end += '\xff';  // no UTF-8 and no packed digit has this byte
  return range;
}

TermRange exactly(std::string term) {
  TermRange range{term, std::move(term)};
  range.end += '\0';
  return range;
}

// Beside each word stands the other name, all in one. Where both names have parts, the surname's words stand beside each further
// part too: one may know a "Maria Jose Garcia Lopez" as Jose Lopez.
void add_names(std::vector<std::string>& terms, const SearchCard& card) {
  const auto add = [&](TermKind kind, std::u32string_view word, std::u32string_view other) {
    terms.push_back(term_of(kind, term_word(word)) + kTermJoint + term_other(other));
  };
  const auto whole = [](const std::vector<std::u32string>& names) { return names.empty() ? std::u32string() : names.back(); };
  for (const auto& word : card.surname) add(TermKind::surname, word, whole(card.given));
  for (const auto& word : card.given) add(TermKind::given, word, whole(card.surname));
  if (card.surname.size() < 2) return;
  for (std::size_t part = 1; part + 1 < card.given.size(); ++part) {
    for (const auto& word : card.surname) add(TermKind::surname, word, card.given[part]);
  }
}

}  // namespace

std::string term_word(std::u32string_view letters) {
  return cut(letters, kTermWordBytes);
}

std::string term_other(std::u32string_view letters) {
  return cut(letters, kTermOtherBytes);
}

std::vector<std::u32string> search_words(std::string_view name) {
  return words_of(name_form(name));
}

SearchCard search_card(const Customer& customer, const std::optional<BlindIndex>& licence,
                       const std::optional<BlindIndex>& medical) {
  SearchCard card;
  std::string surname = name_text(customer.text(Field::last_name));
  (void)split_suffix(surname);  // nobody looks for "jr"
  card.surname = search_words(surname);
  card.given = search_words(customer.text(Field::first_name));
  card.middle = search_words(customer.text(Field::middle_name));
  const std::string_view phone = customer.text(Field::phone);
  card.phone = phone_form(phone).e164;
  std::erase(card.phone, '+');
  if (card.phone.empty()) {  // a local number: what was typed
    for (const char c : compatible(phone)) {
      if (c >= '0' && c <= '9') card.phone += c;
    }
  }
  card.email = email_form(customer.text(Field::email)).key;
  if (card.email.empty()) card.email = folded(customer.text(Field::email));
  card.birthday = birthday_form(customer.text(Field::birthday), false).digits;
  card.licence = licence;
  card.medical = medical;
  return card;
}

std::vector<std::string> search_terms(const SearchCard& card) {
  std::vector<std::string> terms;
  add_names(terms, card);
  if (!card.phone.empty()) terms.push_back(term_of(TermKind::phone, packed(from_the_end(card.phone))));
  if (!card.email.empty()) terms.push_back(email_range(card.email).first);
  if (!card.birthday.empty()) terms.push_back(birthday_term(card.birthday));
  if (card.licence) terms.push_back(number_term(TermKind::licence, *card.licence));
  if (card.medical) terms.push_back(number_term(TermKind::medical, *card.medical));
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

std::optional<std::string_view> word_of_term(std::string_view term) {
  if (term.empty() || (term[0] != static_cast<char>(TermKind::surname) && term[0] != static_cast<char>(TermKind::given)))
    return std::nullopt;
  const auto joint = term.find(kTermJoint);
  return joint == std::string_view::npos ? std::nullopt : std::optional(term.substr(0, joint));
}

TermRange word_range(TermKind kind, std::u32string_view beginning) {
  return beginning_with(term_of(kind, term_word(beginning)));
}

TermRange pair_range(TermKind kind, std::string_view word, std::u32string_view other) {
  return beginning_with(term_of(kind, word) + kTermJoint + term_other(other));
}

TermRange phone_range(std::string_view last_digits) {
  const std::string turned = from_the_end(last_digits);
  std::string first = term_of(TermKind::phone, packed(turned));
  if (turned.size() % 2 == 0) return beginning_with(std::move(first));
  std::string end = first;
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) | 0x0fU);
  return {std::move(first), end += '\xff'};
}

TermRange email_range(std::string_view beginning) {
  std::size_t end = std::min(beginning.size(), kTermEmailBytes);
  while (end > 0 && end < beginning.size() && (static_cast<unsigned char>(beginning[end]) & 0xc0U) == 0x80U) --end;
  return beginning_with(term_of(TermKind::email, beginning.substr(0, end)));
}

TermRange birthday_range(std::string_view digits) {
  return exactly(birthday_term(digits));
}

TermRange number_range(TermKind kind, const BlindIndex& index) {
  return exactly(number_term(kind, index));
}

}  // namespace tillgate
