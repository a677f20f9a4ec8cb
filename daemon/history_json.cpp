#include "daemon/history_json.hpp"

#include <algorithm>

namespace tillgate {

void write_origin(JsonWriter& json, Seq seq, const Uuid& record, const Envelope& envelope) {
  json.key("seq").number(seq).key("record").text(record.text());
  json.key("at").text(to_text(envelope.recorded_at)).key("clock").text(envelope.clock_confirmed ? "confirmed" : "unconfirmed");
  json.key("source").text(envelope.source);
  json.member_unless_empty("terminal", envelope.terminal).member_unless_empty("person", envelope.person);
  json.member_unless_empty("role", envelope.role).member_unless_empty("reason", envelope.reason);
  json.member_unless_empty("correlation_id", envelope.correlation_id);
}

namespace {

// As people read it: a sealed number is opened for those who may see it, never shown sealed.
void write_value(JsonWriter& json, const Sealer& sealer, const CustomerId& record, const std::optional<Field>& field,
                 const std::optional<std::string>& value) {
  if (!value || !field || spec_of(*field).kind != FieldKind::sealed) {
    json.text_or_null(value);
    return;
  }
  const auto plain = sealer.open(record, *field, *value);
  plain ? json.text(*plain) : json.null();
}

void write_leaf(JsonWriter& json, const Sealer& sealer, const CustomerId& record, const LeafChange& leaf) {
  json.begin_object().key("field").text(leaf.leaf).key("from");
  write_value(json, sealer, record, leaf.field, leaf.from);
  json.key("to");
  write_value(json, sealer, record, leaf.field, leaf.to);
  json.member_unless_empty("consent_source", leaf.source).member_unless_empty("text_version", leaf.text_version);
  if (!leaf.is_shown) json.key("lost").boolean(true);
  json.end_object();
}

// What a statement was about, beside the record that it is filed under.
void write_said(JsonWriter& json, const PersonChange& said) {
  std::vector<CustomerId> others;
  if (const auto* merge = std::get_if<Merge>(&said)) others = {merge->add.link.b};
  if (const auto* unmerge = std::get_if<Unmerge>(&said)) {
    for (const LinkAdd& add : unmerge->seen) others.push_back(add.link.a == unmerge->key ? add.link.b : add.link.a);
  }
  std::sort(others.begin(), others.end());
  others.erase(std::unique(others.begin(), others.end()), others.end());
  if (!others.empty()) {
    json.key("with").begin_array();
    for (const CustomerId& id : others) json.text(id.text());
    json.end_array();
  }
  if (const auto* choose = std::get_if<Choose>(&said)) {
    json.key("fields").begin_array();
    for (const Field field : choose->fields) json.text(spec_of(field).name);
    json.end_array();
  }
}

}  // namespace

void write_entry(JsonWriter& json, const Sealer& sealer, const HistoryEntry& entry) {
  json.begin_object().key("kind").text(entry.envelope.kind);
  write_origin(json, entry.seq, entry.record, entry.envelope);
  if (entry.said) {
    write_said(json, *entry.said);
  } else {
    json.key("changes").begin_array();
    for (const LeafChange& leaf : entry.leaves) write_leaf(json, sealer, entry.record, leaf);
    json.end_array();
  }
  json.end_object();
}

void write_leaf_origin(JsonWriter& json, const LeafOrigin& origin) {
  json.begin_object().key("field").text(spec_of(origin.field).name).key("version").text(origin.version.text());
  if (origin.seq != 0) write_origin(json, origin.seq, origin.record, origin.envelope);
  if (origin.is_chosen) json.key("chosen").boolean(true);
  json.end_object();
}

}  // namespace tillgate
