// How a customer lies in hq.customer_state.
#pragma once

#include <string>

#include "core/customer.hpp"
#include "core/customer_state.hpp"
#include "core/merge.hpp"
#include "headoffice/record_book.hpp"

namespace tillgate {

struct CustomerKind {
  using Id = CustomerId;
  using State = Customer;
  using Body = ChangeSet;
  static const Statement kLock, kInsert, kUpdate;
  [[nodiscard]] static Result<Customer> decode(std::string_view text) { return decode_state(text); }
  [[nodiscard]] static RecordRow row_of(const Customer& customer);
};
using CustomerBook = RecordBook<CustomerKind>;

// The values alone, as one JSON object for readers: leaves by their dotted names, consent.<purpose>, tags, pos_links. Sealed
// numbers are left out.
[[nodiscard]] std::string plain_fields(const Customer& customer);

}  // namespace tillgate
