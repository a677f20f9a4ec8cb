#include "headoffice/held_records.hpp"

#include "core/check.hpp"

namespace tillgate {

namespace {

bool is_order(const Envelope& envelope) {
  CHECK(has_records(envelope.entity));
  return envelope.entity == kOrderEntity;
}

}  // namespace

void RecordKeys::add(const Envelope& envelope) {
  if (is_order(envelope))
    orders.emplace_back(envelope.key);
  else
    customers.emplace_back(envelope.key);
}

bool HeldRecords::is_sound(const Envelope& envelope) const {
  return is_order(envelope) ? orders_.is_sound(OrderId(envelope.key)) : customers_.is_sound(CustomerId(envelope.key));
}

void HeldRecords::take_ready(const FreshRecords& fresh) {
  customers_.take_ready(fresh.customers);
  orders_.take_ready(fresh.orders);
}

void HeldRecords::merge(const Envelope& envelope, const Payload& payload) {
  if (is_order(envelope))
    orders_.merge(OrderId(envelope.key), std::get<OrderChange>(payload.body));
  else
    customers_.merge(CustomerId(envelope.key), changes_in(payload));
}

Result<> HeldRecords::save(const std::string& store, Timestamp now) {
  if (auto saved = customers_.save(store, now); !saved) return saved;
  return orders_.save(store, now);
}

}  // namespace tillgate
