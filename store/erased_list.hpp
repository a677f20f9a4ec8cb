// Who was erased, kept apart from the database: ids and moments, nothing personal. A backup that is older than an erasure does not know of
// it; this list does, so it lies beside the database and beside every backup, and a restore erases anew whoever it names. The list
// only grows.
#pragma once

#include <filesystem>

#include "store/erased_text.hpp"

namespace tillgate {

inline constexpr const char* kErasedListName = "erased.list";

// Errc::not_found: there is no such file; Errc::invalid: it is no such list, or not the whole of one; `what` says where it is wrong.
[[nodiscard]] Result<ErasedList> read_erased_list(const std::filesystem::path& file);
// What the tombstones of a database say that nobody has open.
[[nodiscard]] Result<ErasedList> erased_in(const std::filesystem::path& database);
// Adds `more` to the file, which may not be there yet; durable when it returns. Nothing is written where nothing is new.
[[nodiscard]] Result<> add_to_erased_list(const std::filesystem::path& file, const ErasedList& more);

}  // namespace tillgate
