#include "core/leaf_text.hpp"

#include <algorithm>

namespace tillgate {

std::optional<Purpose> purpose_named(std::string_view name) {
  const auto found = std::find(kPurposeNames.begin(), kPurposeNames.end(), name);
  if (found == kPurposeNames.end()) return std::nullopt;
  return static_cast<Purpose>(found - kPurposeNames.begin());
}

std::string_view name_of(Purpose purpose) {
  return kPurposeNames[static_cast<std::size_t>(purpose)];
}

const Json::Object& Members::take(std::string_view key) {
  static const Json::Object nothing;
  const Json* value = reader_.take_any(key);
  if (!value) return nothing;
  const auto* inner = value->as<Json::Object>();
  is_broken_ |= inner == nullptr;
  return inner ? *inner : nothing;
}

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

std::optional<std::optional<std::string>> text_or_null(const Json& json) {
  if (json.is_null()) return std::optional<std::string>();
  if (const auto* text = json.as<std::string>()) return *text;
  return std::nullopt;
}

}  // namespace tillgate
