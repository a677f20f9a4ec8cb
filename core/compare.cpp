#include "core/compare.hpp"

#include <algorithm>

#include "core/similarity.hpp"

namespace tillgate {

namespace {

using enum Agreement;

bool shares_formal_name(const NameForm& a, const NameForm& b) {
  for (std::size_t i = 0; i < a.formal_count; ++i) {
    for (std::size_t j = 0; j < b.formal_count; ++j) {
      if (a.formals[i] == b.formals[j]) return true;
    }
  }
  return false;
}

// One of a double name's parts is the whole other name, or a part of it. A part of one or two letters ("de", "la") names nobody.
bool shares_part(const NameForm& a, const NameForm& b) {
  if (a.parts < 2 && b.parts < 2) return false;
  for (std::size_t i = 0; i < a.parts; ++i) {
    for (std::size_t j = 0; j < b.parts; ++j) {
      if (a.part(i).size() > 2 && a.part(i) == b.part(j)) return true;
    }
  }
  return false;
}

Agreement spelling(std::u32string_view a, std::u32string_view b) {
  if (a == b) return same;
  // One slip in a short name makes another name: Tim, Tom.
  const std::size_t letters = std::min(a.size(), b.size());
  if (letters >= 3 && edits_up_to_2(a, b) <= 1) return letters >= 4 ? typo : alike;
  const double likeness = jaro_winkler(a, b);
  return likeness >= 0.92 ? typo : likeness >= 0.88 ? close : likeness >= 0.70 ? alike : different;
}

Agreement compare_given(const NameForm& a, const NameForm& b) {
  if (!a.is_identity() || !b.is_identity()) return unknown;
  const Agreement letters = spelling(a.letters, b.letters);
  if (letters == same) return same;
  if (shares_formal_name(a, b)) return variant;
  return shares_part(a, b) ? part : letters;
}

Agreement compare_surname(const NameForm& a, const NameForm& b) {
  if (!a.is_identity() || !b.is_identity()) return unknown;
  const Agreement letters = spelling(a.letters, b.letters);
  return letters != same && shares_part(a, b) ? part : letters;
}

Agreement compare_middle(const NameForm& a, const NameForm& b) {
  if (a.letters.empty() || b.letters.empty()) return unknown;
  if (a.letters == b.letters) return a.letters.size() > 1 ? same : part;
  if (a.letters.size() == 1 || b.letters.size() == 1) return a.letters[0] == b.letters[0] ? part : different;
  return spelling(a.letters, b.letters) <= close ? same : different;
}

// "19840307" and "19840703"
bool has_day_and_month_swapped(const std::string& a, const std::string& b) {
  return a.compare(0, 4, b, 0, 4) == 0 && a.compare(4, 2, b, 6, 2) == 0 && a.compare(6, 2, b, 4, 2) == 0;
}

Agreement compare_birthday(const BirthdayForm& a, const BirthdayForm& b) {
  if (a.digits.empty() || b.digits.empty()) return unknown;
  if (a.digits == b.digits) return a.is_weak ? weak : same;
  if (a.is_weak != b.is_weak && (a.digits.ends_with("0101") || b.digits.ends_with("0101")))
    return unknown;  // one of them was invented
  const std::size_t edits = edits_up_to_2(std::string_view(a.digits), std::string_view(b.digits));
  if (edits == 1 || has_day_and_month_swapped(a.digits, b.digits)) return typo;
  return edits == 2 || a.digits.compare(0, 4, b.digits, 0, 4) == 0 ? alike : different;
}

Agreement compare_licence(const std::optional<LicenceForm>& a, const std::optional<LicenceForm>& b) {
  if (!a || !b) return unknown;
  if (a->index == b->index) return a->issuer == b->issuer || a->issuer.empty() || b->issuer.empty() ? same : unknown;
  return !a->issuer.empty() && a->issuer == b->issuer ? different : unknown;
}

Agreement compare_phone(const PhoneForm& a, const PhoneForm& b) {
  if (!a.is_identity() || !b.is_identity()) return unknown;
  if (a.e164 == b.e164) {
    // Two extensions of one switchboard are two people.
    return a.extension == b.extension || a.extension.empty() || b.extension.empty() ? same : unknown;
  }
  return edits_up_to_2(std::string_view(a.e164), std::string_view(b.e164)) == 1 ? typo : different;
}

Agreement compare_email(const EmailForm& a, const EmailForm& b) {
  if (!a.is_identity() || !b.is_identity()) return unknown;
  if (a.key == b.key) return same;
  if (a.loose_key == b.loose_key) return variant;
  const std::string_view box_a = std::string_view(a.loose_key).substr(0, a.loose_key.rfind('@'));
  const std::string_view box_b = std::string_view(b.loose_key).substr(0, b.loose_key.rfind('@'));
  if (box_a.size() >= 6 && box_a == box_b) return alike;
  if (std::min(box_a.size(), box_b.size()) >= 5 &&
      edits_up_to_2(std::string_view(a.loose_key), std::string_view(b.loose_key)) <= 1)
    return typo;
  return different;
}

Agreement compare_number(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return unknown;
  if (a == b) return same;
  return std::min(a.size(), b.size()) >= 2 && edits_up_to_2(std::string_view(a), std::string_view(b)) == 1 ? typo : different;
}

Agreement street_spelling(std::u32string_view a, std::u32string_view b) {
  const double likeness = jaro_winkler(a, b);
  return likeness == 1 ? same : likeness >= 0.92 ? typo : likeness >= 0.80 ? alike : different;
}

// The two lines of an address are often given in the other order.
Agreement compare_street(const AddressForm& a, const AddressForm& b) {
  Agreement best = unknown;
  const auto see = [&](const std::u32string& one, const std::u32string& other) {
    if (one.empty() || other.empty()) return;
    const Agreement found = street_spelling(one, other);
    if (best == unknown || found < best) best = found;
  };
  see(a.street, b.street);
  if (best == different || best == unknown) {
    see(a.street, b.second);
    see(a.second, b.street);
  }
  return best;
}

Agreement compare_city(const std::u32string& a, const std::u32string& b) {
  if (a.empty() || b.empty()) return unknown;
  if (a == b) return same;
  return jaro_winkler(a, b) >= 0.88 ? typo : different;
}

Agreement compare_postal_code(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return unknown;
  if (a == b) return same;
  return edits_up_to_2(std::string_view(a), std::string_view(b)) == 1 ? typo : different;
}

}  // namespace

Comparison compare(const Identity& a, const Identity& b) {
  Comparison result;
  result[Evidence::given] = compare_given(a.given, b.given);
  result[Evidence::surname] = compare_surname(a.surname, b.surname);
  if (result[Evidence::given] != same && result[Evidence::surname] != same) {
    result.given_as_surname = compare_given(a.given, b.surname);
    result.surname_as_given = compare_surname(a.surname, b.given);
  }
  result[Evidence::middle] = compare_middle(a.middle, b.middle);
  result[Evidence::birthday] = compare_birthday(a.birthday, b.birthday);
  result[Evidence::licence] = compare_licence(a.licence, b.licence);
  result[Evidence::phone] = compare_phone(a.phone, b.phone);
  result[Evidence::email] = compare_email(a.email, b.email);
  result[Evidence::number] = compare_number(a.address.number, b.address.number);
  result[Evidence::street] = compare_street(a.address, b.address);
  result[Evidence::city] = compare_city(a.address.city, b.address.city);
  result[Evidence::postal_code] = compare_postal_code(a.address.postal_code, b.address.postal_code);
  if (!a.address.region.empty() && !b.address.region.empty())
    result[Evidence::region] = a.address.region == b.address.region ? same : different;
  if (a.gender != 0 && b.gender != 0) result[Evidence::gender] = a.gender == b.gender ? same : different;
  return result;
}

}  // namespace tillgate
