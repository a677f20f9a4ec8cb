// The row of `state`: the current life of this file. Written when a life begins, when it ends in order, and when re-chaining
// draws another epoch; a create leaves it alone.
#pragma once

#include <optional>

#include "core/hlc.hpp"
#include "core/path.hpp"
#include "store/transaction.hpp"

namespace tillgate {

struct StateRow {
  Hlc hlc;  // later versions are in the ledger
  bool is_clean_stop = false;
  EpochRoot current;
  Timestamp opened_at;
};

[[nodiscard]] Result<std::optional<StateRow>> read_state(Connection& db);  // none: a new file
[[nodiscard]] Result<> save_state(Transaction& transaction, const StateRow& state);

}  // namespace tillgate
