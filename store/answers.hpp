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
// Deletes what is older than `expired_before` among the `rows_max` oldest.
[[nodiscard]] Result<> forget_answers(Transaction& transaction, Timestamp expired_before, std::int64_t rows_max);
// Gives those among the `rows_max` oldest that are dated after `now` the date `now`. For a confirmed clock only: they were made
// under a clock that ran ahead, and would otherwise stand in front of everything younger for years.
[[nodiscard]] Result<> redate_answers(Transaction& transaction, Timestamp now, std::int64_t rows_max);

}  // namespace tillgate
