#include "core/import_columns.hpp"

#include <algorithm>
#include <array>

#include "core/typed_text.hpp"

namespace tillgate {

namespace {

using Kind = ImportLeaf::Kind;

// "First Name", "FIRST_NAME", "first-name" -> "firstname"
std::string folded(std::string_view header) {
  std::string out;
  for (const char c : header) {
    const char low = lower_ascii(c);
    if ((low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') || (static_cast<unsigned char>(c) & 0x80) != 0) out += low;
  }
  return out;
}

struct Alias {
  std::string_view folded, name;
};
// As POS systems, spreadsheets and other gateways write them.
constexpr auto kAliases = std::to_array<Alias>({
    {"first", "first_name"},
    {"fname", "first_name"},
    {"givenname", "first_name"},
    {"forename", "first_name"},
    {"middle", "middle_name"},
    {"mname", "middle_name"},
    {"middleinitial", "middle_name"},
    {"last", "last_name"},
    {"lname", "last_name"},
    {"surname", "last_name"},
    {"familyname", "last_name"},
    {"namesuffix", "suffix"},
    {"dob", "birthday"},
    {"dateofbirth", "birthday"},
    {"birthdate", "birthday"},
    {"born", "birthday"},
    {"sex", "gender"},
    {"phonenumber", "phone"},
    {"telephone", "phone"},
    {"tel", "phone"},
    {"mobile", "phone"},
    {"mobilephone", "phone"},
    {"mobilenumber", "phone"},
    {"cell", "phone"},
    {"cellphone", "phone"},
    {"primaryphone", "phone"},
    {"emailaddress", "email"},
    {"mail", "email"},
    {"street", "address.street1"},
    {"street1", "address.street1"},
    {"address", "address.street1"},
    {"address1", "address.street1"},
    {"addressline1", "address.street1"},
    {"streetaddress", "address.street1"},
    {"street2", "address.street2"},
    {"address2", "address.street2"},
    {"addressline2", "address.street2"},
    {"apt", "address.street2"},
    {"city", "address.city"},
    {"town", "address.city"},
    {"state", "address.region"},
    {"region", "address.region"},
    {"province", "address.region"},
    {"zip", "address.postal_code"},
    {"zipcode", "address.postal_code"},
    {"postalcode", "address.postal_code"},
    {"postcode", "address.postal_code"},
    {"country", "address.country"},
    {"countrycode", "address.country"},
    {"driverslicense", "licence.number"},
    {"driverlicense", "licence.number"},
    {"driverslicence", "licence.number"},
    {"driverlicence", "licence.number"},
    {"driverslicensenumber", "licence.number"},
    {"dl", "licence.number"},
    {"dlnumber", "licence.number"},
    {"license", "licence.number"},
    {"licensenumber", "licence.number"},
    {"licence", "licence.number"},
    {"dlstate", "licence.region"},
    {"licensestate", "licence.region"},
    {"licenseregion", "licence.region"},
    {"driverslicensestate", "licence.region"},
    {"licensecountry", "licence.country"},
    {"dlexpiration", "licence.expires"},
    {"licenseexpiration", "licence.expires"},
    {"licenseexpires", "licence.expires"},
    {"licenseexpirationdate", "licence.expires"},
    {"driverslicenseexpiration", "licence.expires"},
    {"driverslicenseexpirationdate", "licence.expires"},
    {"medicalid", "medical.number"},
    {"medid", "medical.number"},
    {"mmjid", "medical.number"},
    {"mmjidnumber", "medical.number"},
    {"medicalcard", "medical.number"},
    {"medicalcardnumber", "medical.number"},
    {"medicallicense", "medical.number"},
    {"medicalstate", "medical.region"},
    {"medicalexpiration", "medical.expires"},
    {"medicalexpirationdate", "medical.expires"},
    {"mmjidexpiration", "medical.expires"},
    {"customertype", "type"},
    {"verificationstatus", "verification"},
    {"customerstatus", "status"},
    {"note", "notes"},
    {"comment", "notes"},
    {"comments", "notes"},
    {"tag", "tags"},
    {"groups", "tags"},
    {"emailconsent", "consent.email"},
    {"emailoptin", "consent.email"},
    {"optinemail", "consent.email"},
    {"smsconsent", "consent.sms"},
    {"smsoptin", "consent.sms"},
    {"optinsms", "consent.sms"},
    {"dataconsent", "consent.data"},
});

// What an export says beside what was written.
constexpr auto kIgnored = std::to_array<std::string_view>(
    {"id", "records", "homestore", "createdat", "updatedat", "etag", "sync", "licencesealed", "medicalsealed"});

std::optional<ImportLeaf> consent_leaf(std::string_view wanted) {
  for (std::size_t i = 0; i < kPurposeNames.size(); ++i) {
    const std::string base = "consent" + std::string(kPurposeNames[i]);
    const auto purpose = static_cast<Purpose>(i);
    if (wanted == base || wanted == base + "granted") return ImportLeaf{Kind::consent, {}, purpose};
    if (wanted == base + "source") return ImportLeaf{Kind::consent_source, {}, purpose};
    if (wanted == base + "textversion") return ImportLeaf{Kind::consent_text, {}, purpose};
  }
  return std::nullopt;
}

std::optional<ImportLeaf> own_leaf(std::string_view header, const std::string& wanted) {
  constexpr std::string_view links = "pos_links.";
  if (header.starts_with(links) && is_name_id(header.substr(links.size())))
    return ImportLeaf{Kind::pos_link, {}, {}, std::string(header.substr(links.size()))};
  if (std::find(kIgnored.begin(), kIgnored.end(), wanted) != kIgnored.end()) return ImportLeaf{};
  if (wanted == "tags") return ImportLeaf{Kind::tags};
  if (wanted == "poslinks") return ImportLeaf{Kind::pos_links};
  for (const auto& spec : fields()) {
    if (spec.is_writable_by_terminals && folded(spec.name) == wanted) return ImportLeaf{Kind::field, spec.field};
  }
  return consent_leaf(wanted);
}

HeaderFault fault(std::string code, std::size_t column, std::string field = {}) {
  return {std::move(code), column, std::move(field)};
}

}  // namespace

std::optional<ImportLeaf> leaf_named(std::string_view header) {
  const std::string wanted = folded(header);
  if (auto own = own_leaf(header, wanted)) return own;
  const auto alias = std::find_if(kAliases.begin(), kAliases.end(), [&](const Alias& one) { return one.folded == wanted; });
  return alias == kAliases.end() ? std::nullopt : own_leaf(alias->name, folded(alias->name));
}

std::string name_of(const ImportLeaf& leaf) {
  const std::string consent = "consent." + std::string(kPurposeNames[static_cast<std::size_t>(leaf.purpose)]);
  switch (leaf.kind) {
    case Kind::field: return std::string(spec_of(leaf.field).name);
    case Kind::consent: return consent;
    case Kind::consent_source: return consent + ".source";
    case Kind::consent_text: return consent + ".text_version";
    case Kind::tags: return "tags";
    case Kind::pos_links: return "pos_links";
    case Kind::pos_link: return "pos_links." + leaf.account;
    case Kind::ignored: return "";
  }
  return "";
}

std::string sentence_of(const HeaderFault& fault) {
  const std::string column = "Column " + std::to_string(fault.column);
  if (fault.code == "unknown_header") return column + " has a header that means no field of ours; map it or ignore it.";
  if (fault.code == "missing_field") return "No column holds " + fault.field + ", which every customer needs; map one to it.";
  if (fault.code == "double_field")
    return column + " holds " + fault.field + ", like a column before it; ignore one of the two.";
  if (fault.code == "unknown_field") return "A header is mapped to what is no field of ours.";
  return "A header that is mapped or ignored is not in the file.";
}

std::optional<ImportLeaf> leaf_of(std::string_view header, const ImportMapping& mapping) {
  for (const auto& [theirs, ours] : mapping.map) {
    if (theirs == header) return leaf_named(ours);
  }
  if (std::find(mapping.ignore.begin(), mapping.ignore.end(), header) != mapping.ignore.end()) return ImportLeaf{};
  if (auto known = leaf_named(header)) return known;
  return mapping.ignores_unknown ? std::optional(ImportLeaf{}) : std::nullopt;
}

std::vector<HeaderFault> faults_in(const ImportMapping& mapping) {
  std::vector<HeaderFault> faults;
  for (const auto& [theirs, ours] : mapping.map) {
    if (!leaf_named(ours)) faults.push_back(fault("unknown_field", 0));
  }
  return faults;
}

ImportColumns columns_of(std::span<const std::string> headers, const ImportMapping& mapping) {
  ImportColumns columns;
  columns.faults = faults_in(mapping);
  const auto is_there = [&](std::string_view header) {
    return std::find(headers.begin(), headers.end(), header) != headers.end();
  };
  for (const auto& [theirs, ours] : mapping.map) {
    if (!is_there(theirs))
      columns.faults.push_back(fault("unused_header", 0, leaf_named(ours) ? name_of(*leaf_named(ours)) : ""));
  }
  for (const auto& theirs : mapping.ignore) {
    if (!is_there(theirs)) columns.faults.push_back(fault("unused_header", 0));
  }
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto leaf = leaf_of(headers[i], mapping);
    if (!leaf) columns.faults.push_back(fault("unknown_header", i + 1));
    const bool is_double = leaf && leaf->kind != Kind::ignored &&
                           std::find(columns.leaves.begin(), columns.leaves.end(), *leaf) != columns.leaves.end();
    if (is_double) columns.faults.push_back(fault("double_field", i + 1, name_of(*leaf)));
    columns.leaves.push_back(leaf && !is_double ? *leaf : ImportLeaf{});
  }
  for (const Field needed : {Field::first_name, Field::last_name}) {
    const ImportLeaf leaf{Kind::field, needed};
    if (std::find(columns.leaves.begin(), columns.leaves.end(), leaf) == columns.leaves.end())
      columns.faults.push_back(fault("missing_field", 0, name_of(leaf)));
  }
  return columns;
}

}  // namespace tillgate
