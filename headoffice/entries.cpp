#include "headoffice/entries.hpp"

#include <algorithm>

namespace tillgate {

namespace {

// The records that changes of one kind are about; a change without payload counts as well, for its record may be erased.
std::vector<CustomerId> records_in(const std::vector<const ReadChange*>& changes, bool with_persons) {
  std::vector<CustomerId> keys;
  for (const ReadChange* change : changes) {
    if (change->envelope && (with_persons || change->envelope->entity == kCustomerEntity))
      keys.emplace_back(change->envelope->key);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
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
    : persons_(tx, org, records_in(changes, true), has_erasure(changes)), customers_(tx, org, records_in(changes, false)) {}

Entered Entries::look(const ReadChange& change) const {
  if (change.envelope->entity != kCustomerEntity) return Entered::applied;
  const CustomerId id(change.envelope->key);
  if (persons_.is_erased(id)) return Entered::discarded;
  return customers_.is_sound(id) ? Entered::applied : Entered::damaged;
}

Entered Entries::enter(const ReadChange& change, const std::string& store, Timestamp now) {
  const CustomerId id(change.envelope->key);
  if (const auto* said = std::get_if<PersonChange>(&change.payload->body)) {
    const bool is_heard = persons_.enter(*said, store, now);
    if (const auto* erase = std::get_if<Erase>(said)) {
      for (const CustomerId& key : erase->keys) customers_.forget(key);
    }
    return is_heard ? Entered::applied : Entered::discarded;
  }
  const Entered outlook = look(change);
  if (outlook == Entered::discarded) persons_.scrub(id);
  if (outlook == Entered::applied && change.envelope->entity == kCustomerEntity)
    customers_.merge(id, changes_in(*change.payload));
  return outlook;
}

bool Entries::is_of_the_erased(const Envelope& envelope) const {
  return envelope.entity == kCustomerEntity && persons_.is_erased(CustomerId(envelope.key));
}

}  // namespace tillgate
