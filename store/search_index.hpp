// The search index is kept here: a feed over the ledger, "search", whose consumer is the writer itself. A command never waits for
// it; the writer takes a step when it has nothing else to do, or when too many rows wait (store/writer.hpp).
//
// After a step to row c the index holds, for every customer, exactly the terms of his state as of row c. What a changed record was
// indexed under before is derived from its state back then, so no list of terms is kept per record, and going over rows again
// changes nothing in the end. On the write connection, inside the caller's transaction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/search_card.hpp"
#include "store/feeds.hpp"
#include "store/record.hpp"
#include "store/seal.hpp"
#include "store/transaction.hpp"

namespace tillgate {

// The next `rows_max` rows after the cursor, or the next part of clearing away. Returns the cursor; without rows left, the head.
[[nodiscard]] Result<Seq> index_rows(Transaction& transaction, const Sealer& sealer, std::int64_t rows_max, Timestamp now);
// From now on the index is cleared away, step by step, and then made anew. Searches go on with what there is.
[[nodiscard]] Result<> begin_reindex(Transaction& transaction, Timestamp now);
[[nodiscard]] bool is_clearing(const FeedRow& feed);

// Erasing: removes every term that any state of the record ever had, and each word of a name that nobody else has. In the
// transaction that blanks the history, before it does: the states are read from there. With secure_delete, which the store's
// connections have on, nothing of them stays in the database's pages; the WAL keeps old pages until it is emptied.
[[nodiscard]] Result<> forget_terms(Transaction& transaction, const Sealer& sealer, const CustomerId& id);

// The terms of a record as it stands, those that look-alikes are found by among them. For the tests and the scrub too.
[[nodiscard]] std::vector<std::string> terms_of(const Record& record);

}  // namespace tillgate
