// How alike two texts are. Both look at code points, use no memory but the stack, and look at the first 48 characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace tillgate {

// 0 .. 1. Prefix factor 0.1 over at most 4 characters, added only above 0.7 as Winkler has it. Two empty texts are 0: they say nothing.
[[nodiscard]] double jaro_winkler(std::u32string_view a, std::u32string_view b);

// Optimal string alignment with transpositions of neighbours: 0, 1, 2; 3 means "3 or more".
[[nodiscard]] std::size_t edits_up_to_2(std::u32string_view a, std::u32string_view b);
[[nodiscard]] std::size_t edits_up_to_2(std::string_view a, std::string_view b);

}  // namespace tillgate
