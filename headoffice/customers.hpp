// The customer records that one transaction touches: locked in key order, merged in memory, written back once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/customer.hpp"
#include "core/merge.hpp"
#include "headoffice/database.hpp"

namespace tillgate {

// A record as it is written.
struct CustomerRow {
  explicit CustomerRow(const Customer& customer);
  std::string state, fields;
  Digest digest;
  Timestamp updated_at;
};
// What the changes of one batch make of customers whom nobody has entered before: most are, and this needs no database.
using FreshCustomers = std::map<CustomerId, CustomerRow>;

class CustomerBook {
 public:
  // Reads and locks what is held of these keys, in key order, so that two instances cannot wait for each other in a ring.
  CustomerBook(Transaction& tx, std::string org, std::vector<CustomerId> keys);

  // False: the record that we hold fails its checksum or cannot be read. Nothing may be merged into it.
  [[nodiscard]] bool is_sound(const CustomerId& id) const;
  // For those that are not held, what every merge to come would make of them. `fresh` must outlive the book.
  void take_ready(const FreshCustomers& fresh);
  void merge(const CustomerId& id, const ChangeSet& changes);
  // An erased record: nothing of it is written.
  void forget(const CustomerId& id) { entries_.erase(id); }

  // Writes every record that a merge has moved. Errc::conflict: somebody else has just entered one of the new keys; the
  // transaction must be run again.
  [[nodiscard]] Result<> save(const std::string& store, Timestamp now);

 private:
  struct Entry {
    Customer customer;
    bool is_held = false;  // a row exists
    bool is_sound = true;
    bool has_changed = false;
    const CustomerRow* ready = nullptr;
  };
  Transaction& tx_;
  std::string org_;
  std::map<CustomerId, Entry> entries_;
};

// The values alone, as one JSON object for readers: leaves by their dotted names, consent.<purpose>, tags, pos_links. Sealed
// numbers are left out.
[[nodiscard]] std::string plain_fields(const Customer& customer);

}  // namespace tillgate
