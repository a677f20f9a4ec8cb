#include "core/identity.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/fold.hpp"

namespace tillgate {

namespace {

bool is_calendar_date(std::string_view digits) {
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (const char c : digits.substr(from, count)) value = value * 10 + (c - '0');
    return value;
  };
  using namespace std::chrono;
  return year_month_day{year{number(0, 4)}, month{static_cast<unsigned>(number(4, 2))},
                        day{static_cast<unsigned>(number(6, 2))}}
      .ok();
}

// A suffix may have its own field, or hang on the surname, or on the given name ("John Jr").
Suffix take_suffix(const Customer& customer, std::string& given, std::string& surname) {
  const Suffix by_field = suffix_of(customer.text(Field::suffix));
  const Suffix by_surname = split_suffix(surname);
  const Suffix by_given = split_suffix(given);
  if (by_field != Suffix::none) return by_field;
  return by_surname != Suffix::none ? by_surname : by_given;
}

char gender_of(std::string_view text) {
  return text == "female" ? 'f' : text == "male" ? 'm' : '\0';
}

}  // namespace

std::string licence_form(std::string_view raw) {
  std::string form;
  for (const char c : folded(raw)) {
    if (c >= 'a' && c <= 'z') form += static_cast<char>(c - 'a' + 'A');
    if (c >= '0' && c <= '9') form += c;
  }
  static constexpr std::array<std::string_view, 6> none{"NA", "NONE", "NULL", "UNKNOWN", "TEST", "NIL"};
  const bool is_one = !form.empty() && form.find_first_not_of(form[0]) == std::string::npos;
  if (form.size() < 3 || is_one || std::find(none.begin(), none.end(), form) != none.end()) return {};
  return form;
}

std::string issuer_form(std::string_view region, std::string_view country) {
  const std::string issuer = region_form(region, country);
  if (issuer.empty()) return {};
  return (country.empty() ? std::string("us") : folded(country)) + "-" + issuer;
}

BirthdayForm birthday_form(std::string_view text, bool is_verified) {
  BirthdayForm form;
  for (const char c : text) {
    if (c >= '0' && c <= '9') form.digits += c;
  }
  if (form.digits.size() != 8) return {};
  form.is_weak = form.digits.substr(4) == "0101" || !is_calendar_date(form.digits);
  form.is_verified = is_verified && !form.is_weak;
  return form;
}

Identity identity_of(const Customer& customer, const std::optional<BlindIndex>& licence, const OwnContacts& own) {
  Identity identity;
  std::string given = name_text(customer.text(Field::first_name)), surname = name_text(customer.text(Field::last_name));
  identity.suffix = take_suffix(customer, given, surname);
  identity.given = name_form(given);
  identity.middle = name_form(customer.text(Field::middle_name));
  identity.surname = name_form(surname);
  if (is_placeholder_pair(identity.given, identity.surname))
    identity.given.is_placeholder = identity.surname.is_placeholder = true;
  identity.birthday = birthday_form(customer.text(Field::birthday), customer.text(Field::verification) == "verified");
  identity.phone = phone_form(customer.text(Field::phone));
  if (!own.phone.empty() && identity.phone.e164 == own.phone) identity.phone.is_placeholder = true;
  identity.email = email_form(customer.text(Field::email), own.email_domain);
  identity.address = address_form(customer);
  if (licence)
    identity.licence =
        LicenceForm{*licence, issuer_form(customer.text(Field::licence_region), customer.text(Field::licence_country))};
  identity.gender = gender_of(customer.text(Field::gender));
  return identity;
}

}  // namespace tillgate
