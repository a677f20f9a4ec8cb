// Pieces of text that payloads and states share: the versions of their leaves, and values that may be cleared.
// Internal to core's codecs.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/customer.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "core/version.hpp"

namespace tillgate {

inline constexpr std::string_view kConsentPrefix = "consent.", kTagPrefix = "tags.", kPosLinkPrefix = "pos_links.";

// "Schema from the future": well-formed, but only a newer program knows it.
[[nodiscard]] inline auto from_the_future(std::string_view what) {
  return fail(Errc::unsupported, "a " + std::string(what) + " holds something that only a newer version understands");
}
[[nodiscard]] inline auto malformed(std::string_view what, std::string detail = {}) {
  return fail(Errc::invalid, "a " + std::string(what) + " is malformed", std::move(detail));
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
// Takes members that are objects; an absent one is empty.
class Members {
 public:
  explicit Members(JsonReader& reader) : reader_(reader) {}
  [[nodiscard]] const Json::Object& take(std::string_view key);
  [[nodiscard]] bool is_broken() const { return is_broken_; }  // one of them was something else

 private:
  JsonReader& reader_;
  bool is_broken_ = false;
};

[[nodiscard]] std::optional<std::vector<Version>> versions_in(const Json& json);
// Nothing when there is none.
void write_versions(JsonWriter& json, std::string_view key, const std::vector<Version>& versions);
// A value that may be cleared: a text or null. nullopt outside: neither.
[[nodiscard]] std::optional<std::optional<std::string>> text_or_null(const Json& json);

[[nodiscard]] std::optional<Purpose> purpose_named(std::string_view name);
[[nodiscard]] std::string_view name_of(Purpose purpose);

}  // namespace tillgate
