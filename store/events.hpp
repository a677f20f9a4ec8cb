// The ledger as news: which record each row is about, and what its ETag is by now. For live events; nothing in it is personal.
#pragma once

#include "store/queries.hpp"

namespace tillgate {

inline constexpr std::int64_t kEventsMax = 256;  // rows that one read looks at

// Inside of one read transaction.
[[nodiscard]] Result<ReadEvents::Answer> events_after(Connection& db, const ReadEvents& query);

}  // namespace tillgate
