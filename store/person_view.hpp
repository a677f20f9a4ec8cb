// A person as people see it: one record, or what several linked records show together (docs/merging.md). What reads and writes of
// customers go through, so that nobody shows or changes a half of somebody. Thread: the owner of the connection.
#pragma once

#include <optional>
#include <vector>

#include "store/persons.hpp"
#include "store/record.hpp"

namespace tillgate {

struct PersonView {
  // As shown: the smallest id of its records, the first creation, the last change. The ETag is the record's own while it is alone; of
  // several it covers what they show and which they are.
  StoredCustomer stored;
  std::vector<Record> members;  // that exist here, sorted by id
  Persons persons;              // what is said around them
  [[nodiscard]] Record* member(const CustomerId& id);
};

// By the id of any of its records. None: no such record, or an erased one.
[[nodiscard]] Result<std::optional<PersonView>> find_person(Connection& db, const CustomerId& id);
// The person of a record that was read already; its links are looked up.
[[nodiscard]] Result<PersonView> person_around(Connection& db, Record record);
// Shows it anew, after a member or what is said of them has changed.
void show(PersonView& view);

}  // namespace tillgate
