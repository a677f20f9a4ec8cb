#include "store/search_feed.hpp"

#include "store/transaction.hpp"

namespace tillgate {

void SearchFeed::look_again() {
  auto feed = find_feed(db_, kSearchFeed);
  if (!feed) {
    is_halted_ = true;
    return;
  }
  indexed_ = *feed ? (*feed)->cursor.seq : 0;
  is_halted_ = false;
}

Result<> SearchFeed::step(Timestamp now, bool is_idle) {
  auto transaction = Transaction::begin(db_);
  if (!transaction) {
    is_short_of_room_ = true;  // somebody outside holds a lock, or the disk is full: later
    return {};
  }
  auto cursor = index_rows(*transaction, sealer_, is_idle ? kRowsPerIdleStep : kRowsPerStep, now);
  if (!cursor) return give_up(*transaction, cursor.error());
  if (auto done = transaction->commit(); !done) {
    if (done.error().code == Errc::full) return give_up(*transaction, done.error());
    return done;
  }
  indexed_ = *cursor;
  is_short_of_room_ = false;
  return {};
}

// Nothing of the step became durable. What is wrong with the storage itself shows at the next command's commit.
Result<> SearchFeed::give_up(Transaction& transaction, const Error& error) {
  const bool is_passing = error.code == Errc::full || error.code == Errc::busy;
  (is_passing ? is_short_of_room_ : is_halted_) = true;
  return transaction.rollback();
}

}  // namespace tillgate
