// What is done together or not at all. On the Connection's thread.
#pragma once

#include "store/sqlite.hpp"

namespace tillgate {

// A write transaction (BEGIN IMMEDIATE), or a snapshot to read from. Not committed: rolled back.
class Transaction {
 public:
  enum class Kind : std::uint8_t { write, read };
  [[nodiscard]] static Result<Transaction> begin(Connection& db, Kind kind = Kind::write);
  ~Transaction();
  Transaction(Transaction&& other) noexcept;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;

  [[nodiscard]] Result<> commit();
  // SQLite rolls back by itself after some errors; that counts as success.
  [[nodiscard]] Result<> rollback();
  [[nodiscard]] Connection& db() const { return *db_; }

 private:
  explicit Transaction(Connection& db) : db_(&db) {}
  Connection* db_;
  bool is_open_ = true;
};

// One command's part of a group: undone alone when the command is refused.
class Savepoint {
 public:
  [[nodiscard]] static Result<Savepoint> begin(Transaction& transaction);
  ~Savepoint();
  Savepoint(Savepoint&& other) noexcept;
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;
  Savepoint& operator=(Savepoint&&) = delete;

  [[nodiscard]] Result<> release();
  [[nodiscard]] Result<> rollback();

 private:
  explicit Savepoint(Connection& db) : db_(&db) {}
  Connection* db_;
  bool is_open_ = true;
};

}  // namespace tillgate
