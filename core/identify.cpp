#include "core/identify.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <vector>

#include "core/identity.hpp"

namespace tillgate {

namespace {

using Indexes = std::vector<std::size_t>;

std::string birthday_of(const Customer& customer) {
  return birthday_form(customer.text(Field::birthday), false).digits;
}

bool has_names(const Customer& customer, const IdentityClaim& claim) {
  return name_form(customer.text(Field::first_name)).letters == claim.first &&
         name_form(customer.text(Field::last_name)).letters == claim.last;
}

template <class Fits>
Indexes kept(const Indexes& from, const Fits& fits) {
  Indexes out;
  std::copy_if(from.begin(), from.end(), std::back_inserter(out), fits);
  return out;
}

IdentifyVerdict next_question(const IdentityClaim& claim) {
  if (claim.birthday.empty()) return {Identification::ask, 0, "birthday"};
  if (!claim.has_contact) return {Identification::ask, 0, "phone"};
  if (claim.first.empty()) return {Identification::ask, 0, "name"};
  return {Identification::staff, 0, {}};
}

}  // namespace

std::string_view name_of(Identification outcome) {
  switch (outcome) {
    case Identification::found: return "found";
    case Identification::not_found: return "not_found";
    case Identification::ask: return "ask";
    case Identification::staff: return "staff";
  }
  return "staff";
}

IdentifyVerdict identify(const IdentityClaim& claim, std::span<const Customer* const> matches, bool has_more) {
  if (has_more) return next_question(claim);
  if (matches.empty()) return {Identification::not_found, 0, {}};
  // A name is no secret; a birthday beside it is what one person has.
  if (!claim.has_contact && claim.birthday.empty()) return next_question(claim);

  Indexes left(matches.size());
  std::iota(left.begin(), left.end(), std::size_t{0});
  bool is_guess = false;  // the one who is left is so because nothing is known that speaks against them
  if (!claim.birthday.empty()) {
    const Indexes born_then = kept(left, [&](std::size_t i) { return birthday_of(*matches[i]) == claim.birthday; });
    if (!claim.has_contact && born_then.empty()) return {Identification::not_found, 0, {}};
    is_guess = born_then.empty() && matches.size() > 1;
    left = !born_then.empty() ? born_then : kept(left, [&](std::size_t i) { return birthday_of(*matches[i]).empty(); });
  }
  if (claim.has_contact && !claim.first.empty()) {
    left = kept(left, [&](std::size_t i) { return has_names(*matches[i], claim); });
    is_guess = false;
  }
  if (left.size() == 1 && !is_guess) return {Identification::found, left.front(), {}};
  return next_question(claim);
}

}  // namespace tillgate
