#include "core/envelope.hpp"

#include "core/audit_note.hpp"
#include "core/json.hpp"
#include "core/leaf_text.hpp"
#include "core/person_text.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kEnvelopeBytesMax = 16 * 1024;

bool is_source(std::string_view source) {
  if (source == "local") return true;
  if (source.starts_with("ho:")) return Uuid::from_text(source.substr(3)).has_value();
  return source.starts_with("pos:") && is_name_id(source.substr(4));
}

bool is_known(std::string_view entity, std::string_view kind) {
  if (has_records(entity)) return kind == "create" || kind == "update";
  if (entity == kPersonEntity) return is_person_kind(kind);
  return entity == kAuditEntity && is_fact_name(kind);
}

}  // namespace

std::string encode(const Envelope& envelope) {
  JsonWriter json;
  json.begin_object();
  json.key("epoch").text(envelope.epoch.text());
  json.key("seq").number(envelope.seq);
  json.key("version").text(envelope.version.text());
  json.key("change_id").text(envelope.change_id.text());
  json.key("recorded_at").text(to_text(envelope.recorded_at));
  json.key("clock").text(envelope.clock_confirmed ? "confirmed" : "unconfirmed");
  json.key("entity").text(envelope.entity);
  json.key("key").text(envelope.key.text());
  json.key("kind").text(envelope.kind);
  json.key("source").text(envelope.source);
  json.member_unless_empty("terminal", envelope.terminal);
  json.member_unless_empty("person", envelope.person);
  json.member_unless_empty("role", envelope.role);
  json.member_unless_empty("reason", envelope.reason);
  json.member_unless_empty("correlation_id", envelope.correlation_id);
  return json.end_object().take();
}

Result<Envelope> decode_envelope(std::string_view line) {
  static constexpr std::string_view what = "change's envelope";
  auto json = parse_json(line, kEnvelopeBytesMax);
  if (!json) return malformed(what, json.error().what);
  const auto* object = json->as<Json::Object>();
  if (!object) return malformed(what);
  JsonReader reader(*object);
  const auto text = [&](std::string_view key) {
    const auto* value = reader.take<std::string>(key);
    return value ? std::string_view(*value) : std::string_view();
  };

  const auto epoch = Epoch::from_text(text("epoch"));
  const auto* seq = reader.take<std::int64_t>("seq");
  const auto version = Version::from_text(text("version"));
  const auto change_id = ChangeId::from_text(text("change_id"));
  const auto recorded_at = timestamp_from_text(text("recorded_at"));
  const auto clock = text("clock");
  const auto entity = text("entity");
  const auto key = Uuid::from_text(text("key"));
  const auto kind = text("kind");
  const auto source = text("source");
  if (!epoch || !seq || *seq < 1 || !version || !change_id || !recorded_at || !key) return malformed(what);
  if (clock != "confirmed" && clock != "unconfirmed") return malformed(what);
  if (!is_source(source) || entity.empty() || kind.empty()) return malformed(what);
  if (!is_known(entity, kind)) return from_the_future(what);

  Envelope envelope{*epoch,
                    *seq,
                    *version,
                    *change_id,
                    *recorded_at,
                    clock == "confirmed",
                    std::string(entity),
                    *key,
                    std::string(kind),
                    std::string(source),
                    {},
                    {},
                    {},
                    {},
                    {}};
  for (const auto& [name, into] :
       {std::pair{"terminal", &envelope.terminal}, std::pair{"person", &envelope.person}, std::pair{"role", &envelope.role},
        std::pair{"reason", &envelope.reason}, std::pair{"correlation_id", &envelope.correlation_id}}) {
    const Json* value = reader.take_any(name);
    if (!value) continue;
    const auto* given = value->as<std::string>();
    if (!given) return malformed(what);
    *into = *given;
  }
  if (reader.has_more()) return from_the_future(what);
  return envelope;
}

}  // namespace tillgate
