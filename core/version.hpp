// Version: what a written value is worth. Place in a ledger (epoch, seq) and version are independent:
// applying, forwarding or re-chaining a change never alters its version.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "core/hlc.hpp"

namespace tillgate {

struct Version {
  Hlc hlc;
  std::string origin;  // text of the epoch of first writing, or "pos:<account>"
  auto operator<=>(const Version&) const = default;  // by hlc, then by the bytes of origin

  [[nodiscard]] bool is_set() const { return hlc.value != 0; }
  // "<16 hex>@<origin>"
  [[nodiscard]] std::string text() const { return hlc.text() + "@" + origin; }
  // Origin: a UUID or "pos:" + a name id. Anything else: nullopt.
  [[nodiscard]] static std::optional<Version> from_text(std::string_view text);
};

}  // namespace tillgate
