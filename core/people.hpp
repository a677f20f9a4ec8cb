// People: all that a replica holds of customers as one value: records, links, choices, tombstones. The reference for whoever keeps
// the same in tables: applying is commutative, associative and idempotent over everything people can say (docs/merging.md).
#pragma once

#include <map>
#include <optional>
#include <variant>

#include "core/hlc.hpp"
#include "core/merge.hpp"
#include "core/person.hpp"

namespace tillgate {

// Leaves of one record. A write goes to the key it names, whoever that person is shown as.
struct RecordWrite {
  CustomerId key;
  ChangeSet changes;
  bool operator==(const RecordWrite&) const = default;
};
using PeopleChange = std::variant<RecordWrite, PersonChange>;

struct People {
  Persons persons;
  std::map<CustomerId, Customer> records;  // none of a tombstone
  bool operator==(const People&) const = default;
};

struct Applied {
  bool has_changed = false;
  bool is_discarded = false;       // a late word about somebody who was erased: acknowledged, dropped, counted by the caller
  std::vector<CustomerId> erased;  // scrub everything else that is kept of them
  std::vector<Conflict> conflicts;
};
Applied absorb(People& into, const PeopleChange& change);
// Whole states; both sides' tombstones first.
Applied merge(People& into, const People& other);

// The person of `key` as people see it; nothing for a tombstone and where no record has arrived.
[[nodiscard]] std::optional<Customer> shown(const People& people, const CustomerId& key);

// --- clock rules

// The highest version in it: whoever receives the change writes above that from then on. Nobody alters a received version. An erase
// has none: it is compared with nothing, so a broken clock can spread nothing through it; nor has an unmerge beyond what it names.
[[nodiscard]] Hlc newest_in(const PeopleChange& change);
// Head office's fence against a broken or hostile clock: such a change is parked and travels no further. Never an erase.
[[nodiscard]] bool is_beyond_fence(const PeopleChange& change, Timestamp head_office_time);

}  // namespace tillgate
