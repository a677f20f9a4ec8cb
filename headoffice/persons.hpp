// What one transaction learns of persons: links, choices, tombstones. The rules of core/person.hpp commute, so what comes is entered
// without looking at what is held, but for tombstones: what is erased is to be scrubbed, and what comes late for it discarded.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/person.hpp"
#include "headoffice/database.hpp"

namespace tillgate {

class PersonBook {
 public:
  // Reads which of these records are tombstones. Transactions of one organisation go on side by side, but none beside one that erases
  // (`will_erase`): a write that does not see the tombstone yet would be kept for ever.
  PersonBook(Transaction& tx, std::string org, const std::vector<CustomerId>& keys, bool will_erase);

  [[nodiscard]] bool is_erased(const CustomerId& id) const { return erased_.contains(id); }
  // False: it spoke of a tombstone alone.
  bool enter(const PersonChange& change, const std::string& store, Timestamp now);
  // A change of this record has come, or lies here, that nothing may be kept of.
  void scrub(const CustomerId& id) { to_scrub_.insert(id); }
  // An order was said once more without the words of its erased customer: what was said of it before goes.
  void strip(const OrderId& id) { to_strip_.insert(id); }
  // After the rows of the transaction are in: leaves nothing of the erased but envelopes and hashes.
  void finish();

 private:
  Transaction& tx_;
  std::string org_;
  std::set<CustomerId> erased_, to_scrub_;
  std::set<OrderId> to_strip_;
};

}  // namespace tillgate
