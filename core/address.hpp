// A postal address as it is compared: number, street, unit, city and code apart, words shortened as the US Postal Service does
// (Publication 28), so that "12 North Oak Street, Apartment 4" and "12 N Oak St #4" agree. Other countries' addresses pass through the same
// table; what it does not know stays as it is.
#pragma once

#include <string>
#include <string_view>

#include "core/customer.hpp"

namespace tillgate {

struct AddressForm {
  std::string number;       // "12", "12b"
  std::u32string street;    // letters and digits without blanks, shortened
  std::u32string second;    // what else stands on the lines (building, farm, second name of the place), likewise
  std::string unit;         // "4", "b"
  std::u32string city;      // letters without blanks
  std::string region;       // US: the state's two letters, small; elsewhere folded
  std::string postal_code;  // US: five digits; elsewhere letters and digits
  bool operator==(const AddressForm&) const = default;
};

[[nodiscard]] AddressForm address_form(const Customer& customer);
[[nodiscard]] std::string postal_code_form(std::string_view raw, std::string_view country);
[[nodiscard]] std::string region_form(std::string_view raw, std::string_view country);

}  // namespace tillgate
