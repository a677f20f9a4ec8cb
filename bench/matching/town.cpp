#include "bench/matching/town.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "bench/matching/town_names.hpp"
#include "bench/matching/typist.hpp"

namespace tillgate::bench {

namespace {

struct Place {
  std::string number, street, kind_long, kind_short, unit, city, postal_code, region = "OR";
};

struct Person {
  std::uint32_t id = 0;
  char gender = 'm';
  std::string given, middle, surname, maiden_name, suffix;
  int year = 0, month = 0, day = 0;
  std::string phone, email, licence;
  Place place;
};

std::string birthday_of(const Person& person) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", person.year % 10000, person.month % 100, person.day % 100);
  return text.data();
}

class Builder {
 public:
  explicit Builder(const TownSettings& settings) : settings_(settings), typist_(settings.seed) {}

  std::vector<Sample> build() {
    for (std::uint32_t i = 0; i < settings_.households; ++i) {
      const std::vector<Person> household = new_household();
      for (const Person& person : household) {
        const std::size_t records = typist_.happens(0.68) ? 1 : typist_.happens(0.75) ? 2 : 3;
        for (std::size_t n = 0; n < records; ++n) samples_.push_back(typed(person, household, n > 0));
      }
    }
    for (std::size_t i = samples_.size(); i > 1; --i) std::swap(samples_[i - 1], samples_[typist_.below(i)]);
    return std::move(samples_);
  }

 private:
  // --- who lives there

  std::string new_surname() {
    if (typist_.happens(0.45)) return std::string(typist_.common_of(kSurnames));
    std::string name = std::string(typist_.one_of(kSurnameHeads)) + std::string(typist_.one_of(kSurnameTails));
    if (typist_.happens(0.04)) name += (typist_.happens(0.5) ? "-" : " ") + std::string(typist_.one_of(kSurnames));
    return name;
  }
  std::string new_given(char gender) {
    return std::string(gender == 'm' ? typist_.common_of(kMaleNames) : typist_.common_of(kFemaleNames));
  }
  Place new_place() {
    const auto& [city, code] = typist_.one_of(kTowns);
    const auto& [kind, short_kind] = typist_.one_of(kStreetKinds);
    // Every street has a number 4, few have a 1380.
    Place place{std::to_string(1 + typist_.below(std::size_t{4} << typist_.below(10))),
                std::string(typist_.one_of(kStreets)),
                std::string(kind),
                std::string(short_kind),
                "",
                std::string(city),
                std::string(code),
                "OR"};
    if (typist_.happens(0.04)) {  // beyond the river
      place.region = "WA";
      place.postal_code[1] = '8';
    }
    if (typist_.happens(0.25)) place.unit = std::to_string(1 + typist_.below(40));
    return place;
  }
  std::string new_phone() {
    return "503" + std::to_string(2 + typist_.below(8)) + std::to_string(20 + typist_.below(79)) + typist_.digits(4);
  }
  std::string new_email(const Person& person) {
    std::string box = person.given + (typist_.happens(0.5) ? "." : "") + person.surname;
    if (typist_.happens(0.7)) box += typist_.digits(2);
    std::erase_if(box, [](char c) { return c == ' ' || c == '\'' || static_cast<unsigned char>(c) >= 0x80; });
    std::transform(box.begin(), box.end(), box.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return box + "@" + std::string(typist_.one_of(kMailHosts));
  }

  Person new_person(const std::string& surname, char gender, int year, const Place& place) {
    Person person;
    person.id = next_id_++;
    person.gender = gender;
    person.given = new_given(gender);
    if (typist_.happens(0.6)) person.middle = new_given(gender);
    person.surname = surname;
    person.year = year;
    person.month = 1 + static_cast<int>(typist_.below(12));
    person.day = 1 + static_cast<int>(typist_.below(28));
    person.phone = new_phone();
    person.email = new_email(person);
    if (typist_.happens(0.7)) person.licence = "OR" + typist_.digits(7);
    person.place = place;
    return person;
  }

  void add_children(std::vector<Person>& household, const Place& place, int parent_year) {
    const Person father = household[0];
    const std::size_t children = typist_.below(4);
    for (std::size_t i = 0; i < children; ++i) {
      const char gender = typist_.happens(0.5) ? 'm' : 'f';
      Person child = new_person(father.surname, gender, parent_year + 20 + static_cast<int>(typist_.below(16)), place);
      if (i == 0 && typist_.happens(0.12)) {  // named after his father; the town hall calls them Sr. and Jr.
        child.gender = 'm';
        child.given = father.given;
        child.middle = father.middle;
        child.suffix = "Jr.";
        household[0].suffix = "Sr.";
      }
      if (i + 1 < children && typist_.happens(0.12)) {
        Person twin = new_person(father.surname, gender, child.year, place);
        twin.month = child.month;
        twin.day = child.day;
        if (typist_.happens(0.5)) {
          const TwinNames& names = typist_.one_of(kTwinNames);
          child.given = names.one;
          child.gender = names.one_gender;
          twin.given = names.other;
          twin.gender = names.other_gender;
        }
        if (twin.given != child.given) household.push_back(twin);
      }
      household.push_back(child);
    }
  }

  std::vector<Person> new_household() {
    const Place place = new_place();
    const int year = 1938 + static_cast<int>(typist_.below(62));
    std::vector<Person> household;
    household.push_back(new_person(new_surname(), typist_.happens(0.5) ? 'm' : 'f', year, place));
    const std::size_t kind = typist_.below(10);
    if (kind < 3) return household;
    if (kind == 3) {  // flatmates
      for (std::size_t i = 0; i < 2; ++i)
        household.push_back(
            new_person(new_surname(), typist_.happens(0.5) ? 'm' : 'f', year + static_cast<int>(typist_.below(5)), place));
      return household;
    }
    household[0].gender = 'm';
    household[0].given = new_given('m');
    Person wife = new_person(household[0].surname, 'f', year + static_cast<int>(typist_.below(8)), place);
    if (typist_.happens(0.3)) {
      wife.maiden_name = new_surname();
    } else if (typist_.happens(0.2)) {
      wife.surname = new_surname();
    }
    household.push_back(wife);
    if (kind >= 6 && year < 1985) add_children(household, place, year);
    // One number for all of them, one mailbox for all of them: often enough to matter.
    if (typist_.happens(0.35)) {
      for (Person& person : household) person.phone = household[0].phone;
    }
    if (typist_.happens(0.2)) {
      for (Person& person : household) person.email = household[0].email;
    }
    return household;
  }

  // --- what was typed

  void put(Customer& customer, Field field, std::string value) {
    if (!value.empty()) customer[field].value = std::move(value);
  }

  static bool is_anothers(const std::string& given, const Person& person, const std::vector<Person>& household) {
    return std::any_of(household.begin(), household.end(), [&](const Person& other) {
      return other.id != person.id && name_text(other.given) == name_text(given);
    });
  }

  // A slip that makes one member of a family into another has no truth left to test against.
  std::string slipped_given(const Person& person, const std::vector<Person>& household) {
    std::string name = typist_.slip(person.given);
    return is_anothers(name, person, household) ? person.given : name;
  }

  Sample typed(const Person& person, const std::vector<Person>& household, bool is_later) {
    Sample sample{{}, std::nullopt, person.id};
    Customer& customer = sample.customer;
    customer.id = CustomerId(Uuid{});
    type_names(customer, person, household, is_later);
    type_birthday(customer, person);
    type_contact(customer, person, is_later);
    Place place = person.place;
    if (is_later && typist_.happens(0.15)) place = new_place();
    type_place(customer, place);
    if (typist_.happens(0.6))
      put(customer, Field::gender, (person.gender == 'm') != typist_.happens(0.008) ? "male" : "female");
    if (!person.licence.empty() && typist_.happens(0.6)) {
      const std::string number = typist_.happens(0.01) ? typist_.slip(person.licence) : person.licence;
      const Digest digest = hash_of(licence_form(number));
      BlindIndex index{};
      std::copy_n(digest.bytes.begin(), index.size(), index.begin());
      sample.licence = index;
      put(customer, Field::licence_region, typist_.happens(0.9) ? "OR" : "Oregon");
      put(customer, Field::licence_country, "US");
      if (typist_.happens(0.5)) put(customer, Field::verification, "verified");
    }
    return sample;
  }

  void type_names(Customer& customer, const Person& person, const std::vector<Person>& household, bool is_later) {
    std::string given = person.given, surname = person.surname;
    if (!is_later && !person.maiden_name.empty()) surname = person.maiden_name;
    const auto short_form =
        std::find_if(kShortForms.begin(), kShortForms.end(), [&](const auto& entry) { return entry.first == person.given; });
    if (short_form != kShortForms.end() && typist_.happens(0.15)) given = short_form->second;
    const bool goes_by_middle =
        !person.middle.empty() && typist_.happens(0.012) && !is_anothers(person.middle, person, household);
    if (goes_by_middle) given = person.middle;
    if (typist_.happens(0.05) && !goes_by_middle) given = slipped_given(person, household);
    if (typist_.happens(0.06)) surname = typist_.slip(surname);
    if (typist_.happens(0.006)) given = "Walk in";
    if (typist_.happens(0.004)) surname = "Customer";
    if (typist_.happens(0.005)) given = given.substr(0, 1);
    if (typist_.happens(0.008)) std::swap(given, surname);
    if (!person.suffix.empty() && typist_.happens(0.5)) {
      if (typist_.happens(0.5)) {
        put(customer, Field::suffix, person.suffix);
      } else {
        surname += " " + person.suffix;
      }
    }
    if (typist_.happens(0.1)) {
      given = typist_.shouted(given);
      surname = typist_.shouted(surname);
    }
    put(customer, Field::first_name, given);
    put(customer, Field::last_name, surname);
    if (!person.middle.empty() && typist_.happens(0.4) && !goes_by_middle) {
      const std::string middle = typist_.happens(0.015) ? new_given(person.gender) : person.middle;
      put(customer, Field::middle_name, typist_.happens(0.5) ? middle.substr(0, 1) : middle);
    }
  }

  void type_birthday(Customer& customer, const Person& person) {
    if (typist_.happens(0.08)) return;
    Person as_typed = person;
    if (typist_.happens(0.01)) std::swap(as_typed.month, as_typed.day);
    if (typist_.happens(0.01)) as_typed.day = 1 + static_cast<int>(typist_.below(28));
    if (typist_.happens(0.01)) as_typed.year += static_cast<int>(typist_.below(2)) * 20 - 10;
    if (typist_.happens(0.01)) {  // the card of somebody else lay on the counter
      as_typed.year = 1938 + static_cast<int>(typist_.below(66));
      as_typed.day = 1 + static_cast<int>(typist_.below(28));
    }
    if (as_typed.month > 12) as_typed.month = 12;
    std::string text = birthday_of(as_typed);
    if (typist_.happens(0.015)) text = typist_.happens(0.5) ? "1970-01-01" : "1900-01-01";
    put(customer, Field::birthday, text);
  }

  void type_contact(Customer& customer, const Person& person, bool is_later) {
    std::string phone = is_later && typist_.happens(0.12) ? new_phone() : person.phone;
    if (typist_.happens(0.02)) phone = typist_.slip(phone);
    if (typist_.happens(0.04)) {
      put(customer, Field::phone, std::string(typist_.one_of(kNoPhones)));
    } else if (!typist_.happens(0.12)) {
      const std::string area = phone.substr(0, 3), exchange = phone.substr(3, 3), line = phone.substr(6);
      switch (typist_.below(4)) {
        case 0: put(customer, Field::phone, phone); break;
        case 1: put(customer, Field::phone, "(" + area + ") " + exchange + "-" + line); break;
        case 2: put(customer, Field::phone, "+1 " + area + "." + exchange + "." + line); break;
        default: put(customer, Field::phone, area + "-" + exchange + "-" + line); break;
      }
    }
    std::string email = is_later && typist_.happens(0.12) ? new_email(person) : person.email;
    if (typist_.happens(0.02)) email = typist_.slip(email);
    if (typist_.happens(0.03) && email.ends_with("@gmail.com")) email.insert(email.find('@'), "+shop");
    if (typist_.happens(0.06)) {
      put(customer, Field::email, std::string(typist_.one_of(kNoMails)));
    } else if (!typist_.happens(0.2)) {
      put(customer, Field::email, email);
    }
  }

  void type_place(Customer& customer, const Place& place) {
    if (typist_.happens(0.18)) return;
    const bool is_short = typist_.happens(0.5);
    std::string street = typist_.happens(0.03) ? typist_.slip(place.street) : place.street;
    std::string number = typist_.happens(0.01) ? typist_.slip(place.number) : place.number;
    std::string line = number + " " + street + " " + (is_short ? place.kind_short : place.kind_long);
    if (!place.unit.empty()) {
      if (typist_.happens(0.5)) {
        line += " #" + place.unit;
      } else if (typist_.happens(0.6)) {
        put(customer, Field::address_street2, "Apt " + place.unit);
      }
    }
    put(customer, Field::address_street1, line);
    put(customer, Field::address_city, typist_.happens(0.03) ? typist_.slip(place.city) : place.city);
    put(customer, Field::address_region, place.region);
    if (!typist_.happens(0.05))
      put(customer, Field::address_postal_code, place.postal_code + (typist_.happens(0.1) ? "-" + typist_.digits(4) : ""));
    put(customer, Field::address_country, "US");
  }

  TownSettings settings_;
  Typist typist_;
  std::uint32_t next_id_ = 0;
  std::vector<Sample> samples_;
};

}  // namespace

std::vector<Sample> town(const TownSettings& settings) {
  return Builder(settings).build();
}

}  // namespace tillgate::bench
