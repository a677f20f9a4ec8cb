#include "core/version.hpp"

#include "core/ids.hpp"

namespace tillgate {

std::string Version::text() const {
  std::string text = hlc.text();
  text.reserve(text.size() + 1 + Origin::kBytesMax);
  return text.append("@").append(origin.text());
}

std::optional<Version> Version::from_text(std::string_view text) {
  if (text.size() < 18 || text[16] != '@') return std::nullopt;
  const auto hlc = Hlc::from_text(text.substr(0, 16));
  if (!hlc || hlc->value == 0) return std::nullopt;
  const std::string_view origin = text.substr(17);
  const bool is_pos = origin.starts_with("pos:") && is_name_id(origin.substr(4));
  if (!is_pos && !Uuid::from_text(origin)) return std::nullopt;
  return Version{*hlc, origin};
}

}  // namespace tillgate
