// A record of which only what was typed matters.
#pragma once

#include <initializer_list>
#include <utility>

#include "core/customer.hpp"

namespace tillgate {

inline Customer customer_of(std::initializer_list<std::pair<Field, const char*>> leaves) {
  Customer customer;
  for (const auto& [field, value] : leaves) customer[field].value = value;
  return customer;
}

}  // namespace tillgate
