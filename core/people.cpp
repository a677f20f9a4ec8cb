#include "core/people.hpp"

#include <algorithm>

namespace tillgate {

namespace {

void drop_erased(People& people, Applied& applied) {
  for (const CustomerId& key : applied.erased) people.records.erase(key);
}

Customer& record(People& people, const CustomerId& key) {
  Customer& found = people.records[key];
  found.id = key;
  return found;
}

Applied take(People& into, const RecordWrite& write) {
  Applied applied;
  applied.is_discarded = is_erased(into.persons, write.key);
  if (applied.is_discarded || write.changes.is_empty()) return applied;
  MergeOutcome outcome = merge(record(into, write.key), write.changes);
  applied.has_changed = outcome.has_changed;
  applied.conflicts = std::move(outcome.conflicts);
  return applied;
}

Applied take(People& into, const PersonChange& change) {
  PersonOutcome outcome = absorb(into.persons, change);
  Applied applied{outcome.has_changed, outcome.is_discarded, std::move(outcome.erased), {}};
  drop_erased(into, applied);
  return applied;
}

class Newest {
 public:
  void see(const Version& version) { hlc_ = std::max(hlc_, version.hlc); }
  void see(const std::vector<LinkAdd>& adds) {
    for (const LinkAdd& add : adds) see(add.version);
  }
  void see(const RecordWrite& write) {
    for (const auto& field : write.changes.fields) see(field.version);
    for (const auto& tag : write.changes.tags) see(tag.version);
    for (const auto& link : write.changes.pos_links) see(link.version);
    for (const auto& consent : write.changes.consent) {
      see(consent.version);
      for (const auto& denial : consent.seen_denials) see(denial);
    }
  }
  void see(const Merge& merge) { see(merge.add.version); }
  void see(const Unmerge& unmerge) { see(unmerge.seen); }
  void see(const Choose& choose) {
    see(choose.version);
    see(choose.ties);
  }
  void see(const Erase&) {}
  void see(const PersonChange& change) {
    std::visit([this](const auto& one) { see(one); }, change);
  }
  [[nodiscard]] Hlc hlc() const { return hlc_; }

 private:
  Hlc hlc_;
};

}  // namespace

Applied absorb(People& into, const PeopleChange& change) {
  return std::visit([&](const auto& one) { return take(into, one); }, change);
}

Applied merge(People& into, const People& other) {
  PersonOutcome persons = merge(into.persons, other.persons);
  Applied applied{persons.has_changed, false, std::move(persons.erased), {}};
  drop_erased(into, applied);
  for (const auto& [key, theirs] : other.records) {
    if (!is_erased(into.persons, key)) applied.has_changed |= merge(record(into, key), theirs).has_changed;
  }
  return applied;
}

std::optional<Customer> shown(const People& people, const CustomerId& key) {
  std::vector<const Customer*> members;
  for (const CustomerId& member : person_of(people.persons, key)) {
    const auto found = people.records.find(member);
    if (found != people.records.end()) members.push_back(&found->second);
  }
  if (members.empty()) return std::nullopt;
  return shown(people.persons, members);
}

Hlc newest_in(const PeopleChange& change) {
  Newest newest;
  std::visit([&](const auto& one) { newest.see(one); }, change);
  return newest.hlc();
}

bool is_beyond_fence(const PeopleChange& change, Timestamp head_office_time) {
  return newest_in(change).time() > head_office_time + kClockFence;
}

}  // namespace tillgate
