// Which formal given names a short form may stand for: "Bill" -> William, "Alex" -> Alexander or Alexandra. An extra key beside the
// name, never in its place. Common English and Spanish short forms, from general knowledge; a name that is missing costs recall only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/name.hpp"

namespace tillgate {

struct Formals {
  std::array<std::uint16_t, kFormalsMax> numbers{};  // of this program's table: not for storage
  std::uint8_t count = 0;
};

// `letters`: of a NameForm. A formal name stands for itself.
[[nodiscard]] Formals formals_of(std::u32string_view letters);

// Other names of who is called `letters`: the formal names, and every short form of those. "bill" -> william, billy, will, ...
// Empty for a name that has none. For whoever looks names up; a judgement of two records uses formals_of().
[[nodiscard]] std::vector<std::u32string> related_names(std::u32string_view letters);

// The formal name of a number that formals_of() gave.
[[nodiscard]] std::string_view formal_name(std::uint16_t number);

}  // namespace tillgate
