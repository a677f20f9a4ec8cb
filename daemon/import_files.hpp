// What imports keep on the disk, apart from the database, so that no backup and no reader of it meets the rows of a file that is only
// passing through: <data_dir>/imports/<id>.rows (the file as it came, personal data, gone when the import ends), <id>.report (row
// numbers, ids, codes) and <id>.json (the job). Folder 0700, files 0600. Blocking; thread: the imports'.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "daemon/import_job.hpp"

namespace tillgate {

class ImportFiles {
 public:
  explicit ImportFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Every job that was kept; what belongs to none, and the rows of those that have ended, are deleted. A job that cannot be read is
  // deleted with all it had: it can be begun anew.
  [[nodiscard]] Result<std::vector<ImportJob>> load() const;
  // On the disk when it returns, and its report before it; the job before or this one, never a half.
  [[nodiscard]] Result<> save(const ImportJob& job) const;
  void forget(const ImportId& id) const;

  // On the disk when it returns. What lay behind is cut off: it came from before a crash.
  [[nodiscard]] Result<> append_rows(const ImportId& id, std::int64_t at, std::string_view bytes) const;
  [[nodiscard]] std::int64_t rows_bytes(const ImportId& id) const;
  [[nodiscard]] Result<std::string> read_rows(const ImportId& id, std::int64_t at, std::size_t bytes_max) const;
  void remove_rows(const ImportId& id) const;

  // Cuts off what lay behind. Safe with the next save().
  [[nodiscard]] Result<> append_report(const ImportId& id, std::int64_t at, std::string_view text) const;
  [[nodiscard]] Result<std::string> read_report(const ImportId& id, std::int64_t at, std::size_t bytes_max) const;

  // Errc::full: where that many bytes more would leave less than what the store itself needs.
  [[nodiscard]] Result<> check_room(std::int64_t bytes) const;

 private:
  [[nodiscard]] std::filesystem::path file(const ImportId& id, std::string_view extension) const;
  [[nodiscard]] Result<> make_folder() const;
  std::filesystem::path folder_;
};

}  // namespace tillgate
