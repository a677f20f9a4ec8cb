// Two identities -> per field, how far they agree. The first half of matching; core/match.hpp weighs what comes out here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/identity.hpp"

namespace tillgate {

enum class Evidence : std::uint8_t {
  given,
  surname,
  middle,
  birthday,
  licence,
  phone,
  email,
  number,
  street,
  city,
  postal_code,
  region,
  gender
};
inline constexpr std::size_t kEvidenceCount = 13;

// From agreement to contradiction. Which of these a field knows is in core/match_weights.hpp; `unknown` is missing on one side, or a
// placeholder, and counts nothing.
enum class Agreement : std::uint8_t {
  unknown,
  same,
  weak,     // a birthday of the kind that people invent
  variant,  // a nickname; one gmail box written in two ways
  part,     // one half of a double name; an initial
  typo,     // one slip of the finger; Jaro-Winkler >= 0.92
  close,    // Jaro-Winkler >= 0.88
  alike,    // Jaro-Winkler >= 0.70 (streets 0.80); birthdays of one year, or with two slips
  different,
};
inline constexpr std::size_t kAgreementCount = 9;

struct Comparison {
  std::array<Agreement, kEvidenceCount> of{};
  // First and last name crosswise, when both records have at least one of each; else unknown.
  Agreement given_as_surname = Agreement::unknown, surname_as_given = Agreement::unknown;

  [[nodiscard]] Agreement operator[](Evidence field) const { return of[static_cast<std::size_t>(field)]; }
  [[nodiscard]] Agreement& operator[](Evidence field) { return of[static_cast<std::size_t>(field)]; }
};

// Symmetric, but for the two crosswise names, which change places. Uses no memory but the stack.
[[nodiscard]] Comparison compare(const Identity& a, const Identity& b);

}  // namespace tillgate
