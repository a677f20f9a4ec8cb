// One backup from beginning to end: a consistent copy of the running database, checked, sealed into <folder>/<store>-<UTC time>.backup,
// the list of the erased beside it, the copy and backups beyond `kept` deleted. Takes minutes where there is much.
// Thread: one of its own; `store` outlives it.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include "store/backup_file.hpp"
#include "store/erased_list.hpp"
#include "store/store.hpp"

namespace tillgate {

struct BackupPlan {
  std::filesystem::path data_dir;
  OrgId org;
  StoreId store;
  std::string program;  // the version that writes it
  std::int64_t kept = 3;
  Timestamp now;
};
struct MadeBackup {
  BackupHeader header;
  std::string file;  // its name in the folder
  std::int64_t bytes = 0, customers = 0;
};
// False: stop, Errc::unavailable. The units are those of the step: pages, rows, bytes.
using StepProgress = std::function<bool(std::string_view step, std::int64_t done, std::int64_t total)>;

[[nodiscard]] std::filesystem::path backup_folder(const std::filesystem::path& data_dir);
// Errc::corrupt: the database is damaged, and nothing was made of it. Errc::full: no room. What there was before is as it was.
[[nodiscard]] Result<MadeBackup> make_backup(Store& store, const BackupPlan& plan, const StepProgress& progress);
// By its header, which nobody authenticated: to be shown. None: there is none, or it cannot be read.
[[nodiscard]] std::optional<MadeBackup> newest_backup(const BackupPlan& plan);
// Adds whoever is erased to the lists beside the database and beside the backups; a folder that is not there is passed over. The first
// failure, once each was tried.
[[nodiscard]] Result<> add_to_erased_lists(const std::filesystem::path& data_dir, const ErasedList& erased);
// What a crash left of one that was being made.
void remove_unfinished_backup(const BackupPlan& plan);

}  // namespace tillgate
