#include "daemon/customer_json.hpp"

#include <algorithm>

#include "daemon/json_body.hpp"
#include "daemon/mask.hpp"

namespace tillgate {

namespace {

FieldFault fault(std::string field, std::string code, std::string sentence) {
  return FieldFault{std::move(field), std::move(code), std::move(sentence)};
}

void read_leaf(const std::string& name, const Json& value, ParsedPatch& out) {
  const auto field = field_named(name);
  if (!field) {
    out.faults.push_back(fault(name, "unknown_field", "This field does not exist."));
  } else if (!spec_of(*field).is_writable_by_terminals) {
    out.faults.push_back(fault(name, "read_only", "This field is set by the system and cannot be written."));
  } else if (value.is_null()) {
    out.patch.fields.emplace_back(*field, std::nullopt);
  } else if (const auto* text = value.as<std::string>()) {
    out.patch.fields.emplace_back(*field, *text);
  } else {
    out.faults.push_back(fault(name, "wrong_type", "This must be text in quotes, or null to clear it."));
  }
}

void read_group(std::string_view group, const Json& value, ParsedPatch& out) {
  const std::string prefix = std::string(group) + ".";
  if (value.is_null()) {  // RFC 7396: null removes the whole group
    for (const auto& spec : fields())
      if (spec.name.starts_with(prefix)) out.patch.fields.emplace_back(spec.field, std::nullopt);
    return;
  }
  const auto* members = value.as<Json::Object>();
  if (members == nullptr) {
    out.faults.push_back(fault(std::string(group), "wrong_type", "This must be an object."));
    return;
  }
  for (const auto& [key, leaf] : *members) read_leaf(prefix + shown(key), leaf, out);
}

// true, false, or {"granted", "source", "text_version"} where the terminal knows where and to what was agreed.
void read_statement(Purpose purpose, const Json& value, ParsedPatch& out) {
  const std::string name = "consent." + std::string(kPurposeNames[static_cast<std::size_t>(purpose)]);
  if (const bool* granted = value.as<bool>()) {
    out.patch.consent.push_back({purpose, *granted});
    return;
  }
  const auto wrong = [&] {
    out.faults.push_back(fault(name, "wrong_type",
                               "This must be true, false, or an object such as {\"granted\": true, \"source\": \"kiosk\"}."));
  };
  const auto* members = value.as<Json::Object>();
  if (members == nullptr) return wrong();
  JsonReader reader(*members);
  const bool* granted = reader.take<bool>("granted");
  if (granted == nullptr) return wrong();
  ConsentStatement statement{purpose, *granted};
  for (const auto& [key, into] : {std::pair{"source", &statement.source}, std::pair{"text_version", &statement.text_version}}) {
    const Json* given = reader.take_any(key);
    const auto* text = given ? given->as<std::string>() : nullptr;
    if (text) *into = *text;
    if (given && (!text || text->empty()))
      out.faults.push_back(fault(name + "." + key, "wrong_type", "This must be text in quotes."));
  }
  if (reader.has_more()) out.faults.push_back(fault(name, "unknown_field", "Consent holds granted, source and text_version."));
  out.patch.consent.push_back(std::move(statement));
}

void read_consent(const Json& value, ParsedPatch& out) {
  const auto* purposes = value.as<Json::Object>();
  if (purposes == nullptr) {
    out.faults.push_back(fault("consent", "wrong_type", "This must be an object such as {\"email\": true}."));
    return;
  }
  for (const auto& [key, granted] : *purposes) {
    const auto* found = std::find(kPurposeNames.begin(), kPurposeNames.end(), std::string_view(key));
    if (found == kPurposeNames.end()) {
      out.faults.push_back(fault("consent." + shown(key), "unknown_field", "Consent is kept for email, sms and data."));
    } else {
      read_statement(static_cast<Purpose>(found - kPurposeNames.begin()), granted, out);
    }
  }
}

void read_tags(const Json& value, ParsedPatch& out) {
  std::vector<std::string> tags;
  const auto* words = value.as<Json::Array>();
  bool is_list = value.is_null() || words != nullptr;
  if (words != nullptr) {
    for (const auto& word : *words) {
      const auto* tag = word.as<std::string>();
      is_list = is_list && tag != nullptr;
      if (tag != nullptr) tags.push_back(*tag);
    }
  }
  if (!is_list) {
    out.faults.push_back(fault("tags", "wrong_type", "This must be a list of words."));
    return;
  }
  out.patch.tags = std::move(tags);  // RFC 7396: an array replaces the whole
}

constexpr std::array<std::string_view, 3> kGroups{"address", "licence", "medical"};
// A kiosk stands in public, and whoever types a telephone number there is not its owner yet.
constexpr std::array<Field, 7> kAtKiosks{Field::first_name, Field::last_name,    Field::phone, Field::email,
                                         Field::type,       Field::verification, Field::status};
std::string shown_at_kiosks(Field field, const std::string& value) {
  switch (field) {
    case Field::first_name:
    case Field::last_name: return masked_name(value);
    case Field::phone: return masked_phone(value);
    case Field::email: return masked_email(value);
    default: return value;
  }
}

constexpr std::array<std::string_view, 6> kReadOnly{"id", "home_store", "created_at", "updated_at", "pos_links", "etag"};

}  // namespace

bool may_see(const FieldSpec& spec, Role role) {
  return role != Role::kiosk || std::find(kAtKiosks.begin(), kAtKiosks.end(), spec.field) != kAtKiosks.end();
}

ParsedPatch patch_from(const Json::Object& body) {
  ParsedPatch out;
  for (const auto& [key, value] : body) {
    const std::string name = shown(key);
    if (std::find(kGroups.begin(), kGroups.end(), name) != kGroups.end()) {
      read_group(name, value, out);
    } else if (name == "consent") {
      read_consent(value, out);
    } else if (name == "tags") {
      read_tags(value, out);
    } else if (std::find(kReadOnly.begin(), kReadOnly.end(), name) != kReadOnly.end()) {
      out.faults.push_back(fault(name, "read_only", "This field is set by the system and cannot be written."));
    } else if (name.find('.') != std::string::npos) {
      out.faults.push_back(fault(name, "unknown_field", "This field does not exist."));
    } else {
      read_leaf(name, value, out);
    }
  }
  return out;
}

// A number is sealed for the record that it was written to, which of a person's records is not said.
Result<std::string> opened_number(const Sealer& sealer, const Customer& customer, std::span<const CustomerId> records, Field field,
                           const std::string& sealed) {
  auto plain = sealer.open(customer.id, field, sealed);
  for (const CustomerId& id : records) {
    if (plain) break;
    plain = sealer.open(id, field, sealed);
  }
  return plain;
}

std::optional<std::string> text_shown(const Customer& customer, std::span<const CustomerId> records, Field field, Role role,
                                      const Sealer& sealer) {
  const auto& spec = spec_of(field);
  const auto& value = customer[field].value;
  if (!value || !may_see(spec, role)) return std::nullopt;
  if (spec.kind == FieldKind::sealed) {
    auto plain = opened_number(sealer, customer, records, field, *value);
    return plain ? std::optional<std::string>(std::move(*plain)) : std::nullopt;
  }
  return role == Role::kiosk ? shown_at_kiosks(field, *value) : *value;
}

void write_customer(JsonWriter& json, const Customer& customer, std::span<const CustomerId> records, Role role,
                    const Sealer& sealer) {
  json.key("id").text(customer.id.text());
  if (!records.empty()) {
    json.key("records").begin_array();
    for (const CustomerId& id : records) json.text(id.text());
    json.end_array();
  }
  std::string_view group;  // the one that is open: its fields lie together in the table
  for (const auto& spec : fields()) {
    if (!may_see(spec, role)) continue;
    const auto dot = spec.name.find('.');
    const auto its_group = dot == std::string_view::npos ? std::string_view() : spec.name.substr(0, dot);
    if (its_group != group) {
      if (!group.empty()) json.end_object();
      if (!its_group.empty()) json.key(its_group).begin_object();
      group = its_group;
    }
    const auto& cell = customer[spec.field];
    const auto name = dot == std::string_view::npos ? spec.name : spec.name.substr(dot + 1);
    if (cell.value && spec.kind == FieldKind::sealed) {
      const auto plain = opened_number(sealer, customer, records, spec.field, *cell.value);
      if (!plain) json.key("sealed").boolean(true);
      plain ? json.key(name).text(*plain) : json.key(name).null();
    } else if (cell.value && role == Role::kiosk) {
      json.key(name).text(shown_at_kiosks(spec.field, *cell.value));
    } else {
      json.key(name).text_or_null(cell.value);
    }
  }
  if (!group.empty()) json.end_object();
  json.key("consent").begin_object();
  for (std::size_t i = 0; i < kPurposeNames.size(); ++i) {
    const auto granted = customer.consent[i].is_granted();
    json.key(kPurposeNames[i]);
    granted ? json.boolean(*granted) : json.null();
  }
  json.end_object();
  if (role == Role::kiosk) return;
  json.key("tags").begin_array();
  for (const auto& [tag, element] : customer.tags)
    if (element.is_present) json.text(tag);
  json.end_array().key("pos_links").begin_array();
  for (const auto& [account, cell] : customer.pos_links)
    if (cell.value) json.begin_object().key("account").text(account).key("pos_id").text(*cell.value).end_object();
  json.end_array();
}

}  // namespace tillgate
