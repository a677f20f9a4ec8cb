// Database: the only door to PostgreSQL (libpqxx). One connection, one thread: whoever made the object.
//
// run() gives a transaction to a piece of work and commits what it did. The work asks with named statements and writes as if
// every statement succeeds: a failing one leaves the work by an exception that never gets past run(), which rolls back and
// says what happened as a Result. So a caller that got a value knows that COMMIT returned, and one that got an error must
// assume nothing: the commit may have happened, and asking again must be harmless.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tillgate {

// SQL by name; both live as long as the program (string literals). Prepared on first use, per connection.
struct Statement {
  const char* name;
  const char* text;
};

// One PostgreSQL array, as the text that its parser reads. Elements in order, one add per row.
class SqlArray {
 public:
  SqlArray& add(std::string_view text);
  SqlArray& add(std::int64_t number);
  SqlArray& add(Timestamp at);
  SqlArray& add(const Uuid& uuid);
  SqlArray& add(const Digest& digest);
  SqlArray& add_bytes(std::string_view bytes);
  SqlArray& add_null();
  template <class T>
  SqlArray& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return elements_.size(); }
  [[nodiscard]] std::string text() const { return elements_ + "}"; }

 private:
  std::string& next();
  std::string elements_ = "{";
  std::size_t size_ = 0;
};

// The values for $1, $2, ... in order.
class Params {
 public:
  Params& add(std::string_view text);
  Params& add(const char* text) { return add(std::string_view(text)); }
  Params& add(std::int64_t number);
  Params& add_flag(bool flag);
  Params& add(Timestamp at);
  Params& add(const Uuid& uuid);
  Params& add(const Digest& digest);
  Params& add(const SqlArray& array);
  Params& add_null();
  template <class T>
  Params& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }
  [[nodiscard]] const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

// One row of an answer. Columns by number; a value of another form than asked for is a bug (CHECK).
class Row {
 public:
  explicit Row(std::vector<std::optional<std::string>> values) : values_(std::move(values)) {}
  [[nodiscard]] bool is_null(std::size_t column) const { return !values_.at(column); }
  [[nodiscard]] const std::string& text(std::size_t column) const;  // not null
  [[nodiscard]] std::string text_or(std::size_t column, std::string_view fallback) const;
  [[nodiscard]] std::int64_t integer(std::size_t column) const;
  [[nodiscard]] bool flag(std::size_t column) const;
  [[nodiscard]] Digest digest(std::size_t column) const;      // bytea
  [[nodiscard]] std::string bytes(std::size_t column) const;  // bytea of any length
  [[nodiscard]] Uuid uuid(std::size_t column) const;
  // From a bigint of milliseconds: the statements say (extract(epoch from x) * 1000)::bigint.
  [[nodiscard]] std::optional<Timestamp> time(std::size_t column) const;

 private:
  std::vector<std::optional<std::string>> values_;
};
using Rows = std::vector<Row>;

class Transaction {
 public:
  Rows ask(const Statement& statement, const Params& params = {});
  // How many rows it touched.
  std::int64_t tell(const Statement& statement, const Params& params = {});
  // A script of several statements, as in a migration.
  void script(std::string_view sql);
  // Runs `work` behind a savepoint. A value of it that PostgreSQL refuses for good (see Database::run) is undone up to there, as is
  // an error of the work's own, and is the answer. Everything else leaves by exception, as it does without.
  [[nodiscard]] Result<> attempt(const std::function<Result<>()>& work);

 private:
  friend class Database;
  struct Parts;
  explicit Transaction(Parts& parts) : parts_(parts) {}
  Parts& parts_;
};

class Database {
 public:
  // `conninfo`: libpq's key=value form or a postgresql:// URI. Timeouts are added where it names none.
  explicit Database(std::string conninfo);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Connects unless connected already. Errc::unavailable when the server cannot be reached or does not let us in.
  [[nodiscard]] Result<> connect();
  [[nodiscard]] bool is_connected() const;
  // Drops the connection, so that the next connect() is a fresh one.
  void disconnect();

  // Runs `work` in one transaction and commits. Deadlocks, serialisation failures, a unique key that somebody else has just
  // taken, and a work that answers Errc::conflict ("somebody was faster") are rolled back and run again, at most
  // `kAttempts` times in all; then it is Errc::busy. A lost connection is Errc::unavailable, and the commit may have
  // happened. A work's own error rolls back and is handed on. A value that PostgreSQL refuses, now and whenever it is asked
  // again, is Errc::invalid with the SQL state as detail: never the value, nor the sentence that quotes it.
  [[nodiscard]] Result<> run(const std::function<Result<>(Transaction&)>& work);
  static constexpr int kAttempts = 6;

  // For tests: called right before COMMIT; true makes the commit fail as a lost connection does.
  void set_commit_fault(std::function<bool()> fault);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate
