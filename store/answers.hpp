// Kept answers of commands that had nothing to write: what makes repeating them harmless for as long as they are kept, since a
// late repeat could undo what somebody else wrote in between. A command that wrote is found by its change in the ledger. The
// answer itself is not stored: it is rebuilt from the ledger, so that an erasure reaches it.
#pragma once

#include <cstdint>
#include <optional>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "store/transaction.hpp"

namespace tillgate {

struct Answer {
  ChangeId of;  // the change that the command would have made
  Uuid record;  // what the command was about
  Seq seq = 0;  // the state right after this row
  Timestamp created_at;
};

// The answer kept for the key that `of` stands for, whatever the request was. Answers made before `expired_before` count as
// gone; one that is met is deleted.
[[nodiscard]] Result<std::optional<Answer>> find_answer(Transaction& transaction, const ChangeId& of, Timestamp expired_before);
// The row of that number, compared with its checksum.
[[nodiscard]] Result<std::optional<Answer>> answer_at(Connection& db, std::int64_t n);
[[nodiscard]] Result<> keep_answer(Transaction& transaction, const Answer& answer);
// Deletes what is older than `expired_before` among the `rows_max` oldest.
[[nodiscard]] Result<> forget_answers(Transaction& transaction, Timestamp expired_before, std::int64_t rows_max);
// Gives those among the `rows_max` oldest that are dated after `now` the date `now`. For a confirmed clock only: they were made
// under a clock that ran ahead, and would otherwise stand in front of everything younger for years.
[[nodiscard]] Result<> redate_answers(Transaction& transaction, Timestamp now, std::int64_t rows_max);

}  // namespace tillgate
