// Which customer is standing here? A ladder: what a person says of themselves is looked up, and where it fits several, the next thing is
// asked for, until it is one or staff must look. Never picks one of several, and never by names alone. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/customer.hpp"

namespace tillgate {

// What was said so far, in the forms that are compared.
struct IdentityClaim {
  bool has_contact = false;    // a telephone, mailbox or licence, whole: whoever is handed in has it
  std::string birthday;        // eight digits; empty: not said
  std::u32string first, last;  // letters of a NameForm; both or none
};

enum class Identification : std::uint8_t { found, not_found, ask, staff };
[[nodiscard]] std::string_view name_of(Identification outcome);

struct IdentifyVerdict {
  Identification outcome = Identification::staff;
  std::size_t index = 0;    // of the one who was found
  std::string_view wanted;  // what to ask for: "birthday", "phone", "name"
  bool operator==(const IdentifyVerdict&) const = default;
};

// `matches`: everybody whom the contact fits, or the names where no contact was given. `has_more`: there may be others.
[[nodiscard]] IdentifyVerdict identify(const IdentityClaim& claim, std::span<const Customer* const> matches, bool has_more);

}  // namespace tillgate
