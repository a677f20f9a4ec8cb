#include "core/customer_text.hpp"

#include <algorithm>

#include "core/leaf_text.hpp"

namespace tillgate {

namespace {

// Empty when it is left out; nullopt when it is there and not what it should be.
std::optional<std::string> text_or_nothing(const Json* json, bool (*is_sound)(std::string_view)) {
  if (!json) return std::string();
  const auto* text = json->as<std::string>();
  return text && is_sound(*text) ? std::optional(*text) : std::nullopt;
}

}  // namespace

void write_members(JsonWriter& json, const ChangeSet& changes, const Version& change_version) {
  VersionTable versions(change_version);
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
      json.member_unless_empty("source", write.source);
      json.member_unless_empty("text", write.text_version);
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
}

Result<ChangeSet> read_change_set(JsonReader& reader, const Version& change_version) {
  static constexpr std::string_view what = "change's payload";
  Members members(reader);
  const auto& set = members.take("set");
  const auto& was_part = members.take("was");
  const auto& versions_part = members.take("versions");
  const auto& consent = members.take("consent");
  const auto& tags = members.take("tags");
  const auto& pos_links = members.take("pos_links");
  ChangeSet changes;
  VersionLookup versions(change_version), was{Version{}};
  if (members.is_broken() || !versions.read(versions_part) || !was.read(was_part)) return malformed(what);

  for (const auto& [name, value] : set) {
    const auto field = field_named(name);
    if (!field) return from_the_future(what);
    auto text = text_or_null(value);
    if (!text) return malformed(what);
    changes.fields.push_back({*field, std::move(*text), *versions.take("", name), *was.take("", name)});
  }
  for (const auto& [name, value] : consent) {
    const auto purpose = purpose_named(name);
    if (!purpose) return from_the_future(what);
    const auto* statement = value.as<Json::Object>();
    if (!statement) return malformed(what);
    JsonReader inner(*statement);
    const auto* granted = inner.take<bool>("granted");
    const Json* seen = inner.take_any("seen");
    const auto source = text_or_nothing(inner.take_any("source"), is_name_id);
    const auto text_version = text_or_nothing(inner.take_any("text"), is_text_version);
    auto seen_denials = seen ? versions_in(*seen) : std::vector<Version>();
    if (!granted || !seen_denials || (!*granted && !seen_denials->empty()) || !source || !text_version) return malformed(what);
    if (inner.has_more()) return from_the_future(what);
    changes.consent.push_back(
        {*purpose, *granted, *versions.take(kConsentPrefix, name), std::move(*seen_denials), *source, *text_version});
  }
  for (const auto& [tag, value] : tags) {
    const auto* is_present = value.as<bool>();
    if (!is_present || tag.empty()) return malformed(what);
    changes.tags.push_back({tag, *is_present, *versions.take(kTagPrefix, tag)});
  }
  for (const auto& [account, value] : pos_links) {
    auto pos_id = text_or_null(value);
    if (!pos_id || !is_name_id(account)) return malformed(what);
    changes.pos_links.push_back(
        {account, std::move(*pos_id), *versions.take(kPosLinkPrefix, account), *was.take(kPosLinkPrefix, account)});
  }
  // A version too many may belong to a member that a newer program knows.
  if (reader.has_more()) return from_the_future(what);
  if (versions.has_more() || was.has_more()) return malformed(what);
  return changes;
}

}  // namespace tillgate
