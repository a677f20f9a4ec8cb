// Customer: a value, what the store knows of one person, with a version per leaf.
// The leaves are one table (`fields()`): validation, merging, JSON, storage and docs all read that table,
// so adding a field is one line there and one in the docs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/version.hpp"

namespace tillgate {

enum class Field : std::uint8_t {
  first_name, middle_name, last_name, suffix, birthday, gender, phone, email,
  address_street1, address_street2, address_city, address_region, address_postal_code, address_country,
  licence_number, licence_region, licence_country, licence_expires,
  medical_number, medical_region, medical_expires,
  type, verification, notes, status, home_store,
};
inline constexpr std::size_t kFieldCount = 26;

enum class FieldKind : std::uint8_t { text, date, choice, phone, email, country, sealed, store };

struct FieldSpec {
  Field field;
  std::string_view name;                       // dotted path, as on the wire: "licence.number"
  FieldKind kind;
  std::size_t chars_max;                       // Unicode code points
  std::span<const std::string_view> choices;   // for FieldKind::choice
  bool is_writable_by_terminals;               // false: set by the system (home_store; status has more rules)
};
[[nodiscard]] std::span<const FieldSpec> fields();
[[nodiscard]] const FieldSpec& spec_of(Field field);
[[nodiscard]] std::optional<Field> field_named(std::string_view name);

// One leaf. A cell without value but with a version was cleared; without version it was never written.
struct Cell {
  std::optional<std::string> value;  // canonical text; for FieldKind::sealed the sealed text, never the number
  Version version;
  bool operator==(const Cell&) const = default;
};

// An element of a set: the newest version says whether it is in.
struct Element {
  bool is_present = false;
  Version version;
  bool operator==(const Element&) const = default;
};

enum class Purpose : std::uint8_t { email, sms, data };
inline constexpr std::array<std::string_view, 3> kPurposeNames{"email", "sms", "data"};

// Consent for one purpose: denials are an observed-remove set. A grant removes the denials its author saw and
// no others, so a "no" said elsewhere at the same time always survives.
struct Consent {
  std::map<Version, bool> denials;  // version of the denial -> true once a grant has removed it
  std::optional<bool> latest;       // the newest statement, granted or denied
  Version version;                  // of `latest`
  [[nodiscard]] bool is_denied() const;
  // nullopt: never asked.
  [[nodiscard]] std::optional<bool> is_granted() const;
  bool operator==(const Consent&) const = default;
};

inline constexpr std::size_t kTagsMax = 64;
inline constexpr std::size_t kTagCharsMax = 64;
inline constexpr std::size_t kPosLinksMax = 16;
inline constexpr std::size_t kPosIdCharsMax = 64;
inline constexpr std::size_t kTextVersionCharsMax = 64;  // of a consent text

struct Customer {
  CustomerId id;
  std::array<Cell, kFieldCount> cells;
  std::array<Consent, 3> consent;
  std::map<std::string, Element> tags;      // tag -> present?
  std::map<std::string, Cell> pos_links;    // POS account -> its id for this person

  [[nodiscard]] const Cell& operator[](Field field) const { return cells[static_cast<std::size_t>(field)]; }
  [[nodiscard]] Cell& operator[](Field field) { return cells[static_cast<std::size_t>(field)]; }
  [[nodiscard]] std::string_view text(Field field) const {  // empty when unset
    const auto& value = (*this)[field].value;
    return value ? std::string_view(*value) : std::string_view();
  }
  // The highest version anywhere in the record.
  [[nodiscard]] Version newest() const;
  bool operator==(const Customer&) const = default;
};

// A person's word on one purpose, as somebody took it down.
struct ConsentStatement {
  Purpose purpose;
  bool granted;
  std::string source = {};        // where it was said: [a-z0-9-]{1,32}, such as kiosk, counter, paper; empty: not told
  std::string text_version = {};  // which text the person saw: at most 64 plain characters; empty: not told
  bool operator==(const ConsentStatement&) const = default;
};

// What somebody wants to write: the leaves set (nullopt: clear), without versions. The body of a create or a patch.
struct Patch {
  std::vector<std::pair<Field, std::optional<std::string>>> fields;  // each field once
  std::vector<ConsentStatement> consent;                              // each purpose once
  std::vector<std::string> tags_added, tags_removed;
  std::optional<std::vector<std::string>> tags;  // the whole set as wanted; what that removes is settled against the record at commit
  std::vector<std::pair<std::string, std::optional<std::string>>> pos_links;
  [[nodiscard]] bool is_empty() const {
    return fields.empty() && consent.empty() && tags_added.empty() && tags_removed.empty() && !tags && pos_links.empty();
  }
  bool operator==(const Patch&) const = default;
};

// One complaint per faulty field, all at once; `sentence` is for a cashier.
struct FieldFault {
  std::string field;  // dotted name
  std::string code;   // too_long, not_a_date, not_a_choice, required, not_utf8, unknown_field, read_only, ...
  std::string sentence;
  bool operator==(const FieldFault&) const = default;
};

// 1 to 64 visible ASCII characters.
[[nodiscard]] bool is_text_version(std::string_view text);

enum class WriteKind : std::uint8_t { create, update };

// Trims, normalises to NFC, strips control characters, turns "" into clear, lower-cases choices; then checks every
// rule: required names on create, real calendar dates, lengths, choices, UTF-8, sizes of sets. `patch` is replaced by
// its normal form; the faults come back, empty when it may be committed. The raw text is what is stored; normalised
// forms for comparing (E.164, folded e-mail) are derived from it where they are needed.
[[nodiscard]] std::vector<FieldFault> normalise(Patch& patch, WriteKind kind);

}  // namespace tillgate
