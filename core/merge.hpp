// Field versions -> what is kept, and why. Commutative, associative, idempotent: any order, any number of
// times, gives the same record.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/customer.hpp"

namespace tillgate {

// A change as it travels: per leaf the value, its version and the version it replaced.
struct Write {
  Field field;
  std::optional<std::string> value;
  Version version;
  Version was;  // not set: nothing was there
  bool operator==(const Write&) const = default;
};
struct ConsentWrite {
  Purpose purpose;
  bool granted;
  Version version;
  std::vector<Version> seen_denials;           // for a grant: the denials its author saw
  std::string source = {}, text_version = {};  // for the ledger of consent; they decide nothing
  bool operator==(const ConsentWrite&) const = default;
};
struct TagWrite {
  std::string tag;
  bool is_present;
  Version version;
  bool operator==(const TagWrite&) const = default;
};
struct PosLinkWrite {
  std::string account;
  std::optional<std::string> pos_id;
  Version version;
  Version was;
  bool operator==(const PosLinkWrite&) const = default;
};
struct ChangeSet {
  std::vector<Write> fields;
  std::vector<ConsentWrite> consent;
  std::vector<TagWrite> tags;
  std::vector<PosLinkWrite> pos_links;
  [[nodiscard]] bool is_empty() const { return fields.empty() && consent.empty() && tags.empty() && pos_links.empty(); }
  bool operator==(const ChangeSet&) const = default;
};

// Turns a validated patch into versioned writes against the record as it stands; leaves that already hold exactly that
// value are left out, so a patch that changes nothing gives an empty set.
[[nodiscard]] ChangeSet versioned(const Customer& now, const Patch& patch, const Version& version);

// Two people changed the same field without seeing each other: the winner's `was` is below the loser's version.
struct Conflict {
  std::string field;
  std::optional<std::string> kept, lost;
  Version kept_version, lost_version;
  bool operator==(const Conflict&) const = default;
};
struct MergeOutcome {
  bool has_changed = false;  // any version moved
  std::vector<Conflict> conflicts;
};

// The rule for every leaf of every entity: the higher version wins; on equal versions the greater BLAKE2b hash of the value (a
// clear hashes as the empty byte string with a leading 0, a value with a leading 1).
[[nodiscard]] bool outranks(const std::optional<std::string>& value, const Version& version,
                            const std::optional<std::string>& held, const Version& held_version);
// Whether people should hear that one of the two was lost.
[[nodiscard]] bool is_conflict(const Cell& held, const std::optional<std::string>& value, const Version& version,
                               const Version& was);

MergeOutcome merge(Customer& into, const ChangeSet& changes);
// Whole states (snapshots, anti-entropy).
MergeOutcome merge(Customer& into, const Customer& other);

}  // namespace tillgate
