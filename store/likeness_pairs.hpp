// What a merge and its undoing mean for the review queue: pairs of one person are no question any more, and those of two who were
// taken apart are one again. In the caller's transaction, before it changes who is one person.
#pragma once

#include <span>

#include "store/record.hpp"
#include "store/transaction.hpp"

namespace tillgate {

// No pair of the one with the other is open any more.
[[nodiscard]] Result<> settle_pairs(Transaction& transaction, std::span<const Record> one, std::span<const Record> other);
// `record` leaves `others`: whom of them it is like is asked again, but not what was answered with "these are two".
[[nodiscard]] Result<> ask_again(Transaction& transaction, const Record& record, std::span<const Record> others);

}  // namespace tillgate
