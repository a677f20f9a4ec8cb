// Unpark: changes that could not be merged when they came, and can now. A schema from the future is readable after our
// upgrade, a damaged record is sound once it was restored, PostgreSQL takes what it refused once a constraint or an encoding was
// mended. What was refused for good ('invalid', 'clock_ahead') stays parked. One that PostgreSQL refuses (again) holds up no other.
#pragma once

#include <cstdint>

#include "headoffice/database.hpp"
#include "headoffice/receive.hpp"

namespace tillgate {

struct UnparkFrom {
  std::int64_t epoch_id = 0;
  Seq seq = 0;
};
struct UnparkOutcome {
  std::int64_t applied = 0;
  bool has_more = false;
  UnparkFrom next;
};
// One page, beyond `from`, in ledger order. Rows that another instance is looking at are left to it.
inline constexpr std::int64_t kUnparkPage = 200;
[[nodiscard]] Result<UnparkOutcome> unpark(Transaction& tx, const OfficeNow& office, const UnparkFrom& from);
// This one, now. False: it stays parked, or is not one that can be tried again.
[[nodiscard]] Result<bool> unpark_one(Transaction& tx, const OfficeNow& office, const UnparkFrom& at);

}  // namespace tillgate
