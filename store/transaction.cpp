#include "store/transaction.hpp"

#include <utility>

namespace tillgate {

Result<Transaction> Transaction::begin(Connection& db, Kind kind) {
  auto begun = kind == Kind::write ? db.prepare("BEGIN IMMEDIATE").run() : db.prepare("BEGIN").run();
  if (!begun) return fail(begun.error());
  return Transaction(db);
}

Transaction::Transaction(Transaction&& other) noexcept : db_(other.db_), is_open_(std::exchange(other.is_open_, false)) {}

Transaction::~Transaction() {
  if (is_open_) (void)rollback();
}

Result<> Transaction::commit() {
  auto done = db_->prepare("COMMIT").run();
  if (done) is_open_ = false;
  return done;
}

Result<> Transaction::rollback() {
  is_open_ = false;
  if (!db_->is_in_transaction()) return {};
  return db_->prepare("ROLLBACK").run();
}

Result<Savepoint> Savepoint::begin(Transaction& transaction) {
  auto begun = transaction.db().prepare("SAVEPOINT command").run();
  if (!begun) return fail(begun.error());
  return Savepoint(transaction.db());
}

Savepoint::Savepoint(Savepoint&& other) noexcept : db_(other.db_), is_open_(std::exchange(other.is_open_, false)) {}

Savepoint::~Savepoint() {
  if (is_open_) (void)rollback();
}

Result<> Savepoint::release() {
  is_open_ = false;
  return db_->prepare("RELEASE command").run();
}

Result<> Savepoint::rollback() {
  is_open_ = false;
  if (!db_->is_in_transaction()) return {};
  if (auto back = db_->prepare("ROLLBACK TO command").run(); !back) return back;
  return db_->prepare("RELEASE command").run();
}

}  // namespace tillgate
