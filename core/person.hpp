// Which records are one person, and who was erased. Links have no direction, removals name what they saw and tombstones absorb:
// changes may come in any order, any number of times, and every replica ends with the same answer. Rules: docs/merging.md.
// Values and functions; no personal data is in here, keys and versions only. Cost is linear in the links handed in: a store
// loads those around the records at hand, not all it has.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "core/customer.hpp"
#include "core/ids.hpp"
#include "core/version.hpp"

namespace tillgate {

// Two records, unordered: `a < b` always.
struct RecordPair {
  CustomerId a, b;
  [[nodiscard]] static RecordPair between(const CustomerId& one, const CustomerId& other) {
    return one < other ? RecordPair{one, other} : RecordPair{other, one};
  }
  [[nodiscard]] bool touches(const CustomerId& key) const { return a == key || b == key; }
  auto operator<=>(const RecordPair&) const = default;
};
// One statement "these two are the same person". Two stores may state the same link; each statement stands by itself.
struct LinkAdd {
  RecordPair link;
  Version version;
  auto operator<=>(const LinkAdd&) const = default;
};

inline constexpr std::size_t kPersonKeysMax = 256;  // nobody may link more; what crossed on the way may exceed it
inline constexpr std::size_t kStatementsMax = 256;  // that one change names; the rest waits for the next change

// --- what people can say about persons

struct Merge {
  LinkAdd add;
  bool operator==(const Merge&) const = default;
};
// Removes the statements its author saw and no others.
struct Unmerge {
  CustomerId key;
  std::vector<LinkAdd> seen;
  bool operator==(const Unmerge&) const = default;
};
// "Take these fields from that record."
struct Choose {
  CustomerId from;
  std::vector<Field> fields;
  Version version;
  std::vector<LinkAdd> ties;  // the statements at `from` that its author saw: while one stands, the record has not left
  bool operator==(const Choose&) const = default;
};
struct Erase {
  std::vector<CustomerId> keys;  // all of the person, as its author saw it
  bool operator==(const Erase&) const = default;
};
using PersonChange = std::variant<Merge, Unmerge, Choose, Erase>;

// --- what a replica knows of them

struct Choice {
  Version version;
  std::vector<LinkAdd> ties;
  auto operator<=>(const Choice&) const = default;
};
struct Persons {
  std::map<LinkAdd, bool> links;  // statement -> true once an unmerge that saw it has removed it, even before it came
  std::map<std::pair<CustomerId, Field>, Choice> choices;  // by the record to take from: what a record brought leaves with it
  std::set<CustomerId> erased;                             // tombstones; no version, so no clock can outlive one
  bool operator==(const Persons&) const = default;
};

struct PersonOutcome {
  bool has_changed = false;
  bool is_discarded = false;       // it spoke of a tombstone alone: acknowledge it, count it, do nothing
  std::vector<CustomerId> erased;  // keys that became tombstones just now: their records are to be scrubbed
};
PersonOutcome absorb(Persons& into, const PersonChange& change);
// Whole states (snapshots, anti-entropy).
PersonOutcome merge(Persons& into, const Persons& other);

[[nodiscard]] inline bool is_erased(const Persons& persons, const CustomerId& key) {
  return persons.erased.contains(key);
}
// A statement that counts: not removed, and no end of it is a tombstone.
[[nodiscard]] bool stands(const Persons& persons, const LinkAdd& add);
// The records connected with `key`, sorted, itself included; the first one names the person. Empty for a tombstone.
[[nodiscard]] std::vector<CustomerId> person_of(const Persons& persons, const CustomerId& key);
// Statements that tie a living record to a tombstone: "is this the person who was erased?" A person answers with an erase
// (yes) or an unmerge (no). They follow from the state, so every replica asks the same whatever arrived first.
[[nodiscard]] std::vector<LinkAdd> questions(const Persons& persons);

// What a person looks like: each leaf the highest version among `members`, sets and denials united first, then the choices
// that hold. A chosen field carries the choice's version, because that is what a later write replaces.
// `members`: the records that exist of person_of(key), in any order, not empty.
[[nodiscard]] Customer shown(const Persons& persons, std::span<const Customer* const> members);

// --- authors: the change that says it, out of what they see; nothing where there is nothing to say

// Nothing, too, where the person would have more than kPersonKeysMax records.

[[nodiscard]] std::optional<Merge> merging(const Persons& persons, const CustomerId& one, const CustomerId& other,
                                           const Version& version);
[[nodiscard]] std::optional<Unmerge> unmerging(const Persons& persons, const CustomerId& key);
// Nothing where `from` stands alone: it already shows its own fields.
[[nodiscard]] std::optional<Choose> choosing(const Persons& persons, const CustomerId& from, std::vector<Field> fields,
                                             const Version& version);
[[nodiscard]] std::optional<Erase> erasing(const Persons& persons, const CustomerId& key);

}  // namespace tillgate
