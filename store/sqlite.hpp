// The door to SQLite: connections and statements. Only sqlite.cpp and page_copy.cpp include sqlite3.h.
// A Connection belongs to one thread. Errors are values:
//   full     SQLITE_FULL: nothing became durable; free room and ask again
//   busy     SQLITE_BUSY, _LOCKED, _INTERRUPT: a lock, or the deadline of a read
//   corrupt  everything that says our own data or storage cannot be trusted (IOERR_*, CORRUPT, NOTADB, a column of the
//            wrong shape), and everything that only a bug could cause; the writer stops for good
// `what` is safe to show; SQL and SQLite's words are in `detail`.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace tillgate {

class Connection;

// A commit writes each page it touches, whole, and so does the checkpoint: small pages spare the flash (docs/performance.md).
inline constexpr std::int64_t kPageBytes = 1024;

// One use of a prepared statement; the Connection keeps the compiled form. Goes out of scope: reset, bindings forgotten.
// What is bound is copied, so temporaries are fine.
class Statement {
 public:
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;

  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view text);
  Statement& bind(int index, const char* text) { return bind(index, std::string_view(text)); }
  Statement& bind(int index, std::span<const std::uint8_t> blob);
  Statement& bind(int index, const Uuid& id) { return bind(index, std::span<const std::uint8_t>(id.bytes)); }
  Statement& bind(int index, const Digest& digest) { return bind(index, std::span<const std::uint8_t>(digest.bytes)); }
  Statement& bind(int index, std::nullopt_t);
  template <class T>
  Statement& bind(int index, const std::optional<T>& value) {
    return value ? bind(index, *value) : bind(index, std::nullopt);
  }
  // Binds 1, 2, 3, ...
  template <class... Values>
  Statement& with(const Values&... values) & {
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }
  template <class... Values>
  Statement&& with(const Values&... values) && {
    with(values...);
    return std::move(*this);
  }

  // True: there is a row to read.
  [[nodiscard]] Result<bool> step();
  // To the end, for statements without rows.
  [[nodiscard]] Result<> run();
  // Ready to be bound and stepped again.
  void reset();

  // Columns from 0. A column that is not of the asked type and size makes check() fail; the value returned is then empty.
  [[nodiscard]] bool is_null(int column);
  [[nodiscard]] std::int64_t integer(int column);
  [[nodiscard]] std::string_view text(int column);               // until the next step
  [[nodiscard]] std::span<const std::uint8_t> blob(int column);  // until the next step
  [[nodiscard]] Digest digest(int column);
  [[nodiscard]] Uuid uuid(int column);
  template <class Id>
  [[nodiscard]] Id id(int column) {
    return Id(uuid(column));
  }
  [[nodiscard]] Result<> check() const;

 private:
  friend class Connection;
  Statement(Connection& db, sqlite3_stmt* handle, std::optional<Error> error)
      : db_(&db), handle_(handle), error_(std::move(error)) {}
  void note(int code);
  void mark_shape(int column, const char* wanted);

  Connection* db_;
  sqlite3_stmt* handle_;
  std::optional<Error> error_;
};

struct ConnectionOptions {
  std::string file;
  std::string vfs;         // empty: the default one
  bool is_reader = false;  // query_only, and never creates the file
  // A file that holds something and does not carry this id in its header is somebody else's: refused untouched. 0: any.
  std::int64_t application_id = 0;
};

enum class CheckpointMode : std::uint8_t { passive, restart, truncate };

class Connection {
 public:
  // Opens and sets every pragma, reading each back: an option that SQLite ignored is an error, not a surprise later.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const ConnectionOptions& options);
  // What SQLite says of a file's content, without changing it. `damaged`: no database at all, or one whose ledger or state cannot
  // be read. `unknown`: something else is in the way (device, permission, lock, another schema).
  enum class Verdict : std::uint8_t { readable, damaged, unknown };
  [[nodiscard]] static Verdict verdict_on(const std::string& file);
  // Before the file is opened after a stop that may have been a failed flush: writes the WAL over itself and flushes it. The
  // kernel keeps pages whose flush failed, but as clean, and would never write them out: what is read back now could be gone
  // after a power cut, and with it every later commit behind it. No other connection may be open.
  // Errc::corrupt: the WAL is damaged where SQLite would take it to have ended (wal_scan.hpp).
  [[nodiscard]] static Result<> renew_wal(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `sql` must be a string literal: its address names the compiled statement. One use at a time.
  [[nodiscard]] Statement prepare(const char* sql);
  // Several statements without parameters (migrations, pragmas).
  [[nodiscard]] Result<> execute(const std::string& script);
  [[nodiscard]] Result<std::int64_t> integer_of(const std::string& sql);  // first column of the first row
  [[nodiscard]] Result<std::string> text_of(const std::string& sql);

  [[nodiscard]] bool is_in_transaction() const;
  // Frames in the WAL after the last commit of this connection; 0 when it was restarted.
  [[nodiscard]] std::int64_t wal_pages() const { return wal_pages_; }
  [[nodiscard]] std::int64_t wal_bytes() const;  // size of the WAL file
  [[nodiscard]] Result<std::int64_t> database_bytes();

  struct Checkpointed {
    std::int64_t log = 0, done = 0;  // frames in the WAL, of which are in the database file
    bool is_blocked = false;         // a reader stood in the way; ask again later
  };
  // `wait` is how long readers may be waited for (restart and truncate only).
  [[nodiscard]] Result<Checkpointed> checkpoint(CheckpointMode mode, std::chrono::milliseconds wait = {});

  // From now on statements fail with Errc::busy once `at` has passed; nullopt: no deadline.
  void set_deadline(std::optional<std::chrono::steady_clock::time_point> at) { deadline_ = at; }

 private:
  friend class Statement;
  friend class PageCopy;  // store/page_copy.hpp
  Connection() = default;
  [[nodiscard]] Result<> configure(const ConnectionOptions& options);
  [[nodiscard]] Result<> require(const char* pragma, std::string_view wanted);
  [[nodiscard]] Error error_of(int code, const char* doing) const;
  [[nodiscard]] Result<std::string> first_value(const std::string& sql);

  sqlite3* handle_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  std::int64_t wal_pages_ = 0;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
};

}  // namespace tillgate
