#include "core/customer.hpp"

#include <unicode/uchar.h>
#include <unicode/uloc.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <set>

#include "core/complaints.hpp"
#include "core/typed_text.hpp"

namespace tillgate {

namespace {

constexpr std::array<std::string_view, 5> kGenders{"female", "male", "nonbinary", "other", "unspecified"};
constexpr std::array<std::string_view, 2> kTypes{"recreational", "medical"};
constexpr std::array<std::string_view, 4> kVerifications{"unverified", "pending", "verified", "failed"};
constexpr std::array<std::string_view, 6> kStatuses{"active", "inactive", "on_hold", "banned", "merged", "erased"};
constexpr std::size_t kStatusesForTerminals = 4;  // the first ones; merging and erasing are acts of their own

// In the order of Field.
constexpr std::array<FieldSpec, kFieldCount> kFields{{
    {Field::first_name, "first_name", FieldKind::text, 100, {}, true},
    {Field::middle_name, "middle_name", FieldKind::text, 100, {}, true},
    {Field::last_name, "last_name", FieldKind::text, 100, {}, true},
    {Field::suffix, "suffix", FieldKind::text, 20, {}, true},
    {Field::birthday, "birthday", FieldKind::date, 10, {}, true},
    {Field::gender, "gender", FieldKind::choice, 16, kGenders, true},
    {Field::phone, "phone", FieldKind::phone, 40, {}, true},
    {Field::email, "email", FieldKind::email, 254, {}, true},
    {Field::address_street1, "address.street1", FieldKind::text, 200, {}, true},
    {Field::address_street2, "address.street2", FieldKind::text, 200, {}, true},
    {Field::address_city, "address.city", FieldKind::text, 100, {}, true},
    {Field::address_region, "address.region", FieldKind::text, 100, {}, true},
    {Field::address_postal_code, "address.postal_code", FieldKind::text, 20, {}, true},
    {Field::address_country, "address.country", FieldKind::country, 2, {}, true},
    {Field::licence_number, "licence.number", FieldKind::sealed, 64, {}, true},
    {Field::licence_region, "licence.region", FieldKind::text, 64, {}, true},
    {Field::licence_country, "licence.country", FieldKind::country, 2, {}, true},
    {Field::licence_expires, "licence.expires", FieldKind::date, 10, {}, true},
    {Field::medical_number, "medical.number", FieldKind::sealed, 64, {}, true},
    {Field::medical_region, "medical.region", FieldKind::text, 64, {}, true},
    {Field::medical_expires, "medical.expires", FieldKind::date, 10, {}, true},
    {Field::type, "type", FieldKind::choice, 16, kTypes, true},
    {Field::verification, "verification", FieldKind::choice, 16, kVerifications, true},
    {Field::notes, "notes", FieldKind::text, 4000, {}, true},
    {Field::status, "status", FieldKind::choice, 16, kStatuses, true},
    {Field::home_store, "home_store", FieldKind::store, 32, {}, false},
}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool looks_like_phone(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      ++digits;
    } else if (std::string_view("+-(). ").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return digits >= 7 && digits <= 20;
}

bool looks_like_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.find('@', at + 1) != std::string_view::npos)
    return false;
  // No white space of any alphabet, nothing that would end or add an address in a mail header.
  std::int32_t i = 0;
  while (i < static_cast<std::int32_t>(text.size())) {
    UChar32 c = 0;
    U8_NEXT(text.data(), i, static_cast<std::int32_t>(text.size()), c);
    if (c < 0 || u_isUWhiteSpace(c) || c == ',' || c == ';' || c == '<' || c == '>') return false;
  }
  return text[at + 1] != '.' && text.back() != '.';
}

bool is_country(std::string_view text) {
  static const std::set<std::string_view> known = [] {
    std::set<std::string_view> codes;
    for (const char* const* code = uloc_getISOCountries(); *code; ++code) codes.insert(*code);
    return codes;
  }();
  return text.size() == 2 && is_letter(text[0]) && is_letter(text[1]) && known.contains(text);
}

// The rule of a field's kind, for a value in normal form that is not empty. May still change its letters' case.
std::optional<Complaint> check_value(const FieldSpec& spec, std::string& value) {
  switch (spec.kind) {
    case FieldKind::text:
    case FieldKind::sealed: return std::nullopt;
    case FieldKind::store:
      return is_name_id(value) ? std::nullopt : std::optional(Complaint{"not_a_store", " is not a store."});
    case FieldKind::date:
      if (calendar_date(value)) return std::nullopt;
      return Complaint{"not_a_date", " must be a date that exists, written like 1990-12-31."};
    case FieldKind::choice: {
      std::transform(value.begin(), value.end(), value.begin(), lower_ascii);
      if (std::find(spec.choices.begin(), spec.choices.end(), value) == spec.choices.end()) {
        const auto shown = spec.field == Field::status ? spec.choices.first(kStatusesForTerminals) : spec.choices;
        return Complaint{"not_a_choice", " must be one of " + list_of(shown) + "."};
      }
      if (spec.field == Field::status && value != "active" && value != "inactive" && value != "on_hold" && value != "banned")
        return Complaint{"not_allowed", " cannot be set to this by hand; merge or erase the customer instead."};
      return std::nullopt;
    }
    case FieldKind::phone:
      if (looks_like_phone(value)) return std::nullopt;
      return Complaint{"not_a_phone", " needs 7 to 20 digits; only + - ( ) . and spaces may stand between them."};
    case FieldKind::email:
      if (value.size() <= spec.chars_max && looks_like_email(value)) return std::nullopt;
      return Complaint{"not_an_email", " must look like name@example.com."};
    case FieldKind::country:
      std::transform(value.begin(), value.end(), value.begin(), upper);
      if (is_country(value)) return std::nullopt;
      return Complaint{"not_a_country", " must be a two-letter country code, like US."};
  }
  return std::nullopt;
}

class Normaliser {
 public:
  Normaliser(Patch& patch, WriteKind kind) : patch_(patch), kind_(kind) {}

  std::vector<FieldFault> run() {
    for (auto& [field, value] : patch_.fields) check_field(spec_of(field), value);
    check_names();
    for (const auto& statement : patch_.consent) check_consent(statement);
    check_tags(patch_.tags_added);
    check_tags(patch_.tags_removed);
    if (patch_.tags) check_tags(*patch_.tags);
    if (patch_.tags && !(patch_.tags_added.empty() && patch_.tags_removed.empty()))
      complaints_.add("tags", "contradiction", "Tags are given whole or as additions and removals, not both.");
    for (const auto& tag : patch_.tags_added) {
      if (std::binary_search(patch_.tags_removed.begin(), patch_.tags_removed.end(), tag))
        complaints_.add("tags", "contradiction", "A tag cannot be added and removed at once.");
    }
    complaints_.check_pos_links(patch_.pos_links, "A customer");
    sort();
    return complaints_.take();
  }

 private:
  void check_field(const FieldSpec& spec, std::optional<std::string>& value) {
    const std::string name(spec.name), label = label_of(spec.name);
    if (!complaints_.is_first(name, label + " is given twice.")) return;
    if (!spec.is_writable_by_terminals) return complaints_.add(name, "read_only", label + " is set by the system.");
    if (!value) return;
    const bool is_free = spec.kind == FieldKind::text || spec.kind == FieldKind::sealed || spec.kind == FieldKind::phone;
    const TextRule rule{.chars_max = spec.chars_max, .is_counted = is_free, .keeps_lines = spec.field == Field::notes};
    if (!complaints_.check_text(name, label, *value, rule)) return;
    if (value->empty()) {
      value.reset();
    } else if (const auto complaint = check_value(spec, *value)) {
      complaints_.add(name, complaint->code, label + complaint->rest);
    }
  }

  void check_names() {
    for (const Field field : {Field::first_name, Field::last_name}) {
      const auto given =
          std::find_if(patch_.fields.begin(), patch_.fields.end(), [&](const auto& entry) { return entry.first == field; });
      const bool is_given = given != patch_.fields.end();
      const bool is_missing = is_given ? !given->second : kind_ == WriteKind::create;
      if (is_missing) require(field, " is needed.");
    }
    if (kind_ == WriteKind::create) return;
    // A new record has these from the start; one without them would be in no state at all.
    for (const Field field : {Field::status, Field::type, Field::verification}) {
      if (std::any_of(patch_.fields.begin(), patch_.fields.end(),
                      [&](const auto& entry) { return entry.first == field && !entry.second; }))
        require(field, " cannot be empty.");
    }
  }

  void require(Field field, const char* rest) {
    complaints_.add(std::string(spec_of(field).name), "required", label_of(spec_of(field).name) + rest);
  }

  void check_consent(const ConsentStatement& statement) {
    const std::string name = "consent." + std::string(kPurposeNames[static_cast<std::size_t>(statement.purpose)]);
    (void)complaints_.is_first(name, "Consent is given twice for the same purpose.");
    if (!statement.source.empty() && !is_name_id(statement.source))
      complaints_.add(name + ".source", "not_a_name",
                      "Where consent was given is told by small letters, digits and dashes, such as kiosk.");
    if (!statement.text_version.empty() && !is_text_version(statement.text_version))
      complaints_.add(name + ".text_version", "not_a_name",
                      "The version of the consent text must be 1 to 64 plain characters without spaces.");
  }

  void check_tags(std::vector<std::string>& tags) {
    if (tags.size() > kTagsMax) {
      complaints_.add("tags", "too_many", "A customer can have at most " + std::to_string(kTagsMax) + " tags.");
      tags.clear();  // refused as a whole; nothing below looks at it
      return;
    }
    for (auto& tag : tags) {
      const bool has_form = complaints_.check_text("tags", "A tag", tag, {.chars_max = kTagCharsMax, .lower_cases = true});
      if (has_form && tag.empty()) complaints_.add("tags", "required", "A tag cannot be empty.");
    }
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  }

  // The normal form has one order, and so one text for one meaning.
  void sort() {
    const auto by_first = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::stable_sort(patch_.fields.begin(), patch_.fields.end(), by_first);
    std::stable_sort(patch_.consent.begin(), patch_.consent.end(),
                     [](const auto& a, const auto& b) { return a.purpose < b.purpose; });
    std::stable_sort(patch_.pos_links.begin(), patch_.pos_links.end(), by_first);
  }

  Patch& patch_;
  WriteKind kind_;
  Complaints complaints_;
};

}  // namespace

std::span<const FieldSpec> fields() {
  return kFields;
}

const FieldSpec& spec_of(Field field) {
  return kFields[static_cast<std::size_t>(field)];
}

std::optional<Field> field_named(std::string_view name) {
  for (const auto& spec : kFields) {
    if (spec.name == name) return spec.field;
  }
  return std::nullopt;
}

bool Consent::is_denied() const {
  return std::any_of(denials.begin(), denials.end(), [](const auto& denial) { return !denial.second; });
}

std::optional<bool> Consent::is_granted() const {
  if (is_denied()) return false;
  return latest;
}

Version Customer::newest() const {
  Version newest;
  const auto see = [&](const Version& version) { newest = std::max(newest, version); };
  for (const auto& cell : cells) see(cell.version);
  for (const auto& purpose : consent) {
    see(purpose.version);
    for (const auto& [denial, is_removed] : purpose.denials) see(denial);
  }
  for (const auto& [tag, element] : tags) see(element.version);
  for (const auto& [account, cell] : pos_links) see(cell.version);
  return newest;
}

bool is_text_version(std::string_view text) {
  return is_plain_id(text, kTextVersionCharsMax);
}

std::vector<FieldFault> normalise(Patch& patch, WriteKind kind) {
  return Normaliser(patch, kind).run();
}

}  // namespace tillgate
