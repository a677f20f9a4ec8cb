// An order's row in the database: one way to read it, one to write it, with its checksum verified every time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "store/queries.hpp"
#include "store/transaction.hpp"

namespace tillgate {

struct OrderRecord {
  StoredOrder stored;
  Seq n = 0;  // its first ledger row, the order of arrival; 0: not in the database yet
};

// The columns that `order_record_in` reads, in its order.
#define TILLGATE_ORDER_COLUMNS "n, id, customer, status, settled_at, created_at, updated_at, last_seq, row_check, state"

// Errc::corrupt: the row is not what we wrote.
[[nodiscard]] Result<OrderRecord> order_record_in(Statement& row);
[[nodiscard]] Result<std::optional<OrderRecord>> find_order(Connection& db, const OrderId& id);
// Computes stored.etag, then inserts (n == 0: as of stored.last_seq) or updates.
[[nodiscard]] Result<> save_order(Transaction& transaction, OrderRecord& record);

// When it ended; the greatest integer: it has not, or nobody knows when.
[[nodiscard]] std::int64_t settled_at(const Order& order);

// What a person has open, whatever its age, and what they had since. Errc::conflict: more than can be judged at once.
inline constexpr std::int64_t kHistoryMax = 2000;
[[nodiscard]] Result<std::vector<Order>> history_of(Connection& db, std::span<const CustomerId> person, Timestamp since);

}  // namespace tillgate
