#include "core/search_query.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "core/email.hpp"
#include "core/fold.hpp"
#include "core/json.hpp"
#include "core/nickname.hpp"
#include "core/phone.hpp"
#include "core/search_card.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kEmailBytesMin = 3;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_digit);
  return digits;
}

// What people put between the digits of a number.
bool is_number_text(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_digit) &&
         text.find_first_not_of("0123456789+-./()x ") == std::string_view::npos;
}

SearchWord word_of(std::u32string letters) {
  SearchWord word{std::move(letters), {}};
  word.nicknames = related_names(word.letters);
  return word;
}

// The parts of a name; "smith-jones" asks for smith and for jones.
void add_words(std::vector<SearchWord>& words, std::string_view text) {
  auto parts = search_words(text);
  if (parts.size() > 1) parts.pop_back();  // the last is all in one
  for (auto& part : parts) words.push_back(word_of(std::move(part)));
}

// 1984-02-29, 2/29/1984, 29.2.1984, 19840229.
std::string date_of(std::string_view text) {
  std::array<std::string, 3> parts;
  std::size_t count = 0;
  char joint = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      parts[count] += c;
    } else if ((c == '-' || c == '/' || c == '.') && (joint == 0 || joint == c) && count < 2 && !parts[count].empty()) {
      joint = c;
      ++count;
    } else {
      return {};
    }
  }
  if (count == 0 && parts[0].size() == 8) {
    parts = {parts[0].substr(0, 4), parts[0].substr(4, 2), parts[0].substr(6)};
  } else if (count != 2) {
    return {};
  } else if (joint == '/' && parts[2].size() == 4) {
    parts = {parts[2], parts[0], parts[1]};  // month first: the gateway's home is North America
  } else if (joint == '.' && parts[2].size() == 4) {
    parts = {parts[2], parts[1], parts[0]};
  }
  if (parts[0].size() != 4 || parts[1].empty() || parts[1].size() > 2 || parts[2].empty() || parts[2].size() > 2) return {};
  using namespace std::chrono;
  const auto number = [](const std::string& digits) { return std::stoi(digits); };
  const year_month_day day{year{number(parts[0])}, month{static_cast<unsigned>(number(parts[1]))},
                           std::chrono::day{static_cast<unsigned>(number(parts[2]))}};
  if (!day.ok() || number(parts[0]) < 1800) return {};
  for (std::size_t i = 1; i < 3; ++i) {
    if (parts[i].size() == 1) parts[i].insert(0, 1, '0');
  }
  return parts[0] + parts[1] + parts[2];
}

// With its country code where one was typed, so that a whole number agrees with the record's whole number.
std::string phone_digits(std::string_view text) {
  const std::string whole = digits_of(phone_form(text).e164);
  const bool is_written_whole = text.find('+') != std::string_view::npos || text.starts_with("00");
  return !whole.empty() && is_written_whole ? whole : digits_of(text);
}

// The whole address, or its beginning.
std::string email_beginning(std::string_view text) {
  const std::string key = email_form(text).key;
  return key.empty() ? folded(text) : key;
}

class Reading {
 public:
  explicit Reading(SearchUnderstood& out) : out_(out) {}

  void free_text(const std::string& text) {
    std::string_view rest = text;
    std::string number;  // "(503) 555 0142" is one, in three pieces
    const auto end_number = [&] {
      if (!number.empty()) free_number(number);
      number.clear();
    };
    while (!rest.empty()) {
      const auto begin = rest.find_first_not_of(' ');
      if (begin == std::string_view::npos) break;
      rest.remove_prefix(begin);
      const std::string_view piece = rest.substr(0, rest.find(' '));
      rest.remove_prefix(piece.size());
      if (is_number_text(piece)) {
        if (!date_of(piece).empty()) end_number();
        number += (number.empty() ? "" : " ") + std::string(piece);
        if (!date_of(piece).empty()) end_number();
      } else {
        end_number();
        free_piece(piece);
      }
    }
    end_number();
  }

  void name(std::string_view field, std::vector<SearchWord>& words, const std::string& text) {
    add_words(words, text);
    if (words.empty()) fault(field, "not_a_name", "There is no letter in this name.");
  }
  void phone(const std::string& text) {
    SearchMark mark{"phone", phone_digits(text), {}, {}, {}, {}, {}};
    if (mark.phone.size() < kSearchPhoneDigitsMin) return fault("phone", "too_short", "Give at least the last four digits.");
    add(std::move(mark));
  }
  void email(const std::string& text) {
    SearchMark mark{"email", {}, email_beginning(text), {}, {}, {}, {}};
    if (mark.email.size() < kEmailBytesMin)
      return fault("email", "too_short", "Give at least three characters of the address.");
    add(std::move(mark));
  }
  void birthday(const std::string& text) {
    SearchMark mark{"birthday", {}, {}, date_of(compatible(text)), {}, {}, {}};
    if (mark.birthday.empty()) return fault("birthday", "not_a_date", "Write the birthday like 1984-02-29.");
    add(std::move(mark));
  }
  void licence(const std::string& text) {
    if (licence_form(text).empty()) return fault("licence", "too_short", "This is no licence number.");
    add(SearchMark{"licence", {}, {}, {}, text, {}, {}});
  }
  void fault(std::string_view field, std::string_view code, std::string_view sentence) {
    out_.faults.push_back({std::string(field), std::string(code), std::string(sentence)});
  }

 private:
  void add(SearchMark mark) { out_.query.marks.push_back(std::move(mark)); }

  void free_number(const std::string& text) {
    SearchMark mark{"q", phone_digits(text), {}, date_of(text), {}, {}, {}};
    if (mark.phone.size() < kSearchPhoneDigitsMin) mark.phone.clear();
    if (!licence_form(text).empty()) mark.number = text;
    if (mark.phone.empty() && mark.birthday.empty() && mark.number.empty())
      return fault("q", "too_short", "Of a number give at least the last four digits.");
    add(std::move(mark));
  }

  // Not a number: a name, an address, a licence number with letters in it. Letters alone are a name.
  void free_piece(std::string_view piece) {
    const bool has_digits = std::any_of(piece.begin(), piece.end(), is_digit);
    const auto inside = piece.substr(0, piece.find_last_not_of('.') + 1);
    const bool is_like_mail =
        piece.find_first_of("@_+") != std::string_view::npos || inside.find('.') != std::string_view::npos;
    if (!has_digits && !is_like_mail) return add_words(out_.query.words, piece);
    SearchMark mark{"q", {}, {}, {}, {}, {}, {}};
    if (piece.size() >= kEmailBytesMin) mark.email = email_beginning(piece);
    if (has_digits && !licence_form(piece).empty()) mark.number = std::string(piece);
    if (mark.email.empty() && mark.number.empty()) return add_words(out_.query.words, piece);
    add(std::move(mark));
  }

  SearchUnderstood& out_;
};

}  // namespace

SearchUnderstood understand(const SearchText& text) {
  SearchUnderstood out;
  Reading reading(out);
  bool has_something = false;
  const auto take = [&](std::string_view field, const std::string& given, const auto& read) {
    const std::string plain = compatible(given);
    if (given.size() > kSearchTextBytesMax) {
      reading.fault(field, "too_long", "This is too long to be looked for.");
    } else if (!is_utf8(given)) {
      reading.fault(field, "not_utf8", "This text cannot be read.");
    } else if (!plain.empty()) {
      has_something = true;
      read(plain);
    }
  };
  auto& query = out.query;
  take("q", text.q, [&](const std::string& plain) { reading.free_text(plain); });
  take("first_name", text.first_name, [&](const std::string& plain) { reading.name("first_name", query.first, plain); });
  take("last_name", text.last_name, [&](const std::string& plain) { reading.name("last_name", query.last, plain); });
  take("phone", text.phone, [&](const std::string& plain) { reading.phone(plain); });
  take("email", text.email, [&](const std::string& plain) { reading.email(plain); });
  take("birthday", text.birthday, [&](const std::string& plain) { reading.birthday(plain); });
  take("licence", text.licence, [&](const std::string& plain) { reading.licence(plain); });
  if (query.words.size() + query.first.size() + query.last.size() > kSearchWordsMax)
    reading.fault(query.words.empty() ? "last_name" : "q", "too_many_words", "Give at most six words of a name.");
  const bool is_empty = query.words.empty() && query.first.empty() && query.last.empty() && query.marks.empty();
  if (out.faults.empty() && (!has_something || is_empty))
    reading.fault("q", "required",
                  "Say whom you look for: a name, a telephone number, an e-mail address, a birthday or a licence number.");
  if (query.marks.size() > kSearchWordsMax) reading.fault("q", "too_many_words", "Give at most six numbers and addresses.");
  return out;
}

std::vector<SearchQuery> other_readings(const SearchQuery& query) {
  std::vector<SearchQuery> readings;
  const auto& words = query.words;
  const auto with = [&](std::size_t at, std::size_t count, std::vector<SearchWord> instead) {
    SearchQuery other = query;
    const auto begin = other.words.begin() + static_cast<std::ptrdiff_t>(at);
    other.words.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
    other.words.insert(other.words.begin() + static_cast<std::ptrdiff_t>(at), instead.begin(), instead.end());
    readings.push_back(std::move(other));
  };
  for (std::size_t i = 0; i + 1 < words.size(); ++i) with(i, 2, {word_of(words[i].letters + words[i + 1].letters)});
  if (words.size() == 1 && std::all_of(words[0].letters.begin(), words[0].letters.end(), is_syllabic)) {
    const auto& letters = words[0].letters;
    // A surname has one character, or two.
    for (std::size_t at = 1; at <= 2 && at < letters.size(); ++at)
      with(0, 1, {word_of(letters.substr(0, at)), word_of(letters.substr(at))});
  }
  return readings;
}

}  // namespace tillgate
