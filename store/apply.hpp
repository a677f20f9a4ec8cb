// What each Command does to the database, inside the writer's transaction: state, ledger row, kept answer and cursor together.
// An Error of these kinds refuses the command alone: invalid, not_found, conflict, unsupported. Any other concerns the storage
// and thereby the whole group.
#pragma once

#include "core/command.hpp"
#include "core/hlc.hpp"
#include "store/ledger.hpp"
#include "store/store.hpp"

namespace tillgate {

struct ApplyContext {
  Transaction& transaction;
  LedgerWriter& ledger;
  HlcClock& clock;
  const Sealer& sealer;
  const StoreOptions& options;
};

[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const CreateCustomer& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const UpdateCustomer& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const MergeCustomers& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const UnmergeCustomer& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const ChooseFields& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const KeepApart& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const EraseCustomer& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const CreateOrder& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const UpdateOrder& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const WriteNote& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const SaveAck& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const Rechain& command);
[[nodiscard]] Result<CommandOutcome> apply(ApplyContext& context, const RebuildSearch& command);

}  // namespace tillgate
