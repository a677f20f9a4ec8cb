// What of a customer's record says who this is, in the forms that can be compared. Derived, never stored in place of what was typed;
// deriving it again from the same record gives the same. Pure; a few microseconds a record.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/address.hpp"
#include "core/customer.hpp"
#include "core/email.hpp"
#include "core/name.hpp"
#include "core/phone.hpp"

namespace tillgate {

// A licence number is known here only by its keyed hash: whoever holds the key makes it from licence_form().
using BlindIndex = std::array<std::uint8_t, 16>;

struct BirthdayForm {
  std::string digits;        // "19840229"; empty: none
  bool is_weak = false;      // 1900-01-01, 1970-01-01, the first of any January, no calendar date: what one types to get on
  bool is_verified = false;  // somebody looked at a document
  bool operator==(const BirthdayForm&) const = default;
};

struct LicenceForm {
  BlindIndex index{};
  std::string issuer;  // "us-or"
  bool operator==(const LicenceForm&) const = default;
};

// What belongs to the shop and not to its customers.
struct OwnContacts {
  std::string phone;         // E.164
  std::string email_domain;  // small letters
};

struct Identity {
  NameForm given, middle, surname;
  Suffix suffix = Suffix::none;
  BirthdayForm birthday;
  PhoneForm phone;
  EmailForm email;
  AddressForm address;
  std::optional<LicenceForm> licence;
  char gender = 0;  // 'f', 'm' or 0
  bool operator==(const Identity&) const = default;
};

[[nodiscard]] Identity identity_of(const Customer& customer, const std::optional<BlindIndex>& licence,
                                   const OwnContacts& own = {});

// The text that a licence number is hashed from: upper-case letters and digits. Empty for a placeholder ("N/A", "0000").
[[nodiscard]] std::string licence_form(std::string_view raw);
// Who issued it; a number means something only beside its issuer. Empty region: unknown, "".
[[nodiscard]] std::string issuer_form(std::string_view region, std::string_view country);

[[nodiscard]] BirthdayForm birthday_form(std::string_view text, bool is_verified);

}  // namespace tillgate
