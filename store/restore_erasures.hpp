// Erases in a restored database whoever was erased since the backup was made. By commands, as a till would: so records, history, orders,
// search index and free pages are scrubbed, it stands in the ledger, and head office hears of it. Internal to store/offline_restore.cpp.
#pragma once

#include "store/database.hpp"
#include "store/erased_list.hpp"

namespace tillgate {

// How many records were erased. `database` is written out and its log emptied; it is not to be used further.
[[nodiscard]] Result<std::int64_t> erase_again(StoreDatabase& database, const ErasedList& list);

}  // namespace tillgate
