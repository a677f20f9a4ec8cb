#include "core/change.hpp"

#include <algorithm>
#include <map>

#include "core/check.hpp"
#include "core/json.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kEnvelopeBytesMax = 16 * 1024;
constexpr std::size_t kStateBytesMax = 1024 * 1024;
constexpr std::string_view kConsentPrefix = "consent.", kTagPrefix = "tags.", kPosLinkPrefix = "pos_links.";

auto future(std::string_view what) {
  return fail(Errc::unsupported, "a " + std::string(what) + " holds something that only a newer version understands");
}
auto broken(std::string_view what, std::string detail = {}) {
  return fail(Errc::invalid, "a " + std::string(what) + " is malformed", std::move(detail));
}

bool is_source(std::string_view source) {
  if (source == "local") return true;
  if (source.starts_with("ho:")) return Uuid::from_text(source.substr(3)).has_value();
  return source.starts_with("pos:") && is_name_id(source.substr(4));
}

std::optional<Purpose> purpose_named(std::string_view name) {
  const auto found = std::find(kPurposeNames.begin(), kPurposeNames.end(), name);
  if (found == kPurposeNames.end()) return std::nullopt;
  return static_cast<Purpose>(found - kPurposeNames.begin());
}
std::string_view name_of(Purpose purpose) {
  return kPurposeNames[static_cast<std::size_t>(purpose)];
}

// Versions that differ from the one a text is based on, by the name of the leaf.
class VersionTable {
 public:
  explicit VersionTable(Version base) : base_(std::move(base)) {}
  void note(std::string_view prefix, std::string_view name, const Version& version) {
    if (version != base_) differing_.emplace_back(std::string(prefix) += name, version);
  }
  void write(JsonWriter& json, std::string_view key) const {
    if (differing_.empty()) return;
    json.key(key).begin_object();
    for (const auto& [name, version] : differing_) json.key(name).text(version.text());
    json.end_object();
  }

 private:
  Version base_;
  std::vector<std::pair<std::string, Version>> differing_;
};

// The reverse: a leaf's version, or the base. Knows afterwards whether every entry belonged to a leaf.
class VersionLookup {
 public:
  VersionLookup(std::optional<Version> base) : base_(std::move(base)) {}
  // False: an entry is no version.
  [[nodiscard]] bool read(const Json::Object& object) {
    for (const auto& [name, value] : object) {
      const auto* text = value.as<std::string>();
      const auto version = text ? Version::from_text(*text) : std::nullopt;
      if (!version) return false;
      differing_.emplace(name, *version);
    }
    return true;
  }
  [[nodiscard]] std::optional<Version> take(std::string_view prefix, std::string_view name) {
    const auto found = differing_.find(std::string(prefix) += name);
    if (found == differing_.end()) return base_;
    ++taken_;
    return found->second;
  }
  [[nodiscard]] bool has_more() const { return taken_ < differing_.size(); }

 private:
  std::optional<Version> base_;
  std::map<std::string, Version, std::less<>> differing_;
  std::size_t taken_ = 0;
};

std::optional<std::vector<Version>> versions_in(const Json& json) {
  const auto* array = json.as<Json::Array>();
  if (!array) return std::nullopt;
  std::vector<Version> versions;
  for (const auto& entry : *array) {
    const auto* text = entry.as<std::string>();
    const auto version = text ? Version::from_text(*text) : std::nullopt;
    if (!version) return std::nullopt;
    versions.push_back(*version);
  }
  return versions;
}

void write_versions(JsonWriter& json, std::string_view key, const std::vector<Version>& versions) {
  if (versions.empty()) return;
  json.key(key).begin_array();
  for (const auto& version : versions) json.text(version.text());
  json.end_array();
}

// A value that may be cleared: a text or null. nullopt outside: neither.
std::optional<std::optional<std::string>> text_or_null(const Json& json) {
  if (json.is_null()) return std::optional<std::string>();
  if (const auto* text = json.as<std::string>()) return *text;
  return std::nullopt;
}

}  // namespace

Digest chain(const Digest& previous, std::string_view envelope, const Digest& payload_hash) {
  Hasher hasher;
  return hasher.add(previous.bytes).add(hash_of(envelope).bytes).add(payload_hash.bytes).finish();
}

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
  if (!json) return broken(what, json.error().what);
  const auto* object = json->as<Json::Object>();
  if (!object) return broken(what);
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
  if (!epoch || !seq || *seq < 1 || !version || !change_id || !recorded_at || !key) return broken(what);
  if (clock != "confirmed" && clock != "unconfirmed") return broken(what);
  if (!is_source(source) || entity.empty() || kind.empty()) return broken(what);
  if (entity != "customer" || (kind != "create" && kind != "update")) return future(what);

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
    if (!given) return broken(what);
    *into = *given;
  }
  if (reader.has_more()) return future(what);
  return envelope;
}

std::string encode(const Payload& payload, const Version& change_version) {
  const ChangeSet& changes = payload.changes;
  VersionTable versions(change_version);
  JsonWriter json;
  json.begin_object();
  if (!changes.fields.empty()) {
    json.key("set").begin_object();
    for (const auto& write : changes.fields) {
      const std::string_view name = spec_of(write.field).name;
      json.key(name).text_or_null(write.value);
      versions.note("", name, write.version);
    }
    json.end_object();
  }
  const bool has_was =
      std::any_of(changes.fields.begin(), changes.fields.end(), [](const auto& w) { return w.was.is_set(); }) ||
      std::any_of(changes.pos_links.begin(), changes.pos_links.end(), [](const auto& w) { return w.was.is_set(); });
  if (has_was) {
    json.key("was").begin_object();
    for (const auto& write : changes.fields) {
      if (write.was.is_set()) json.key(spec_of(write.field).name).text(write.was.text());
    }
    for (const auto& write : changes.pos_links) {
      if (write.was.is_set()) json.key(std::string(kPosLinkPrefix) += write.account).text(write.was.text());
    }
    json.end_object();
  }
  for (const auto& write : changes.consent) versions.note(kConsentPrefix, name_of(write.purpose), write.version);
  for (const auto& write : changes.tags) versions.note(kTagPrefix, write.tag, write.version);
  for (const auto& write : changes.pos_links) versions.note(kPosLinkPrefix, write.account, write.version);
  versions.write(json, "versions");
  if (!changes.consent.empty()) {
    json.key("consent").begin_object();
    for (const auto& write : changes.consent) {
      json.key(name_of(write.purpose)).begin_object().key("granted").boolean(write.granted);
      write_versions(json, "seen", write.seen_denials);
      json.end_object();
    }
    json.end_object();
  }
  if (!changes.tags.empty()) {
    json.key("tags").begin_object();
    for (const auto& write : changes.tags) json.key(write.tag).boolean(write.is_present);
    json.end_object();
  }
  if (!changes.pos_links.empty()) {
    json.key("pos_links").begin_object();
    for (const auto& write : changes.pos_links) json.key(write.account).text_or_null(write.pos_id);
    json.end_object();
  }
  json.key("salt").text(to_hex(payload.salt));
  return json.end_object().take();
}

Result<Payload> decode_payload(std::string_view line, const Version& change_version) {
  static constexpr std::string_view what = "change's payload";
  auto json = parse_json(line, kPayloadBytesMax);
  if (!json) return broken(what, json.error().what);
  const auto* object = json->as<Json::Object>();
  if (!object) return broken(what);
  JsonReader reader(*object);
  bool is_broken = false;
  static const Json::Object nothing;
  const auto part = [&](std::string_view key) -> const Json::Object& {
    const Json* value = reader.take_any(key);
    if (!value) return nothing;
    const auto* inner = value->as<Json::Object>();
    is_broken |= inner == nullptr;
    return inner ? *inner : nothing;
  };
  const auto& set = part("set");
  const auto& was_part = part("was");
  const auto& versions_part = part("versions");
  const auto& consent = part("consent");
  const auto& tags = part("tags");
  const auto& pos_links = part("pos_links");
  const auto* salt = reader.take<std::string>("salt");
  Payload payload;
  VersionLookup versions(change_version), was{Version{}};
  if (is_broken || !salt || !from_hex(*salt, payload.salt) || !versions.read(versions_part) || !was.read(was_part))
    return broken(what);
  if (reader.has_more()) return future(what);

  for (const auto& [name, value] : set) {
    const auto field = field_named(name);
    if (!field) return future(what);
    auto text = text_or_null(value);
    if (!text) return broken(what);
    payload.changes.fields.push_back({*field, std::move(*text), *versions.take("", name), *was.take("", name)});
  }
  for (const auto& [name, value] : consent) {
    const auto purpose = purpose_named(name);
    if (!purpose) return future(what);
    const auto* statement = value.as<Json::Object>();
    if (!statement) return broken(what);
    JsonReader inner(*statement);
    const auto* granted = inner.take<bool>("granted");
    const Json* seen = inner.take_any("seen");
    auto seen_denials = seen ? versions_in(*seen) : std::vector<Version>();
    if (!granted || !seen_denials || (!*granted && !seen_denials->empty())) return broken(what);
    if (inner.has_more()) return future(what);
    payload.changes.consent.push_back({*purpose, *granted, *versions.take(kConsentPrefix, name), std::move(*seen_denials)});
  }
  for (const auto& [tag, value] : tags) {
    const auto* is_present = value.as<bool>();
    if (!is_present || tag.empty()) return broken(what);
    payload.changes.tags.push_back({tag, *is_present, *versions.take(kTagPrefix, tag)});
  }
  for (const auto& [account, value] : pos_links) {
    auto pos_id = text_or_null(value);
    if (!pos_id || !is_name_id(account)) return broken(what);
    payload.changes.pos_links.push_back(
        {account, std::move(*pos_id), *versions.take(kPosLinkPrefix, account), *was.take(kPosLinkPrefix, account)});
  }
  if (versions.has_more() || was.has_more()) return broken(what);
  return payload;
}

namespace {

// The version that most leaves share; of several the greatest, so that equal records agree on it.
Version common_version(const Customer& customer) {
  std::map<Version, int> counts;
  for (const auto& cell : customer.cells) ++counts[cell.version];
  for (const auto& consent : customer.consent) ++counts[consent.version];
  for (const auto& [tag, element] : customer.tags) ++counts[element.version];
  for (const auto& [account, cell] : customer.pos_links) ++counts[cell.version];
  std::erase_if(counts, [](const auto& entry) { return !entry.first.is_set(); });
  Version common;
  int most = 0;
  for (const auto& [version, count] : counts) {
    if (count < most) continue;
    most = count;
    common = version;
  }
  return common;
}

// What almost every customer has: one plain yes or one plain no.
bool is_plain(const Consent& consent) {
  if (!consent.latest) return false;
  if (*consent.latest) return consent.denials.empty();
  return consent.denials.size() == 1 && consent.denials.begin()->first == consent.version && !consent.denials.begin()->second;
}

void write_consent(JsonWriter& json, const Consent& consent) {
  if (is_plain(consent)) {
    json.boolean(*consent.latest);
    return;
  }
  std::vector<Version> denied, removed;
  for (const auto& [version, is_removed] : consent.denials) (is_removed ? removed : denied).push_back(version);
  json.begin_object();
  if (consent.latest) json.key("granted").boolean(*consent.latest);
  write_versions(json, "denied", denied);
  write_versions(json, "removed", removed);
  json.end_object();
}

// False: malformed.
bool read_consent(const Json& json, const std::optional<Version>& version, Consent& consent) {
  if (const auto* granted = json.as<bool>()) {
    if (!version) return false;
    consent.latest = *granted;
    consent.version = *version;
    if (!*granted) consent.denials.emplace(*version, false);
    return true;
  }
  const auto* object = json.as<Json::Object>();
  if (!object) return false;
  JsonReader reader(*object);
  if (const auto* granted = reader.take<bool>("granted")) {
    if (!version) return false;
    consent.latest = *granted;
    consent.version = *version;
  }
  for (const bool is_removed : {false, true}) {
    const Json* list = reader.take_any(is_removed ? "removed" : "denied");
    const auto versions = list ? versions_in(*list) : std::vector<Version>();
    if (!versions) return false;
    for (const auto& denial : *versions) {
      if (!consent.denials.emplace(denial, is_removed).second) return false;
    }
  }
  return !reader.has_more();
}

}  // namespace

// {"id","v": the common version,"f": fields,"vs": versions that differ,"consent","tags","pos_links"}; in table order, sets by
// their keys. Leaves never written are absent.
std::string encode_state(const Customer& customer) {
  const Version common = common_version(customer);
  VersionTable versions(common);
  JsonWriter json;
  json.begin_object().key("id").text(customer.id.text());
  if (common.is_set()) json.key("v").text(common.text());

  const auto is_written = [](const Cell& cell) { return cell.version.is_set(); };
  if (std::any_of(customer.cells.begin(), customer.cells.end(), is_written)) {
    json.key("f").begin_object();
    for (const auto& spec : fields()) {
      const Cell& cell = customer[spec.field];
      CHECK(is_written(cell) || !cell.value);
      if (!is_written(cell)) continue;
      json.key(spec.name).text_or_null(cell.value);
      versions.note("", spec.name, cell.version);
    }
    json.end_object();
  }
  for (std::size_t i = 0; i < kPurposeNames.size(); ++i) {
    if (customer.consent[i].latest) versions.note(kConsentPrefix, kPurposeNames[i], customer.consent[i].version);
  }
  for (const auto& [tag, element] : customer.tags) versions.note(kTagPrefix, tag, element.version);
  for (const auto& [account, cell] : customer.pos_links) versions.note(kPosLinkPrefix, account, cell.version);
  versions.write(json, "vs");

  if (std::any_of(customer.consent.begin(), customer.consent.end(), [](const auto& c) { return c != Consent{}; })) {
    json.key("consent").begin_object();
    for (std::size_t i = 0; i < kPurposeNames.size(); ++i) {
      if (customer.consent[i] == Consent{}) continue;
      json.key(kPurposeNames[i]);
      write_consent(json, customer.consent[i]);
    }
    json.end_object();
  }
  if (!customer.tags.empty()) {
    json.key("tags").begin_object();
    for (const auto& [tag, element] : customer.tags) json.key(tag).boolean(element.is_present);
    json.end_object();
  }
  if (!customer.pos_links.empty()) {
    json.key("pos_links").begin_object();
    for (const auto& [account, cell] : customer.pos_links) json.key(account).text_or_null(cell.value);
    json.end_object();
  }
  return json.end_object().take();
}

Result<Customer> decode_state(std::string_view text) {
  static constexpr std::string_view what = "customer's state";
  auto json = parse_json(text, kStateBytesMax);
  if (!json) return broken(what, json.error().what);
  const auto* object = json->as<Json::Object>();
  if (!object) return broken(what);
  JsonReader reader(*object);
  bool is_broken = false;
  static const Json::Object nothing;
  const auto part = [&](std::string_view key) -> const Json::Object& {
    const Json* value = reader.take_any(key);
    if (!value) return nothing;
    const auto* inner = value->as<Json::Object>();
    is_broken |= inner == nullptr;
    return inner ? *inner : nothing;
  };
  const auto* id_text = reader.take<std::string>("id");
  const Json* common_json = reader.take_any("v");
  const auto* common_text = common_json ? common_json->as<std::string>() : nullptr;
  const auto id = id_text ? CustomerId::from_text(*id_text) : std::nullopt;
  const auto common = common_text ? Version::from_text(*common_text) : std::nullopt;
  const auto& leaves = part("f");
  const auto& versions_part = part("vs");
  const auto& consent = part("consent");
  const auto& tags = part("tags");
  const auto& pos_links = part("pos_links");
  VersionLookup versions(common);
  if (is_broken || !id || (common_json && !common) || !versions.read(versions_part)) return broken(what);
  if (reader.has_more()) return future(what);

  Customer customer;
  customer.id = *id;
  for (const auto& [name, value] : leaves) {
    const auto field = field_named(name);
    if (!field) return future(what);
    auto leaf = text_or_null(value);
    const auto version = versions.take("", name);
    if (!leaf || !version) return broken(what);
    customer[*field] = Cell{std::move(*leaf), *version};
  }
  for (const auto& [name, value] : consent) {
    const auto purpose = purpose_named(name);
    if (!purpose) return future(what);
    Consent& into = customer.consent[static_cast<std::size_t>(*purpose)];
    if (!read_consent(value, versions.take(kConsentPrefix, name), into)) return broken(what);
  }
  for (const auto& [tag, value] : tags) {
    const auto* is_present = value.as<bool>();
    const auto version = versions.take(kTagPrefix, tag);
    if (!is_present || !version || tag.empty()) return broken(what);
    customer.tags.emplace(tag, Element{*is_present, *version});
  }
  for (const auto& [account, value] : pos_links) {
    auto pos_id = text_or_null(value);
    const auto version = versions.take(kPosLinkPrefix, account);
    if (!pos_id || !version || !is_name_id(account)) return broken(what);
    customer.pos_links.emplace(account, Cell{std::move(*pos_id), *version});
  }
  if (versions.has_more()) return broken(what);
  return customer;
}

}  // namespace tillgate
