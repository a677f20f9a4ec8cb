#include "store/offline_copy.hpp"

#include <optional>
#include <system_error>
#include <utility>

#include "store/files.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

struct OfflineCopy::Parts {
  std::optional<FileLock> lock;
  std::unique_ptr<Connection> db;
};

OfflineCopy::OfflineCopy(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
OfflineCopy::~OfflineCopy() = default;
OfflineCopy::OfflineCopy(OfflineCopy&&) noexcept = default;

Result<OfflineCopy> OfflineCopy::open(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return fail(Errc::not_found, "there is no such file");
  auto parts = std::make_unique<Parts>();
  const std::filesystem::path lock_file = file.string() + ".lock";
  if (std::filesystem::exists(lock_file, error)) {
    auto lock = FileLock::take(lock_file);
    if (!lock)
      return fail(Errc::busy, "a gateway has this database open; copy tillgate.db and tillgate.db-wal, and name the copy");
    parts->lock.emplace(std::move(*lock));
  }
  ConnectionOptions options;
  options.file = file.string();
  options.is_reader = true;
  auto opened = Connection::open(options);
  if (!opened) return fail(opened.error().code, "this is no database of Tillgate, or it is damaged", opened.error().detail);
  parts->db = std::move(*opened);
  return OfflineCopy(std::move(parts));
}

Result<ReadAudit::Page> OfflineCopy::audit(const ReadAudit& query) {
  return Queries(*parts_->db).run(query);
}

}  // namespace tillgate
