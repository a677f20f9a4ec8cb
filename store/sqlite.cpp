#include "store/sqlite.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <system_error>
#include <utility>
#include <vector>

#include "core/check.hpp"
#include "store/wal_scan.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kWalBytesKept = 16 * 1024 * 1024;  // a longer WAL is cut back when it is restarted
constexpr int kRenewBytes = 64 * 1024;
constexpr int kBusyMs = 100;
constexpr int kProgressSteps = 1000;  // virtual machine steps between two looks at the clock: well below a millisecond

Errc errc_of(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL: return Errc::full;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT: return Errc::busy;
    default: return Errc::corrupt;
  }
}

const char* sentence_of(Errc code) {
  switch (code) {
    case Errc::full: return "there is no room left to store this";
    case Errc::busy: return "the store is busy; ask again";
    default: return "the store cannot trust its storage";
  }
}

}  // namespace

// --- Statement

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_), handle_(std::exchange(other.handle_, nullptr)), error_(std::move(other.error_)) {}

Statement::~Statement() {
  if (!handle_) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

void Statement::note(int code) {
  if (code != SQLITE_OK && !error_) error_ = db_->error_of(code, handle_ ? sqlite3_sql(handle_) : "prepare");
}

Statement& Statement::bind(int index, std::int64_t value) {
  if (handle_) note(sqlite3_bind_int64(handle_, index, value));
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  // A null pointer would bind NULL, where an empty text is meant.
  const char* data = text.empty() ? "" : text.data();
  if (handle_) note(sqlite3_bind_text64(handle_, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int index, std::span<const std::uint8_t> blob) {
  if (handle_) note(sqlite3_bind_blob64(handle_, index, blob.data(), blob.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind(int index, std::nullopt_t) {
  if (handle_) note(sqlite3_bind_null(handle_, index));
  return *this;
}

Result<bool> Statement::step() {
  if (error_) return fail(*error_);
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  note(code);
  return fail(*error_);
}

Result<> Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return fail(row.error());
    if (!*row) return {};
  }
}

void Statement::reset() {
  if (!handle_) return;
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

void Statement::mark_shape(int column, const char* wanted) {
  if (error_) return;
  error_ = Error{Errc::corrupt, sentence_of(Errc::corrupt),
                 "column " + std::to_string(column) + " is not " + wanted + ": " + (handle_ ? sqlite3_sql(handle_) : "")};
}

bool Statement::is_null(int column) {
  return !handle_ || sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) {
  if (handle_ && sqlite3_column_type(handle_, column) == SQLITE_INTEGER) return sqlite3_column_int64(handle_, column);
  mark_shape(column, "an integer");
  return 0;
}

std::string_view Statement::text(int column) {
  if (handle_ && sqlite3_column_type(handle_, column) == SQLITE_TEXT) {
    const void* data = sqlite3_column_text(handle_, column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }
  mark_shape(column, "a text");
  return {};
}

std::span<const std::uint8_t> Statement::blob(int column) {
  if (handle_ && sqlite3_column_type(handle_, column) == SQLITE_BLOB) {
    const void* data = sqlite3_column_blob(handle_, column);
    return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
  }
  mark_shape(column, "a blob");
  return {};
}

Uuid Statement::uuid(int column) {
  Uuid id;
  const auto bytes = blob(column);
  if (bytes.size() == id.bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  } else {
    mark_shape(column, "an id");
  }
  return id;
}

Digest Statement::digest(int column) {
  Digest digest;
  const auto bytes = blob(column);
  if (bytes.size() == digest.bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  } else {
    mark_shape(column, "a digest");
  }
  return digest;
}

Result<> Statement::check() const {
  if (error_) return fail(*error_);
  return {};
}

// --- Connection

Error Connection::error_of(int code, const char* doing) const {
  const Errc errc = errc_of(code);
  std::string detail = std::string(sqlite3_errstr(code)) + " (" + std::to_string(code) + ")";
  if (handle_ && sqlite3_extended_errcode(handle_) == code) {
    detail += std::string(": ") + sqlite3_errmsg(handle_);
    if (const int system = sqlite3_system_errno(handle_); system != 0) detail += "; " + std::system_category().message(system);
  }
  detail += std::string("; in: ") + doing;
  return Error{errc, sentence_of(errc), std::move(detail)};
}

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionOptions& options) {
  // Counting SQLite's memory takes a lock that all threads share, at each of some hundred allocations per commit; nobody reads
  // the count. Only before SQLite's first use: a program that came earlier keeps it, and loses nothing but time.
  [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  std::unique_ptr<Connection> db(new Connection);
  // Readers open for writing too, since a WAL reader must be able to use the shared index; query_only keeps them honest.
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
  if (!options.is_reader) flags |= SQLITE_OPEN_CREATE;
  const int code =
      sqlite3_open_v2(options.file.c_str(), &db->handle_, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  Result<> ready = code == SQLITE_OK ? db->configure(options) : Result<>(fail(db->error_of(code, "open")));
  if (!ready) {
    Error error = ready.error();
    const int kind = (db->handle_ ? sqlite3_errcode(db->handle_) : code) & 0xff;
    if (kind == SQLITE_CANTOPEN || kind == SQLITE_PERM || kind == SQLITE_READONLY) {
      error.code = Errc::unavailable;
      error.what = "the database cannot be opened for writing; check owner and mode of its folder";
    }
    return fail(std::move(error));
  }
  return db;
}

Connection::Verdict Connection::verdict_on(const std::string& file) {
  sqlite3* handle = nullptr;
  int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    for (const char* sql : {"SELECT hlc FROM state", "SELECT digest FROM ledger ORDER BY seq DESC LIMIT 1"}) {
      if (code == SQLITE_OK) code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
    }
  }
  sqlite3_close(handle);
  if (code == SQLITE_OK) return Verdict::readable;
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? Verdict::damaged : Verdict::unknown;
}

Result<> Connection::renew_wal(const ConnectionOptions& options) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(options.vfs.empty() ? nullptr : options.vfs.c_str());
  const std::string name = options.file + "-wal";
  int is_there = 0;
  int code = vfs->xAccess(vfs, name.c_str(), SQLITE_ACCESS_EXISTS, &is_there);
  if (code == SQLITE_OK && !is_there) return {};
  std::vector<std::max_align_t> room(static_cast<std::size_t>(vfs->szOsFile) / sizeof(std::max_align_t) + 1);
  auto* wal = reinterpret_cast<sqlite3_file*>(room.data());
  WalScan scan(kPageBytes);
  if (code == SQLITE_OK) code = vfs->xOpen(vfs, name.c_str(), wal, SQLITE_OPEN_READWRITE | SQLITE_OPEN_WAL, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_int64 bytes = 0;
    std::vector<char> part(kRenewBytes);
    code = wal->pMethods->xFileSize(wal, &bytes);
    for (sqlite3_int64 at = 0; code == SQLITE_OK && at < bytes; at += kRenewBytes) {
      const int count = static_cast<int>(std::min<sqlite3_int64>(kRenewBytes, bytes - at));
      code = wal->pMethods->xRead(wal, part.data(), count, at);
      if (code == SQLITE_OK) code = wal->pMethods->xWrite(wal, part.data(), count, at);
      scan.feed({reinterpret_cast<const std::uint8_t*>(part.data()), static_cast<std::size_t>(count)});
    }
    if (code == SQLITE_OK) code = wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL);
  }
  if (wal->pMethods) wal->pMethods->xClose(wal);
  if (code == SQLITE_OK && scan.damage())
    return fail(Errc::corrupt, "the write-ahead log is damaged: transactions that were flushed cannot be read", *scan.damage());
  if (code == SQLITE_OK) return {};
  return fail(errc_of(code), sentence_of(errc_of(code)), std::string(sqlite3_errstr(code)) + "; in: renewing the WAL");
}

Connection::~Connection() {
  if (!handle_) return;
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Result<> Connection::configure(const ConnectionOptions& options) {
  const auto set = [&](int option, int value) {
    int now = -1;
    sqlite3_db_config(handle_, option, value, &now);
    return now == value;
  };
  // No checkpoint on close: after a storage error nothing may touch the files any more, and an orderly stop does its own.
  if (!set(SQLITE_DBCONFIG_DEFENSIVE, 1) || !set(SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0) ||
      !set(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)) {
    return fail(Errc::corrupt, "this build of SQLite refuses a protection that the store needs");
  }
  sqlite3_busy_timeout(handle_, kBusyMs);
  if (options.application_id != 0) {
    auto owner = integer_of("PRAGMA application_id");
    if (!owner) return fail(owner.error());
    auto objects = integer_of("SELECT count(*) FROM sqlite_schema");
    if (!objects) return fail(objects.error());
    if (*owner != options.application_id && (*owner != 0 || *objects != 0)) {
      return fail(Errc::unsupported, "the file is a database of another program; point the store at another file");
    }
  }
  std::vector<std::pair<const char*, std::string>> pragmas;
  if (!options.is_reader) {
    // The first counts only in a new file, and only before it has a table; in an old one it is read back all the same.
    pragmas.emplace_back("page_size", std::to_string(kPageBytes));
    pragmas.emplace_back("auto_vacuum", "0");  // its maps would be one more page in every commit; free pages are used again
    pragmas.emplace_back("journal_mode", "wal");
    pragmas.emplace_back("synchronous", "2");  // FULL: a COMMIT that returned is on stable storage
    pragmas.emplace_back("foreign_keys", "1");
    pragmas.emplace_back("secure_delete", "1");
    pragmas.emplace_back("wal_autocheckpoint", "0");
    pragmas.emplace_back("journal_size_limit", std::to_string(kWalBytesKept));
    pragmas.emplace_back("cache_size", "-8192");
  } else {
    pragmas.emplace_back("cache_size", "-2048");
  }
  pragmas.emplace_back("trusted_schema", "0");
  pragmas.emplace_back("cell_size_check", "1");
  pragmas.emplace_back("mmap_size", "0");
  pragmas.emplace_back("temp_store", "2");  // memory: no temporary files, on a full disk least of all
  if (options.is_reader) pragmas.emplace_back("query_only", "1");
  for (const auto& [name, value] : pragmas) {
    if (auto done = require(name, value); !done) return done;
  }
  if (options.is_reader) {
    sqlite3_progress_handler(
        handle_, kProgressSteps,
        [](void* self) {
          const auto& deadline = static_cast<const Connection*>(self)->deadline_;
          return deadline && std::chrono::steady_clock::now() > *deadline ? 1 : 0;
        },
        this);
  } else {
    sqlite3_wal_hook(
        handle_,
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<Connection*>(self)->wal_pages_ = pages;
          return SQLITE_OK;
        },
        this);
  }
  return {};
}

Result<> Connection::require(const char* pragma, std::string_view wanted) {
  const std::string name = pragma;
  if (auto set = execute("PRAGMA " + name + "=" + std::string(wanted)); !set) return set;
  auto now = first_value("PRAGMA " + name);
  if (!now) return fail(now.error());
  if (*now == wanted) return {};
  // What only a new file takes: this one was laid out by another build.
  if (name == "page_size" || name == "auto_vacuum")
    return fail(Errc::unsupported, "the database was made by an earlier build, whose layout this one does not read",
                name + " is " + *now + ", wanted " + std::string(wanted));
  return fail(Errc::corrupt, "the database does not take a setting that the store needs",
              name + " is " + *now + ", wanted " + std::string(wanted));
}

Result<std::string> Connection::first_value(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
  std::string value;
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
      const void* text = sqlite3_column_text(statement, 0);
      if (text) value.assign(static_cast<const char*>(text), static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    }
  }
  if (code == SQLITE_ROW || code == SQLITE_DONE) {
    sqlite3_finalize(statement);
    return value;
  }
  Error error = error_of(code, sql.c_str());
  sqlite3_finalize(statement);
  return fail(std::move(error));
}

Result<std::string> Connection::text_of(const std::string& sql) {
  return first_value(sql);
}

Result<std::int64_t> Connection::integer_of(const std::string& sql) {
  auto text = first_value(sql);
  if (!text) return fail(text.error());
  return static_cast<std::int64_t>(std::strtoll(text->c_str(), nullptr, 10));
}

Statement Connection::prepare(const char* sql) {
  auto [found, is_new] = statements_.try_emplace(sql, nullptr);
  if (is_new) {
    const int code = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &found->second, nullptr);
    if (code != SQLITE_OK) {
      statements_.erase(found);
      return Statement(*this, nullptr, error_of(code, sql));
    }
  }
  CHECK(!sqlite3_stmt_busy(found->second));  // two uses of one statement at once
  return Statement(*this, found->second, std::nullopt);
}

Result<> Connection::execute(const std::string& script) {
  const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error_of(code, script.size() < 200 ? script.c_str() : "script"));
  return {};
}

bool Connection::is_in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

std::int64_t Connection::wal_bytes() const {
  sqlite3_file* wal = nullptr;  // of whichever VFS
  sqlite3_int64 bytes = 0;
  const int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &wal);
  if (code != SQLITE_OK || !wal || !wal->pMethods || wal->pMethods->xFileSize(wal, &bytes) != SQLITE_OK) return 0;
  return bytes;
}

Result<std::int64_t> Connection::database_bytes() {
  auto pages = prepare("PRAGMA page_count");
  auto row = pages.step();
  if (!row) return fail(row.error());
  return pages.integer(0) * kPageBytes;
}

Result<Connection::Checkpointed> Connection::checkpoint(CheckpointMode mode, std::chrono::milliseconds wait) {
  const int how = mode == CheckpointMode::passive   ? SQLITE_CHECKPOINT_PASSIVE
                  : mode == CheckpointMode::restart ? SQLITE_CHECKPOINT_RESTART
                                                    : SQLITE_CHECKPOINT_TRUNCATE;
  int log = 0, done = 0;
  sqlite3_busy_timeout(handle_, static_cast<int>(wait.count()));
  const int code = sqlite3_wal_checkpoint_v2(handle_, "main", how, &log, &done);
  sqlite3_busy_timeout(handle_, kBusyMs);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return fail(error_of(code, "checkpoint"));
  Checkpointed result{std::max(log, 0), std::max(done, 0), code != SQLITE_OK};
  if (code == SQLITE_OK && mode != CheckpointMode::passive) wal_pages_ = 0;
  return result;
}

}  // namespace tillgate
