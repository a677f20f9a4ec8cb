#include "store/person_view.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/customer_state.hpp"

namespace tillgate {

Record* PersonView::member(const CustomerId& id) {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const Record& record) { return record.stored.customer.id == id; });
  return found == members.end() ? nullptr : &*found;
}

void show(PersonView& view) {
  if (view.members.size() == 1) {
    view.stored = view.members.front().stored;
    return;
  }
  std::vector<const Customer*> customers;
  StoredCustomer& stored = view.stored;
  stored = view.members.front().stored;
  stored.records.clear();
  for (const Record& record : view.members) {
    customers.push_back(&record.stored.customer);
    stored.records.push_back(record.stored.customer.id);
    stored.created_at = std::min(stored.created_at, record.stored.created_at);
    stored.updated_at = std::max(stored.updated_at, record.stored.updated_at);
    stored.last_seq = std::max(stored.last_seq, record.stored.last_seq);
  }
  stored.customer = shown(view.persons, customers);
  std::string covered = encode_state(stored.customer);
  for (const CustomerId& id : stored.records) covered += "\n" + id.text();
  stored.etag = hash_of(covered);
}

Result<PersonView> person_around(Connection& db, Record record) {
  const CustomerId id = record.stored.customer.id;
  PersonView view;
  auto persons = load_persons(db, std::array{id});
  if (!persons) return fail(persons.error());
  view.persons = std::move(*persons);
  std::vector<CustomerId> keys = person_of(view.persons, id);
  if (keys.empty()) keys.push_back(id);
  for (const CustomerId& key : keys) {
    if (key == id) {
      view.members.push_back(std::move(record));
      continue;
    }
    auto other = find_record(db, key);
    if (!other) return fail(other.error());
    if (*other) view.members.push_back(std::move(**other));  // a link may come before its record
  }
  show(view);
  return view;
}

Result<std::optional<PersonView>> find_person(Connection& db, const CustomerId& id) {
  auto record = find_record(db, id);
  if (!record) return fail(record.error());
  if (!*record) return std::optional<PersonView>();
  auto view = person_around(db, std::move(**record));
  if (!view) return fail(view.error());
  return std::optional<PersonView>(std::move(*view));
}

}  // namespace tillgate
