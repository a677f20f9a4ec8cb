// Invented people for a backlog, as patches: every choice comes from the generator that is handed in, so one seed gives one store.
#pragma once

#include <cstdint>
#include <string>

#include "bench/search_people.hpp"
#include "core/customer.hpp"
#include "core/random.hpp"

namespace tillgate::bench {

inline Patch invent_person(Random& random, std::int64_t number) {
  static constexpr const char* kWays[] = {"Harbour Row", "Tilleul Street", "Linden Avenue", "Rio Lane", "Sakura Street"};
  static constexpr const char* kCities[] = {"Port Ellery", "Montclair", "Neustadt", "San Lazaro", "Mizuno"};
  static constexpr const char* kRegions[] = {"OR", "WA", "CA", "NV", "CO"};
  const auto pick = [&](const auto& list) { return std::string(list[random.below(std::size(list))]); };
  const auto digits = [&](std::uint64_t least, std::uint64_t bound) { return std::to_string(least + random.below(bound)); };

  Patch patch;
  const auto set = [&](Field field, std::string value) { patch.fields.emplace_back(field, std::move(value)); };
  // Names as common as names are: where all share a few, everybody looks like everybody else; where none is shared, each is a new word.
  const SearchPerson person = SearchPeople(random.next()).next();
  set(Field::first_name, person.first);
  set(Field::last_name, person.last);
  set(Field::email, person.email.empty() ? "customer-" + std::to_string(number) + "@example.invalid" : person.email);
  set(Field::phone, person.phone.empty() ? "+1 503 555 01" + digits(10, 90) : person.phone);
  set(Field::birthday, person.birthday.empty() ? "1970-01-01" : person.birthday);
  if (random.below(2) == 0) {
    set(Field::address_street1, digits(1, 900) + " " + pick(kWays));
    set(Field::address_city, pick(kCities));
    set(Field::address_region, pick(kRegions));
    set(Field::address_postal_code, digits(10000, 90000));
    set(Field::address_country, "US");
  }
  if (random.below(10) < 3) patch.consent = {{Purpose::email, random.below(10) < 7}, {Purpose::sms, random.below(10) < 3}};
  if (random.below(5) == 0) {
    set(Field::licence_number, "X" + digits(10'000'000, 90'000'000));
    set(Field::licence_region, "OR");
    set(Field::licence_country, "US");
    set(Field::licence_expires, "203" + digits(0, 5) + "-06-30");
  }
  return patch;
}

}  // namespace tillgate::bench
