#include "core/person.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/check.hpp"
#include "core/merge.hpp"

namespace tillgate {

namespace {

bool note(Persons& into, const LinkAdd& add, bool is_removed) {
  const auto [at, is_new] = into.links.try_emplace(add, is_removed);
  if (is_new) return true;
  if (!is_removed || at->second) return false;
  at->second = true;
  return true;
}

// The later choice replaces the earlier one of the same record; said twice under one version, the greater ties.
bool choose(Persons& into, const CustomerId& from, Field field, const Choice& choice) {
  const auto [at, is_new] = into.choices.try_emplace({from, field}, choice);
  if (is_new) return true;
  if (choice <= at->second) return false;
  at->second = choice;
  return true;
}

void bury(Persons& into, const CustomerId& key, PersonOutcome& outcome) {
  if (!into.erased.insert(key).second) return;
  std::erase_if(into.choices, [&](const auto& entry) { return entry.first.first == key; });
  outcome.erased.push_back(key);
  outcome.has_changed = true;
}

void take(Persons& into, const Merge& merge, PersonOutcome& outcome) {
  outcome.has_changed = note(into, merge.add, false);
}
void take(Persons& into, const Unmerge& unmerge, PersonOutcome& outcome) {
  for (const LinkAdd& add : unmerge.seen) outcome.has_changed |= note(into, add, true);
}
void take(Persons& into, const Choose& change, PersonOutcome& outcome) {
  outcome.is_discarded = is_erased(into, change.from);
  if (outcome.is_discarded) return;
  Choice choice{change.version, change.ties};
  std::sort(choice.ties.begin(), choice.ties.end());  // one set, one text
  for (const Field field : change.fields) outcome.has_changed |= choose(into, change.from, field, choice);
}
void take(Persons& into, const Erase& erase, PersonOutcome& outcome) {
  for (const CustomerId& key : erase.keys) bury(into, key, outcome);
}

// At most kStatementsMax.
std::vector<LinkAdd> standing_at(const Persons& persons, const CustomerId& key) {
  std::vector<LinkAdd> found;
  for (const auto& [add, is_removed] : persons.links) {
    if (!is_removed && add.link.touches(key) && stands(persons, add) && found.size() < kStatementsMax) found.push_back(add);
  }
  return found;
}

bool is_tied(const Persons& persons, const Choice& choice) {
  return std::any_of(choice.ties.begin(), choice.ties.end(), [&](const LinkAdd& add) { return stands(persons, add); });
}

}  // namespace

PersonOutcome absorb(Persons& into, const PersonChange& change) {
  PersonOutcome outcome;
  std::visit([&](const auto& one) { take(into, one, outcome); }, change);
  return outcome;
}

PersonOutcome merge(Persons& into, const Persons& other) {
  PersonOutcome outcome;
  for (const CustomerId& key : other.erased) bury(into, key, outcome);
  for (const auto& [add, is_removed] : other.links) outcome.has_changed |= note(into, add, is_removed);
  for (const auto& [at, choice] : other.choices) {
    if (!is_erased(into, at.first)) outcome.has_changed |= choose(into, at.first, at.second, choice);
  }
  return outcome;
}

bool stands(const Persons& persons, const LinkAdd& add) {
  const auto found = persons.links.find(add);
  if (found == persons.links.end() || found->second) return false;
  return !is_erased(persons, add.link.a) && !is_erased(persons, add.link.b);
}

std::vector<CustomerId> person_of(const Persons& persons, const CustomerId& key) {
  if (is_erased(persons, key)) return {};
  std::map<CustomerId, std::vector<CustomerId>> neighbours;
  for (const auto& [add, is_removed] : persons.links) {
    if (is_removed || !stands(persons, add)) continue;
    neighbours[add.link.a].push_back(add.link.b);
    neighbours[add.link.b].push_back(add.link.a);
  }
  std::set<CustomerId> members{key};
  std::vector<CustomerId> open{key};
  while (!open.empty()) {
    const auto at = neighbours.find(open.back());
    open.pop_back();
    if (at == neighbours.end()) continue;
    for (const CustomerId& neighbour : at->second) {
      if (members.insert(neighbour).second) open.push_back(neighbour);
    }
  }
  return {members.begin(), members.end()};
}

std::vector<LinkAdd> questions(const Persons& persons) {
  std::vector<LinkAdd> found;
  for (const auto& [add, is_removed] : persons.links) {
    if (!is_removed && is_erased(persons, add.link.a) != is_erased(persons, add.link.b)) found.push_back(add);
  }
  return found;
}

Customer shown(const Persons& persons, std::span<const Customer* const> members) {
  CHECK(!members.empty());
  Customer person = *members.front();
  for (const Customer* member : members.subspan(1)) {
    person.id = std::min(person.id, member->id);
    merge(person, *member);
  }
  // Of several choices for a field the highest counts, and only above every write at any member.
  std::array<const Choice*, kFieldCount> best{};
  std::array<const Cell*, kFieldCount> chosen{};
  std::array<CustomerId, kFieldCount> from;
  for (const Customer* member : members) {
    const auto first = persons.choices.lower_bound({member->id, Field{}});
    for (auto at = first; at != persons.choices.end() && at->first.first == member->id; ++at) {
      const auto field = static_cast<std::size_t>(at->first.second);
      const Cell& cell = member->cells[field];
      const Choice& choice = at->second;
      // A choice may come before the value it takes.
      const bool holds = cell.version.is_set() && choice.version > person.cells[field].version && is_tied(persons, choice);
      if (!holds) continue;
      if (best[field] && std::tie(choice.version, member->id) < std::tie(best[field]->version, from[field])) continue;
      best[field] = &choice;
      chosen[field] = &cell;
      from[field] = member->id;
    }
  }
  for (std::size_t field = 0; field < kFieldCount; ++field) {
    if (best[field]) person.cells[field] = Cell{chosen[field]->value, best[field]->version};
  }
  return person;
}

std::optional<Merge> merging(const Persons& persons, const CustomerId& one, const CustomerId& other, const Version& version) {
  if (one == other || is_erased(persons, one) || is_erased(persons, other)) return std::nullopt;
  const RecordPair link = RecordPair::between(one, other);
  for (auto at = persons.links.lower_bound({link, {}}); at != persons.links.end() && at->first.link == link; ++at) {
    if (!at->second) return std::nullopt;
  }
  const std::vector<CustomerId> members = person_of(persons, one), others = person_of(persons, other);
  const bool is_one_already = std::binary_search(members.begin(), members.end(), other);
  if (!is_one_already && members.size() + others.size() > kPersonKeysMax) return std::nullopt;
  return Merge{{link, version}};
}

std::optional<Unmerge> unmerging(const Persons& persons, const CustomerId& key) {
  Unmerge unmerge{key, {}};
  // Also the ties to a tombstone: an unmerge is the "no" to the question they raise.
  for (const auto& [add, is_removed] : persons.links) {
    if (!is_removed && add.link.touches(key) && unmerge.seen.size() < kStatementsMax) unmerge.seen.push_back(add);
  }
  if (unmerge.seen.empty() || is_erased(persons, key)) return std::nullopt;
  return unmerge;
}

std::optional<Choose> choosing(const Persons& persons, const CustomerId& from, std::vector<Field> fields,
                               const Version& version) {
  Choose choose{from, std::move(fields), version, standing_at(persons, from)};
  if (choose.ties.empty() || choose.fields.empty()) return std::nullopt;
  return choose;
}

std::optional<Erase> erasing(const Persons& persons, const CustomerId& key) {
  Erase erase{person_of(persons, key)};
  if (erase.keys.empty()) return std::nullopt;
  return erase;
}

}  // namespace tillgate
