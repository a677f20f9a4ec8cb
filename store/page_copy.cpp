#include "store/page_copy.hpp"

#include <sqlite3.h>

#include <filesystem>

#include "store/files.hpp"

namespace tillgate {
namespace {

tl::unexpected<Error> copy_failure(int code, const char* doing) {
  const int kind = code & 0xff;
  const bool is_full = kind == SQLITE_FULL;
  return fail(is_full ? Errc::full : Errc::unavailable,
              is_full ? "there is no room left for a copy of the database" : "the database cannot be copied",
              std::string(sqlite3_errstr(code)) + " (" + std::to_string(code) + "); in: " + doing);
}

}  // namespace

void remove_copy(const std::string& file) {
  std::error_code ignored;
  for (const char* part : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(file + part, ignored);
}

Result<std::unique_ptr<PageCopy>> PageCopy::begin(Connection& source, const std::string& into) {
  remove_copy(into);
  if (auto made = prepare_file(into); !made) return fail(made.error());  // mode 0600 from the first byte on
  std::unique_ptr<PageCopy> copy(new PageCopy);
  int code = sqlite3_open_v2(into.c_str(), &copy->target_,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nullptr);
  // Whoever takes the copy flushes it; until then it is worth nothing, and needs no journal. Its cache is the bound of its memory.
  for (const char* pragma : {"PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF", "PRAGMA cache_size=-1024"}) {
    sqlite3_stmt* statement = nullptr;
    if (code == SQLITE_OK) code = sqlite3_prepare_v2(copy->target_, pragma, -1, &statement, nullptr);
    while (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
    }
    sqlite3_finalize(statement);
  }
  if (code != SQLITE_OK) return copy_failure(code, "opening the copy");
  copy->copy_ = sqlite3_backup_init(copy->target_, "main", source.handle_, "main");
  if (!copy->copy_) return copy_failure(sqlite3_errcode(copy->target_), "beginning the copy");
  return copy;
}

PageCopy::~PageCopy() {
  close();
}

void PageCopy::close() {
  if (copy_) sqlite3_backup_finish(copy_);
  if (target_) sqlite3_close(target_);
  copy_ = nullptr;
  target_ = nullptr;
}

Result<bool> PageCopy::step(int pages) {
  if (!copy_) return true;
  const int code = sqlite3_backup_step(copy_, pages);
  total_ = sqlite3_backup_pagecount(copy_);
  done_ = total_ - sqlite3_backup_remaining(copy_);
  if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) return false;
  if (code != SQLITE_DONE) return copy_failure(code, "copying pages");
  const int ended = sqlite3_backup_finish(copy_);
  copy_ = nullptr;
  if (ended != SQLITE_OK) return copy_failure(ended, "ending the copy");
  close();
  return true;
}

}  // namespace tillgate
