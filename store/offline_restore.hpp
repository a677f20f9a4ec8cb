// A backup becomes the database of a store again, with tillgated stopped. In this order, so that what is there is never the worse for it:
// the backup is opened beside the database and checked; whoever was erased since it was made is erased in it, by the same commands as
// ever; only then is the database that was there set aside, with its log, and the restored one put in its place. What is set aside is
// never deleted and never overwritten.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "store/backup_file.hpp"
#include "store/erased_list.hpp"
#include "store/seal.hpp"

namespace tillgate {

// Is there while the database and what is restored change places: a start must not begin an empty one then.
[[nodiscard]] std::filesystem::path restore_marker(const std::filesystem::path& database);

struct RestoreOptions {
  std::filesystem::path backup, data_dir;
  StoreId store;  // whose backup it must be: pii-key is the organisation's
  SealKeys keys;  // `id` is the backup's own
  // Further lists, and databases, that name who was erased. Besides: the database in data_dir, and the lists there and beside the backup.
  std::vector<std::filesystem::path> erased_from;
  // Nothing says who was erased since, and it is to be restored all the same.
  bool may_lack_list = false;
  std::function<HlcClock::Reading()> read_clock;
  std::function<void(std::span<std::uint8_t>)> fill_random;
  std::function<void(std::string_view step, std::int64_t done, std::int64_t total)> on_progress;  // may be null
};

struct Restored {
  BackupHeader header;
  std::int64_t customers = 0;  // that it holds now
  std::int64_t erased = 0;     // records that were erased anew
  std::vector<std::string> sources;       // of the list of the erased, that were found
  std::vector<std::string> unreadable;    // and that were not: sentences
  std::filesystem::path set_aside;        // empty: there was no database
};

// Errc::busy: tillgated runs. Errc::invalid: no backup, cut off, altered, of another key or store, or a list that cannot be read. Errc::corrupt: it is a backup of a damaged
// database. Errc::full: no room. Errc::not_found: nothing says who was erased since. In all of these data_dir holds what it held.
[[nodiscard]] Result<Restored> restore_backup(const RestoreOptions& options);

}  // namespace tillgate
