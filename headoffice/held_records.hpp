// All records that one transaction touches, whatever their entity. Customers are locked before orders, everywhere.
#pragma once

#include <string>
#include <vector>

#include "headoffice/customers.hpp"
#include "headoffice/orders.hpp"

namespace tillgate {

// What the changes of one batch make of records that nobody has entered before.
struct FreshRecords {
  CustomerBook::Fresh customers;
  OrderBook::Fresh orders;
};

struct RecordKeys {
  std::vector<CustomerId> customers;
  std::vector<OrderId> orders;
  void add(const Envelope& envelope);
};

class HeldRecords {
 public:
  HeldRecords(Transaction& tx, const std::string& org, RecordKeys keys)
      : customers_(tx, org, std::move(keys.customers)), orders_(tx, org, std::move(keys.orders)) {}

  // False: what we hold of the record that the change is about fails its checksum.
  [[nodiscard]] bool is_sound(const Envelope& envelope) const;
  void take_ready(const FreshRecords& fresh);
  void merge(const Envelope& envelope, const Payload& payload);
  void forget(const CustomerId& id) { customers_.forget(id); }
  [[nodiscard]] Result<> save(const std::string& store, Timestamp now);

 private:
  CustomerBook customers_;
  OrderBook orders_;
};

}  // namespace tillgate
