#include "core/person_text.hpp"

#include <algorithm>
#include <array>

#include "core/check.hpp"
#include "core/leaf_text.hpp"
#include "core/payload.hpp"

namespace tillgate {

namespace {

constexpr std::string_view kWhat = "change's payload";

// In the order of PersonChange.
constexpr std::array<std::string_view, 4> kKinds{"merge", "unmerge", "choose", "erase"};

auto broken() {
  return malformed(kWhat);
}

// A statement is a list of three: the two records, smaller first, and its version.
void write(JsonWriter& json, const LinkAdd& add) {
  json.begin_array().text(add.link.a.text()).text(add.link.b.text()).text(add.version.text()).end_array();
}
void write(JsonWriter& json, const std::vector<LinkAdd>& adds) {
  json.begin_array();
  for (const LinkAdd& add : adds) write(json, add);
  json.end_array();
}
void write(JsonWriter& json, std::string_view name, const std::vector<LinkAdd>& adds) {
  write(json.key(name), adds);
}

std::optional<std::string_view> text_in(const Json& json) {
  const auto* text = json.as<std::string>();
  return text ? std::optional<std::string_view>(*text) : std::nullopt;
}
std::optional<CustomerId> id_in(const Json& json) {
  const auto text = text_in(json);
  return text ? CustomerId::from_text(*text) : std::nullopt;
}

std::optional<RecordPair> link_in(const Json& one, const Json& other) {
  const auto a = id_in(one), b = id_in(other);
  // One text for one link: the smaller end first.
  if (!a || !b || !(*a < *b)) return std::nullopt;
  return RecordPair{*a, *b};
}

std::optional<std::vector<LinkAdd>> statements_in(const Json* json) {
  const auto* list = json ? json->as<Json::Array>() : nullptr;
  if (!list || list->size() > kStatementsMax) return std::nullopt;
  std::vector<LinkAdd> adds;
  for (const Json& entry : *list) {
    const auto* parts = entry.as<Json::Array>();
    if (!parts || parts->size() != 3) return std::nullopt;
    const auto link = link_in((*parts)[0], (*parts)[1]);
    const auto version_text = text_in((*parts)[2]);
    const auto version = version_text ? Version::from_text(*version_text) : std::nullopt;
    if (!link || !version) return std::nullopt;
    adds.push_back({*link, *version});
  }
  return adds;
}

Result<PersonChange> read_merge(JsonReader& reader, const Envelope& envelope) {
  const auto* ends = reader.take<Json::Array>("link");
  if (!ends || ends->size() != 2) return broken();
  const auto link = link_in((*ends)[0], (*ends)[1]);
  if (!link || !link->touches(CustomerId(envelope.key))) return broken();
  return Merge{{*link, envelope.version}};
}

Result<PersonChange> read_unmerge(JsonReader& reader, const Envelope& envelope) {
  auto seen = statements_in(reader.take_any("seen"));
  const CustomerId key(envelope.key);
  if (!seen || !std::all_of(seen->begin(), seen->end(), [&](const LinkAdd& add) { return add.link.touches(key); }))
    return broken();
  return Unmerge{key, std::move(*seen)};
}

Result<PersonChange> read_choose(JsonReader& reader, const Envelope& envelope) {
  const auto* names = reader.take<Json::Array>("fields");
  auto ties = statements_in(reader.take_any("ties"));
  if (!names || names->size() > kFieldCount || !ties) return broken();
  Choose choose{CustomerId(envelope.key), {}, envelope.version, std::move(*ties)};
  for (const Json& entry : *names) {
    const auto name = text_in(entry);
    if (!name) return broken();
    const auto field = field_named(*name);
    if (!field) return from_the_future(kWhat);
    choose.fields.push_back(*field);
  }
  return choose;
}

Result<PersonChange> read_erase(JsonReader& reader, const Envelope& envelope) {
  const auto* ids = reader.take<Json::Array>("keys");
  // What crossed on the way may name more than one may link on purpose.
  if (!ids || ids->empty() || ids->size() > 4 * kPersonKeysMax) return broken();
  Erase erase;
  for (const Json& entry : *ids) {
    const auto id = id_in(entry);
    if (!id) return broken();
    erase.keys.push_back(*id);
  }
  if (erase.keys.front() != CustomerId(envelope.key)) return broken();
  return erase;
}

}  // namespace

std::string text_of(const std::vector<LinkAdd>& statements) {
  JsonWriter json;
  write(json, statements);
  return json.take();
}

std::optional<std::vector<LinkAdd>> statements_from(std::string_view text) {
  const auto json = parse_json(text, kPayloadBytesMax);
  return json ? statements_in(&*json) : std::nullopt;
}

std::string_view kind_of(const PersonChange& change) {
  return kKinds[change.index()];
}

bool is_person_kind(std::string_view kind) {
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

CustomerId key_of(const PersonChange& change) {
  struct Key {
    CustomerId operator()(const Merge& merge) const { return merge.add.link.a; }
    CustomerId operator()(const Unmerge& unmerge) const { return unmerge.key; }
    CustomerId operator()(const Choose& choose) const { return choose.from; }
    CustomerId operator()(const Erase& erase) const {
      CHECK(!erase.keys.empty());
      return erase.keys.front();
    }
  };
  return std::visit(Key{}, change);
}

void write_members(JsonWriter& json, const PersonChange& change) {
  struct Writing {
    JsonWriter& json;
    void operator()(const Merge& merge) const {
      json.key("link").begin_array().text(merge.add.link.a.text()).text(merge.add.link.b.text()).end_array();
    }
    void operator()(const Unmerge& unmerge) const { write(json, "seen", unmerge.seen); }
    void operator()(const Choose& choose) const {
      json.key("fields").begin_array();
      for (const Field field : choose.fields) json.text(spec_of(field).name);
      json.end_array();
      write(json, "ties", choose.ties);
    }
    void operator()(const Erase& erase) const {
      json.key("keys").begin_array();
      for (const CustomerId& key : erase.keys) json.text(key.text());
      json.end_array();
    }
  };
  std::visit(Writing{json}, change);
}

Result<PersonChange> read_person_change(JsonReader& reader, const Envelope& envelope) {
  if (envelope.kind == "merge") return read_merge(reader, envelope);
  if (envelope.kind == "unmerge") return read_unmerge(reader, envelope);
  if (envelope.kind == "choose") return read_choose(reader, envelope);
  if (envelope.kind == "erase") return read_erase(reader, envelope);
  return from_the_future(kWhat);
}

}  // namespace tillgate
