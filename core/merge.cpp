#include "core/merge.hpp"

#include <algorithm>

namespace tillgate {

namespace {

using Value = std::optional<std::string>;

Digest hash_of_value(const Value& value) {
  Hasher hasher;
  return value ? hasher.add(std::string_view("\1", 1)).add(*value).finish() : hasher.add(std::string_view("\0", 1)).finish();
}

void merge_element(Element& into, bool is_present, const Version& version, MergeOutcome& outcome) {
  const auto as_value = [](bool present) { return present ? Value("") : Value(); };
  if (!outranks(as_value(is_present), version, as_value(into.is_present), into.version)) return;
  into = Element{is_present, version};
  outcome.has_changed = true;
}

void merge_cell(Cell& into, const Value& value, const Version& version, MergeOutcome& outcome) {
  if (!outranks(value, version, into.value, into.version)) return;
  into = Cell{value, version};
  outcome.has_changed = true;
}

// A write with its author's view; `name` is what people see in the list of conflicts.
void merge_write(Cell& into, std::string_view name, const Value& value, const Version& version, const Version& was,
                 MergeOutcome& outcome) {
  if (is_conflict(into, value, version, was)) {
    const bool wins = outranks(value, version, into.value, into.version);
    const Cell incoming{value, version};
    const Cell& kept = wins ? incoming : into;
    const Cell& lost = wins ? into : incoming;
    outcome.conflicts.push_back({std::string(name), kept.value, lost.value, kept.version, lost.version});
  }
  merge_cell(into, value, version, outcome);
}

void deny(Consent& into, const Version& version, bool is_removed, MergeOutcome& outcome) {
  const auto [at, is_new] = into.denials.try_emplace(version, is_removed);
  if (is_new) outcome.has_changed = true;
  if (!is_new && is_removed && !at->second) {
    at->second = true;
    outcome.has_changed = true;
  }
}

// The newest statement; said both ways under one version, it is a no.
void state(Consent& into, bool granted, const Version& version, MergeOutcome& outcome) {
  const bool is_newer = !into.latest || version > into.version;
  const bool is_denied_twin = into.latest && version == into.version && *into.latest && !granted;
  if (!is_newer && !is_denied_twin) return;
  into.latest = granted;
  into.version = version;
  outcome.has_changed = true;
}

}  // namespace

// Equal versions with different values come from a cloned machine or a broken clock; which one stays does not matter, as
// long as every replica keeps the same.
bool outranks(const Value& value, const Version& version, const Value& held, const Version& held_version) {
  if (version != held_version) return version > held_version;
  return value != held && hash_of_value(value) > hash_of_value(held);
}

// Whether the loser's author and the winner's author did not see each other. A state keeps no `was`, so for a write that
// arrives after the one that beats it only the origin tells: a ledger delivers what its own author saw first.
bool is_conflict(const Cell& held, const Value& value, const Version& version, const Version& was) {
  if (!held.version.is_set() || held.value == value) return false;
  if (version > held.version) return was < held.version;
  if (version == held.version) return true;
  return version.origin != held.version.origin;
}

ChangeSet versioned(const Customer& now, const Patch& patch, const Version& version) {
  ChangeSet changes;
  for (const auto& [field, value] : patch.fields) {
    if (now[field].value != value) changes.fields.push_back({field, value, version, now[field].version});
  }
  for (const auto& [purpose, granted, source, text_version] : patch.consent) {
    const Consent& held = now.consent[static_cast<std::size_t>(purpose)];
    // Saying yes again to a text is a fact of its own: it may be another text. A no needs no second one.
    const bool is_news = held.is_granted() != granted || (granted && !text_version.empty());
    if (!is_news) continue;
    ConsentWrite write{purpose, granted, version, {}, source, text_version};
    for (const auto& [denial, is_removed] : held.denials) {
      if (granted && !is_removed) write.seen_denials.push_back(denial);
    }
    changes.consent.push_back(std::move(write));
  }
  const auto set_tag = [&](const std::string& tag, bool is_present) {
    const auto held = now.tags.find(tag);
    const bool was_present = held != now.tags.end() && held->second.is_present;
    if (was_present != is_present) changes.tags.push_back({tag, is_present, version});
  };
  for (const auto& tag : patch.tags_added) set_tag(tag, true);
  for (const auto& tag : patch.tags_removed) set_tag(tag, false);
  if (patch.tags) {
    for (const auto& tag : *patch.tags) set_tag(tag, true);
    for (const auto& [tag, element] : now.tags) {
      const bool is_wanted = std::find(patch.tags->begin(), patch.tags->end(), tag) != patch.tags->end();
      if (element.is_present && !is_wanted) set_tag(tag, false);
    }
  }
  for (const auto& [account, pos_id] : patch.pos_links) {
    const auto held = now.pos_links.find(account);
    const Cell cell = held == now.pos_links.end() ? Cell{} : held->second;
    if (cell.value != pos_id) changes.pos_links.push_back({account, pos_id, version, cell.version});
  }
  return changes;
}

MergeOutcome merge(Customer& into, const ChangeSet& changes) {
  MergeOutcome outcome;
  for (const auto& write : changes.fields) {
    merge_write(into[write.field], spec_of(write.field).name, write.value, write.version, write.was, outcome);
  }
  for (const auto& write : changes.consent) {
    Consent& consent = into.consent[static_cast<std::size_t>(write.purpose)];
    if (!write.granted) deny(consent, write.version, false, outcome);
    // Kept even where the denial itself has not arrived yet: when it comes, it is already answered.
    for (const auto& denial : write.seen_denials) {
      if (write.granted) deny(consent, denial, true, outcome);
    }
    state(consent, write.granted, write.version, outcome);
  }
  for (const auto& write : changes.tags) merge_element(into.tags[write.tag], write.is_present, write.version, outcome);
  for (const auto& write : changes.pos_links) {
    merge_write(into.pos_links[write.account], "pos_links." + write.account, write.pos_id, write.version, write.was, outcome);
  }
  return outcome;
}

MergeOutcome merge(Customer& into, const Customer& other) {
  MergeOutcome outcome;
  for (std::size_t i = 0; i < kFieldCount; ++i)
    merge_cell(into.cells[i], other.cells[i].value, other.cells[i].version, outcome);
  for (std::size_t i = 0; i < into.consent.size(); ++i) {
    for (const auto& [denial, is_removed] : other.consent[i].denials) deny(into.consent[i], denial, is_removed, outcome);
    if (other.consent[i].latest) state(into.consent[i], *other.consent[i].latest, other.consent[i].version, outcome);
  }
  for (const auto& [tag, element] : other.tags) merge_element(into.tags[tag], element.is_present, element.version, outcome);
  for (const auto& [account, cell] : other.pos_links) merge_cell(into.pos_links[account], cell.value, cell.version, outcome);
  return outcome;
}

}  // namespace tillgate
