// What happened to a customer, and why each value is what it is: read from the ledger, row by row, over every record of the person.
// Cost goes with the number of the person's changes. Thread: the owner of the connection.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "store/ledger.hpp"
#include "store/queries.hpp"

namespace tillgate {

[[nodiscard]] Result<GetHistory::Answer> history_of(Connection& db, const GetHistory& query);
[[nodiscard]] Result<GetProvenance::Answer> provenance_of(Connection& db, const CustomerId& id);

}  // namespace tillgate
