// Kept answers: what makes repeating a request harmless for as long as they are kept. The answer itself is not stored: it is
// rebuilt from the ledger, so that an erasure reaches it.
#pragma once

#include <cstdint>
#include <optional>

#include "core/command.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

struct Answer {
  Digest request;
  CustomerId customer;
  Seq seq = 0;  // the state right after this row
  Timestamp created_at;
};

// Answers made before `expired_before` count as gone; one that is met is deleted.
[[nodiscard]] Result<std::optional<Answer>> find_answer(Transaction& transaction, const CommandKey& key, Timestamp expired_before);
[[nodiscard]] Result<> keep_answer(Transaction& transaction, const CommandKey& key, const Answer& answer);
// Deletes at most `rows_max` of the oldest.
[[nodiscard]] Result<> forget_answers(Transaction& transaction, Timestamp expired_before, std::int64_t rows_max);

}  // namespace tillgate
