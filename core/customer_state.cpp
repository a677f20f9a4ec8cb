#include "core/customer_state.hpp"

#include <algorithm>
#include <map>

#include "core/check.hpp"
#include "core/json.hpp"
#include "core/leaf_text.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kStateBytesMax = 1024 * 1024;

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
  if (!json) return malformed(what, json.error().what);
  const auto* object = json->as<Json::Object>();
  if (!object) return malformed(what);
  JsonReader reader(*object);
  Members members(reader);
  const auto* id_text = reader.take<std::string>("id");
  const Json* common_json = reader.take_any("v");
  const auto* common_text = common_json ? common_json->as<std::string>() : nullptr;
  const auto id = id_text ? CustomerId::from_text(*id_text) : std::nullopt;
  const auto common = common_text ? Version::from_text(*common_text) : std::nullopt;
  const auto& leaves = members.take("f");
  const auto& versions_part = members.take("vs");
  const auto& consent = members.take("consent");
  const auto& tags = members.take("tags");
  const auto& pos_links = members.take("pos_links");
  VersionLookup versions(common);
  if (members.is_broken() || !id || (common_json && !common) || !versions.read(versions_part)) return malformed(what);
  if (reader.has_more()) return from_the_future(what);

  Customer customer;
  customer.id = *id;
  for (const auto& [name, value] : leaves) {
    const auto field = field_named(name);
    if (!field) return from_the_future(what);
    auto leaf = text_or_null(value);
    const auto version = versions.take("", name);
    if (!leaf || !version) return malformed(what);
    customer[*field] = Cell{std::move(*leaf), *version};
  }
  for (const auto& [name, value] : consent) {
    const auto purpose = purpose_named(name);
    if (!purpose) return from_the_future(what);
    Consent& into = customer.consent[static_cast<std::size_t>(*purpose)];
    if (!read_consent(value, versions.take(kConsentPrefix, name), into)) return malformed(what);
  }
  for (const auto& [tag, value] : tags) {
    const auto* is_present = value.as<bool>();
    const auto version = versions.take(kTagPrefix, tag);
    if (!is_present || !version || tag.empty()) return malformed(what);
    customer.tags.emplace(tag, Element{*is_present, *version});
  }
  for (const auto& [account, value] : pos_links) {
    auto pos_id = text_or_null(value);
    const auto version = versions.take(kPosLinkPrefix, account);
    if (!pos_id || !version || !is_name_id(account)) return malformed(what);
    customer.pos_links.emplace(account, Cell{std::move(*pos_id), *version});
  }
  if (versions.has_more()) return malformed(what);
  return customer;
}

}  // namespace tillgate
