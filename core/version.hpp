// Version: what a written value is worth. Place in a ledger (epoch, seq) and version are independent:
// applying, forwarding or re-chaining a change never alters its version.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/check.hpp"
#include "core/hlc.hpp"

namespace tillgate {

// Where a version was first written: the text of an epoch, or "pos:" and an account. It lies in place, since each field of each
// record has one and would have to allocate a text of 36 bytes.
class Origin {
 public:
  static constexpr std::size_t kBytesMax = 36;  // a UUID; "pos:" and a name id of 32

  Origin() = default;
  template <std::convertible_to<std::string_view> Text>
  Origin(const Text& given) {
    const std::string_view text = given;
    CHECK(text.size() <= kBytesMax);
    std::copy(text.begin(), text.end(), bytes_.begin());
    size_ = static_cast<std::uint8_t>(text.size());
  }
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), size_}; }
  friend bool operator==(const Origin& one, const Origin& other) { return one.text() == other.text(); }
  friend auto operator<=>(const Origin& one, const Origin& other) { return one.text() <=> other.text(); }

 private:
  std::array<char, kBytesMax> bytes_{};
  std::uint8_t size_ = 0;
};

struct Version {
  Hlc hlc;
  Origin origin;
  auto operator<=>(const Version&) const = default;  // by hlc, then by the bytes of origin

  [[nodiscard]] bool is_set() const { return hlc.value != 0; }
  // "<16 hex>@<origin>"
  [[nodiscard]] std::string text() const;
  // Origin: a UUID or "pos:" + a name id. Anything else: nullopt.
  [[nodiscard]] static std::optional<Version> from_text(std::string_view text);
};
static_assert(std::is_trivially_copyable_v<Version>);

}  // namespace tillgate
