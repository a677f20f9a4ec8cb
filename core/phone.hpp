// A telephone number as it is compared: E.164, extension apart. The numbering plan is North America's by default (+1); other countries'
// numbers are taken with their "+". Why this is our own and not libphonenumber: docs/decisions/0008-phone-numbers.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tillgate {

enum class PhoneClass : std::uint8_t {
  none,      // no number can be made of it: too short, no area code, an unassigned country
  possible,  // the length fits; the plan does not know it, or is not ours to know
  valid,     // North American: area code and exchange of the right form
};

struct PhoneForm {
  std::string e164;       // "+15035551234"; empty for class none
  std::string extension;  // digits
  PhoneClass kind = PhoneClass::none;
  bool is_placeholder = false;  // 555-01xx, one digit repeated: typed to satisfy a form

  // May two records be compared by it?
  [[nodiscard]] bool is_identity() const { return kind != PhoneClass::none && !is_placeholder; }
  bool operator==(const PhoneForm&) const = default;
};

[[nodiscard]] PhoneForm phone_form(std::string_view raw);

}  // namespace tillgate
