// Customers whom nobody has had to do with for so long that they are to be forgotten (config storage.forget_customers_after). What
// counts is the newest of all that their person's records and orders say; who has an open order, is banned or on hold, or belongs to
// another store, stays. Thread: the owner of the connection.
#pragma once

#include <optional>
#include <vector>

#include "store/person_view.hpp"
#include "store/queries.hpp"

namespace tillgate {

// None: they are not to be forgotten, whenever that was.
[[nodiscard]] Result<std::optional<Timestamp>> last_seen(Connection& db, const PersonView& person, const StoreId& own);

[[nodiscard]] Result<FindForgotten::Page> forgotten(Connection& db, const FindForgotten& query);

}  // namespace tillgate
