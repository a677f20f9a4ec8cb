// Which customers the next rows of the ledger are about, as far as what they say is anything that customers are found or told
// apart by. Where the feeds that the store itself consumes begin. On any connection.
#pragma once

#include <cstdint>
#include <map>

#include "core/change.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

struct Touched {
  CustomerId id;
  Seq before = 0;  // the customer's last row before these; 0: none
  Seq last = 0;    // and the last among these
};
struct TouchedRows {
  std::map<std::int64_t, Touched> customers;  // by customers.n; only those who are still there
  Seq upto = 0;                               // the last row that was looked at; `after`: there was none
};
[[nodiscard]] Result<TouchedRows> customers_touched(Connection& db, Seq after, std::int64_t rows_max);

}  // namespace tillgate
