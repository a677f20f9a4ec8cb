// A town of any size for the search bench, person by person from a seed: common names as common as they are, and a long tail of rare
// ones made of syllables, so that the names of a million people are some two hundred thousand different words. Nobody in it exists.
#pragma once

#include <cstdint>
#include <string>

#include "bench/matching/town_names.hpp"
#include "core/customer.hpp"
#include "core/random.hpp"

namespace tillgate::bench {

struct SearchPerson {
  std::string first, last, phone, email, birthday, licence;
};

class SearchPeople {
 public:
  explicit SearchPeople(std::uint64_t seed) : random_(seed) {}

  SearchPerson next() {
    SearchPerson person;
    person.first = given();
    person.last = surname();
    if (random_.below(20) == 0) person.last += "-" + surname();
    if (random_.below(100) < 85) person.phone = "+1" + area() + digits(3) + digits(4);
    if (random_.below(100) < 75) person.email = mailbox(person);
    if (random_.below(100) < 90)
      person.birthday = std::to_string(1935 + random_.below(70)) + two(1 + random_.below(12)) + two(1 + random_.below(28));
    if (random_.below(100) < 42) person.licence = std::string(1, static_cast<char>('A' + random_.below(26))) + digits(8);
    return person;
  }

  static Patch patch_of(const SearchPerson& person) {
    Patch patch;
    patch.fields = {{Field::first_name, person.first}, {Field::last_name, person.last}};
    const auto set = [&](Field field, const std::string& value) {
      if (!value.empty()) patch.fields.emplace_back(field, value);
    };
    set(Field::phone, person.phone);
    set(Field::email, person.email);
    set(Field::birthday, person.birthday);
    set(Field::licence_number, person.licence);
    return patch;
  }

 private:
  // The first of a list is the most frequent, the tenth some four times rarer.
  template <class List>
  std::string common(const List& list) {
    const auto at = random_.below(list.size()), again = random_.below(list.size());
    return std::string(list[at * again / list.size()]);
  }
  template <class List>
  std::string any(const List& list) {
    return std::string(list[random_.below(list.size())]);
  }

  std::string surname() {
    const auto draw = random_.below(100);
    if (draw < 40) return common(kSurnames);
    if (draw < 75) return any(kSurnameHeads) + any(kSurnameTails);
    if (draw < 98) return any(kSurnameHeads) + any(kMiddles) + any(kSurnameTails) + (random_.below(2) == 0 ? "" : any(kEnds));
    return any(kOtherScripts);
  }
  std::string given() {
    const auto draw = random_.below(100);
    std::string name = draw < 45 ? common(kMaleNames) : draw < 90 ? common(kFemaleNames) : any(kSurnameHeads) + any(kEnds);
    if (random_.below(25) == 0) name += " " + common(kFemaleNames);
    return name;
  }
  std::string mailbox(const SearchPerson& person) {
    std::string box;
    for (const std::string& part : {person.first, std::string("."), person.last}) {
      for (const char c : part) {
        if (c >= 'A' && c <= 'Z') box += static_cast<char>(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || c == '.') box += c;
      }
    }
    static constexpr std::array<std::string_view, 4> domains{"@mail.example.net", "@post.example.net", "@box.example.net",
                                                             "@inbox.example.net"};
    return box + digits(1 + random_.below(4)) + any(domains);
  }
  std::string area() {
    static constexpr std::array<std::string_view, 6> areas{"503", "971", "541", "458", "360", "206"};
    return any(areas);
  }
  std::string digits(std::uint64_t count) {
    std::string text;
    for (std::uint64_t i = 0; i < count; ++i)
      text += static_cast<char>((i == 0 ? '2' : '0') + static_cast<char>(random_.below(i == 0 ? 8 : 10)));
    return text;
  }
  static std::string two(std::uint64_t number) { return (number < 10 ? "-0" : "-") + std::to_string(number); }

  static constexpr std::array<std::string_view, 24> kMiddles{"a",   "e",   "i",   "o",  "an", "el", "er",  "in",
                                                             "or",  "ul",  "ar",  "en", "ba", "ri", "len", "mar",
                                                             "ton", "vel", "dor", "ki", "sa", "no", "te",  "lu"};
  static constexpr std::array<std::string_view, 12> kEnds{"a", "o", "i", "e", "is", "os", "an", "el", "ia", "ey", "us", "ina"};
  static constexpr std::array<std::string_view, 10> kOtherScripts{"Ковальчук", "Иванова", "Παπαδόπουλος", "王",     "李",
                                                                  "田中",      "김",      "Şimşek",       "الخطيب", "Łozowski"};
  Random random_;
};

}  // namespace tillgate::bench
