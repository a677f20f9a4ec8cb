// Which records to compare at all: those that share a key. Each key is eight bytes that a store keeps in an index; a placeholder
// gives none. A key that more than kBlockMax records share says nothing and is skipped by whoever looks it up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/identity.hpp"

namespace tillgate {

// In the order of what each adds to those before it (docs/matching.md has the figures): an owner that has no room for all
// takes the first ones.
enum class BlockKind : std::uint8_t {
  birthday,  // strong ones only; some five records in 100,000
  sounds,    // sound of first and last name in either order, short forms made formal
  phone,
  door,           // number + sound of the street
  email,          // the mailbox
  licence,        // the blind index
  given_street,   // sounds of first name and street
  house,          // number + postal code
  surname_place,  // sound of the surname + postal code
};
inline constexpr std::size_t kBlockKinds = 9;
inline constexpr std::size_t kBlockMax = 300;

struct BlockKeys {
  std::array<std::uint64_t, kBlockKinds> keys{};
  std::uint8_t count = 0;
  std::array<BlockKind, kBlockKinds> kinds{};
  [[nodiscard]] std::span<const std::uint64_t> all() const { return {keys.data(), count}; }
};

// The kind is hashed in, so keys of all kinds may lie in one index. The same on every machine and for ever: they are stored. A change
// of what a key is made of is a new index, so kBlockFormat is stored beside them.
inline constexpr int kBlockFormat = 1;
[[nodiscard]] BlockKeys block_keys(const Identity& identity);

}  // namespace tillgate
