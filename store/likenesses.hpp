// The review queue in its table: pairs of records that may be one person, and what people said of them. Rows are proposals: whoever
// shows one judges the two records anew. Thread: the owner of the connection.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/person.hpp"
#include "store/transaction.hpp"

namespace tillgate {

struct Likeness {
  RecordPair pair;
  std::int64_t chance = 0;  // that they are one person, in 10,000
  Seq apart_seq = 0;        // the ledger row that said they are two; 0: open
  bool operator==(const Likeness&) const = default;
};

// Errc::corrupt: a row is not what was written.
[[nodiscard]] Result<std::optional<Likeness>> find_likeness(Connection& db, const RecordPair& pair);
[[nodiscard]] Result<std::vector<Likeness>> likenesses_of(Connection& db, const CustomerId& id);
[[nodiscard]] Result<> save_likeness(Transaction& transaction, const Likeness& likeness);
[[nodiscard]] Result<> remove_likeness(Transaction& transaction, const RecordPair& pair);
// All that name the record, whatever was said of them.
[[nodiscard]] Result<> forget_likenesses(Transaction& transaction, const CustomerId& id);

// The open ones, likeliest first, after `end`; at most `rows_max`.
[[nodiscard]] Result<std::vector<Likeness>> open_likenesses(Connection& db, const std::optional<Likeness>& end,
                                                            std::int64_t rows_max);
// Where a page ended, as a text that a terminal hands back. nullopt: not one of ours.
[[nodiscard]] std::string likeness_cursor(const Likeness& end);
[[nodiscard]] std::optional<Likeness> likeness_end_of(std::string_view cursor);

}  // namespace tillgate
