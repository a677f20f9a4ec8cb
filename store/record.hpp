// A customer's row in the database: one way to read it, one to write it, with its checksum verified every time.
#pragma once

#include <cstdint>
#include <optional>

#include "core/identity.hpp"
#include "store/queries.hpp"
#include "store/transaction.hpp"

namespace tillgate {

struct Record {
  StoredCustomer stored;
  Seq n = 0;  // its first ledger row, the order of arrival; 0: not in the database yet
  std::optional<BlindIndex> licence_index, medical_index;
};

// The columns that `record_in` reads, in its order.
#define TILLGATE_RECORD_COLUMNS "n, id, created_at, updated_at, last_seq, licence_index, medical_index, row_check, state"

// Errc::corrupt: the row is not what we wrote.
[[nodiscard]] Result<Record> record_in(Statement& row);
[[nodiscard]] Result<std::optional<Record>> find_record(Connection& db, const CustomerId& id);
// Computes stored.etag, then inserts (n == 0: as of stored.last_seq) or updates.
[[nodiscard]] Result<> save_record(Transaction& transaction, Record& record);

}  // namespace tillgate
