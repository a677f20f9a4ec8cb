// Who was erased, kept apart from the database: ids and moments, nothing personal. A backup that is older than an erasure does not know of
// it; this list does, so it lies beside the database and beside every backup, and a restore erases anew whoever it names. The list
// only grows. Text, a line each: "<id> <moment>\n", by id.
#pragma once

#include <filesystem>
#include <map>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tillgate {

inline constexpr const char* kErasedListName = "erased.list";
using ErasedList = std::map<CustomerId, Timestamp>;

// Errc::not_found: there is no such file; Errc::invalid: a line of it is none of ours. Its number is in `what`.
[[nodiscard]] Result<ErasedList> read_erased_list(const std::filesystem::path& file);
// What the tombstones of a database say that nobody has open.
[[nodiscard]] Result<ErasedList> erased_in(const std::filesystem::path& database);
// Adds `more` to the file, which may not be there yet; durable when it returns. Nothing is written where nothing is new.
[[nodiscard]] Result<> add_to_erased_list(const std::filesystem::path& file, const ErasedList& more);

}  // namespace tillgate
