#include "core/name.hpp"

#include <algorithm>
#include <utility>

#include "core/fold.hpp"
#include "core/nickname.hpp"

namespace tillgate {

namespace {

// Letters only. Some are somebody's real name; treating those as unknown costs a match, never a wrong one.
constexpr std::array<std::u32string_view, 40> kPlaceholders{U"anon",         U"anonymous",
                                                            U"asdf",         U"blank",
                                                            U"cash",         U"cashcustomer",
                                                            U"cashier",      U"cashsale",
                                                            U"client",       U"customer",
                                                            U"customers",    U"default",
                                                            U"firstname",    U"fnu",
                                                            U"guest",        U"lastname",
                                                            U"lnu",          U"na",
                                                            U"name",         U"newcustomer",
                                                            U"nil",          U"nofirstname",
                                                            U"nolastname",   U"noname",
                                                            U"none",         U"null",
                                                            U"placeholder",  U"retail",
                                                            U"sample",       U"shopper",
                                                            U"surname",      U"test",
                                                            U"testcustomer", U"tester",
                                                            U"testing",      U"unknown",
                                                            U"walkin",       U"walkincustomer",
                                                            U"walkup",       U"xyz"};
constexpr std::array<std::pair<std::u32string_view, std::u32string_view>, 6> kPlaceholderPairs{
    {{U"john", U"doe"}, {U"jane", U"doe"}, {U"joe", U"public"}, {U"first", U"last"}, {U"store", U"account"}, {U"walk", U"in"}}};

bool is_placeholder(std::u32string_view letters) {
  if (letters.size() == 1) return !is_syllabic(letters[0]);
  if (letters.size() > 2 && letters.find_first_not_of(letters[0]) == std::u32string_view::npos && !is_syllabic(letters[0]))
    return true;  // "xxx", "aaaa"
  if (std::all_of(letters.begin(), letters.end(), [](char32_t c) { return c >= U'0' && c <= U'9'; })) return true;
  return std::find(kPlaceholders.begin(), kPlaceholders.end(), letters) != kPlaceholders.end();
}

bool is_joint(char32_t c) {
  return c == U'-' || c == U'\'' || c == U' ';
}

}  // namespace

std::string name_text(std::string_view raw) {
  const std::u32string text = code_points(folded(raw));
  std::u32string kept;
  kept.reserve(text.size());
  for (const char32_t c : text) {
    if (is_letter_or_digit(c)) {
      kept += c;
    } else {
      // Of several joints in a row the first says it: "smith - jones" and "smith-jones" are one name.
      const char32_t joint = c == U'-' || c == U'\'' ? c : U' ';
      if (kept.empty()) continue;
      if (!is_joint(kept.back())) {
        kept += joint;
      } else if (kept.back() == U' ' && joint == U'-') {
        kept.back() = joint;
      }
    }
  }
  while (!kept.empty() && is_joint(kept.back())) kept.pop_back();
  return utf8_of(kept);
}

NameForm name_form(std::string_view raw) {
  NameForm form;
  form.text = name_text(raw);
  const auto end_part = [&] {
    const auto end = static_cast<std::uint8_t>(form.letters.size());
    const std::uint8_t begin = form.parts == 0 ? 0 : form.part_ends[form.parts - 1];
    if (end == begin) return;
    if (form.parts == kNamePartsMax) {
      form.part_ends.back() = end;  // the last part takes what is left
    } else {
      form.part_ends[form.parts++] = end;
    }
  };
  for (const char32_t c : code_points(form.text)) {
    if (c == U'\'') continue;
    if (is_joint(c)) {
      end_part();
    } else if (form.letters.size() < kNameLettersMax) {
      form.letters += c;
    }
  }
  end_part();
  if (form.letters.empty()) return form;
  form.is_placeholder = is_placeholder(form.letters);
  const Formals formals = formals_of(form.letters);
  // "Mary Ann" is first of all a Mary.
  const Formals chosen = formals.count == 0 && form.parts > 1 ? formals_of(form.part(0)) : formals;
  form.formals = chosen.numbers;
  form.formal_count = chosen.count;
  return form;
}

Suffix suffix_of(std::string_view raw) {
  const std::string text = name_text(raw);
  if (text == "jr" || text == "junior") return Suffix::junior;
  if (text == "sr" || text == "senior") return Suffix::senior;
  if (text == "ii" || text == "2nd") return Suffix::second;
  if (text == "iii" || text == "3rd") return Suffix::third;
  if (text == "iv" || text == "4th") return Suffix::fourth;
  return Suffix::none;
}

Suffix split_suffix(std::string& name) {
  const auto blank = name.rfind(' ');
  if (blank == std::string::npos) return Suffix::none;
  const Suffix suffix = suffix_of(std::string_view(name).substr(blank + 1));
  if (suffix != Suffix::none) name.resize(blank);
  return suffix;
}

bool is_placeholder_pair(const NameForm& given, const NameForm& surname) {
  return std::any_of(kPlaceholderPairs.begin(), kPlaceholderPairs.end(), [&](const auto& pair) {
    return (given.letters == pair.first && surname.letters == pair.second) ||
           (given.letters == pair.second && surname.letters == pair.first);
  });
}

}  // namespace tillgate
