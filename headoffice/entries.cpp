#include "headoffice/entries.hpp"

#include <algorithm>

namespace tillgate {

namespace {

// Whom they are about; a change without payload counts as well, for its record may be erased.
std::vector<CustomerId> customers_in(const std::vector<const ReadChange*>& changes) {
  std::vector<CustomerId> keys;
  for (const ReadChange* change : changes) {
    if (change->envelope->entity == kCustomerEntity || change->envelope->entity == kPersonEntity)
      keys.emplace_back(change->envelope->key);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

RecordKeys records_in(const std::vector<const ReadChange*>& changes) {
  RecordKeys keys;
  for (const ReadChange* change : changes) {
    if (change->payload && has_records(change->envelope->entity)) keys.add(*change->envelope);
  }
  return keys;
}

bool has_erasure(const std::vector<const ReadChange*>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const ReadChange* change) {
    const auto* said = change->payload ? std::get_if<PersonChange>(&change->payload->body) : nullptr;
    return said && std::holds_alternative<Erase>(*said);
  });
}

}  // namespace

Entries::Entries(Transaction& tx, const std::string& org, const std::vector<const ReadChange*>& changes)
    : persons_(tx, org, customers_in(changes), has_erasure(changes)), records_(tx, org, records_in(changes)) {}

Entered Entries::look(const ReadChange& change) const {
  const Envelope& envelope = *change.envelope;
  if (!has_records(envelope.entity)) return Entered::applied;
  if (is_of_the_erased(envelope)) return Entered::discarded;
  return records_.is_sound(envelope) ? Entered::applied : Entered::damaged;
}

Entered Entries::enter(const ReadChange& change, const std::string& store, Timestamp now) {
  if (const auto* said = std::get_if<PersonChange>(&change.payload->body)) {
    const bool is_heard = persons_.enter(*said, store, now);
    if (const auto* erase = std::get_if<Erase>(said)) {
      for (const CustomerId& key : erase->keys) records_.forget(key);
    }
    return is_heard ? Entered::applied : Entered::discarded;
  }
  const Entered outlook = look(change);
  if (change.envelope->entity == kOrderEntity && change.envelope->reason == kEraseReason)
    persons_.strip(OrderId(change.envelope->key));
  if (outlook == Entered::discarded) persons_.scrub(CustomerId(change.envelope->key));
  if (outlook == Entered::applied && has_records(change.envelope->entity)) records_.merge(*change.envelope, *change.payload);
  return outlook;
}

bool Entries::is_of_the_erased(const Envelope& envelope) const {
  return envelope.entity == kCustomerEntity && persons_.is_erased(CustomerId(envelope.key));
}

}  // namespace tillgate
