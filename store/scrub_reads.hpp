// How a scrub reads: row by row, so that a damaged one hides nothing behind it. Internal to store/scrub*.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

// An error of a whole step is the connection's; one that concerns a row is a finding.
[[nodiscard]] bool is_of_the_row(const Error& error);
// The numbers of the next rows of a table, so that each is then read by itself.
[[nodiscard]] Result<std::vector<std::int64_t>> numbers(Statement&& read);
// The integer that a look-up gives; none: no row.
[[nodiscard]] Result<std::optional<std::int64_t>> integer_in(Statement&& read);
// The ledger row that an id names.
[[nodiscard]] Result<std::optional<Seq>> named_by(Connection& db, const Uuid& id);
// Which record a ledger row is about.
[[nodiscard]] Result<std::optional<Uuid>> key_of(Connection& db, Seq seq);

}  // namespace tillgate
