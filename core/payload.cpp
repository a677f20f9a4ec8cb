#include "core/payload.hpp"

#include "core/customer_text.hpp"
#include "core/json.hpp"
#include "core/leaf_text.hpp"
#include "core/order_text.hpp"
#include "core/person_text.hpp"

namespace tillgate {

namespace {

constexpr std::string_view kWhat = "change's payload";

void write_members(JsonWriter& json, const AuditNote& note) {
  json.key("facts").begin_object();
  for (const auto& [name, value] : note.facts) json.key(name).text(value);
  json.end_object();
}

Result<AuditNote> read_audit_note(JsonReader& reader) {
  const auto* facts = reader.take<Json::Object>("facts");
  if (!facts || facts->size() > kFactsMax) return malformed(kWhat);
  AuditNote note;
  for (const auto& [name, json] : *facts) {
    const auto* value = json.as<std::string>();
    if (!is_fact_name(name) || !value || value->size() > kFactBytesMax) return malformed(kWhat);
    note.facts.emplace_back(name, *value);
  }
  return note;
}

Result<ChangeBody> read_body(JsonReader& reader, const Envelope& envelope) {
  const auto body = [](auto read) -> Result<ChangeBody> {
    if (!read) return fail(read.error());
    return ChangeBody(std::move(*read));
  };
  if (envelope.entity == kOrderEntity) return body(read_order_change(reader, envelope.version));
  if (envelope.entity == kPersonEntity) return body(read_person_change(reader, envelope));
  if (envelope.entity == kAuditEntity) return body(read_audit_note(reader));
  return body(read_change_set(reader, envelope.version));
}

}  // namespace

std::string encode(const Payload& payload, const Version& change_version) {
  struct Writing {
    JsonWriter& json;
    const Version& version;
    void operator()(const ChangeSet& changes) const { write_members(json, changes, version); }
    void operator()(const OrderChange& change) const { write_members(json, change, version); }
    void operator()(const PersonChange& change) const { write_members(json, change); }
    void operator()(const AuditNote& note) const { write_members(json, note); }
  };
  JsonWriter json;
  json.begin_object();
  std::visit(Writing{json, change_version}, payload.body);
  json.key("salt").text(to_hex(payload.salt));
  return json.end_object().take();
}

Result<Payload> decode_payload(std::string_view line, const Envelope& envelope) {
  auto json = parse_json(line, kPayloadBytesMax);
  if (!json) return malformed(kWhat, json.error().what);
  const auto* object = json->as<Json::Object>();
  if (!object) return malformed(kWhat);
  JsonReader reader(*object);
  Payload payload;
  const auto* salt = reader.take<std::string>("salt");
  if (!salt || !from_hex(*salt, payload.salt)) return malformed(kWhat);
  auto body = read_body(reader, envelope);
  if (!body) return fail(body.error());
  if (reader.has_more()) return from_the_future(kWhat);
  payload.body = std::move(*body);
  return payload;
}

}  // namespace tillgate
