// Erasing a record: every byte that says something of the customer leaves the database in the transaction of the erasure. What stays
// is the fact that there was a record: envelopes, which hold nothing personal, and the hashes of payloads, which are salted. SQLite
// overwrites what is freed (secure_delete); the writer empties the WAL behind it. docs/privacy.md lists the places.
#pragma once

#include "core/ids.hpp"
#include "store/seal.hpp"
#include "store/transaction.hpp"

namespace tillgate {

// True: there was one here. A record that is damaged cannot be followed through the ledger: Errc::corrupt.
[[nodiscard]] Result<bool> scrub_record(Transaction& transaction, const Sealer& sealer, const CustomerId& id);

}  // namespace tillgate
