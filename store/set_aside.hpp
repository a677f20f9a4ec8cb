// A database that SQLite cannot even read is put aside under another name, never deleted, so that a new one can take its place:
// a store that serves nothing helps nobody, and what lies aside can still be saved by people. docs/store-format.md.
// Owner: whoever starts the store, while no store is open on the file. Takes the file's lock itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "store/files.hpp"

namespace tillgate {

// More than this is a device that eats databases: no new one is begun there.
inline constexpr std::size_t kSetAsideMax = 3;

// True: SQLite says of the file's content that it is no database, or a damaged one. False: it can be read, or what fails is the
// device, the permission, the schema; another name for the file would mend none of these.
[[nodiscard]] bool is_beyond_reading(const std::filesystem::path& file);

// True: there are a log's bytes (-wal) and no database that they belong to. SQLite would delete them at the next open, and
// with them changes that were answered 2xx.
[[nodiscard]] bool is_orphaned_log(const std::filesystem::path& file);

// Why it lies aside, and how it is called then: <file>.damaged-<UTC time>, <file>.replaced-<UTC time>.
enum class AsideReason : std::uint8_t { damaged, replaced };

// Renames the file with its -wal and -shm to <file>.damaged-<UTC time>..., durably. Errc::busy: a process has it open;
// Errc::full: kSetAsideMax lie there already. Answers the new name.
[[nodiscard]] Result<std::filesystem::path> set_aside(const std::filesystem::path& file, Timestamp now);

// The same for whoever holds the file's lock already.
[[nodiscard]] Result<std::filesystem::path> set_aside(const FileLock& lock, const std::filesystem::path& file, Timestamp now,
                                                      AsideReason reason);

// The two halves of it: which name is free, and moving what is there of the three files to it. Moving goes on where it was interrupted.
[[nodiscard]] Result<std::filesystem::path> name_aside(const std::filesystem::path& file, Timestamp now, AsideReason reason);
[[nodiscard]] Result<> move_aside(const FileLock& lock, const std::filesystem::path& file, const std::filesystem::path& target);

// What lies aside beside `file`, oldest first.
[[nodiscard]] std::vector<std::filesystem::path> those_set_aside(const std::filesystem::path& file,
                                                                 AsideReason reason = AsideReason::damaged);

}  // namespace tillgate
