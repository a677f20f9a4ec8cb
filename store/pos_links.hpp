// Which customers hold an id of a POS account: the till's own number of a person, which belongs to one of them. The record says what it
// holds; the table is how it is found, written in the same transaction. Thread: the owner of the connection.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/customer.hpp"
#include "store/transaction.hpp"

namespace tillgate {

using PosLinks = std::map<std::string, Cell>;  // Customer::pos_links

// Records, in order of arrival: none or one; several where stores that did not see each other each linked
// their own, or where one person turned out to be two.
[[nodiscard]] Result<std::vector<CustomerId>> pos_link_holders(Connection& db, std::string_view account, std::string_view pos_id);
// Record `n` held `before` and holds `after` now. An erased one holds nothing.
[[nodiscard]] Result<> save_pos_links(Transaction& transaction, std::int64_t n, const PosLinks& before, const PosLinks& after);
// Is every id that record `n` holds in the table?
[[nodiscard]] Result<bool> has_pos_links(Connection& db, std::int64_t n, const PosLinks& links);

}  // namespace tillgate
