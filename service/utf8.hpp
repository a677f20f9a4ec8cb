// Strict UTF-8, one code point at a time, for text that a person will read on a terminal: log lines and complaints about
// configuration. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tillgate::utf8 {

struct Decoded {
  std::uint32_t point = 0;
  std::size_t bytes = 0;
};
// The first code point of a non-empty text; nothing for overlong forms, surrogates and whatever else is not UTF-8.
[[nodiscard]] std::optional<Decoded> decode(std::string_view text);

// C0 (tab, newline and return too), DEL and C1.
[[nodiscard]] bool is_control(std::uint32_t point);
// Control characters, and the invisible ones that end a line or turn the reading direction of a terminal.
[[nodiscard]] bool is_treacherous(std::uint32_t point);

// Appends `text` as one line of printable UTF-8: what is treacherous becomes \n, \x1b or \u{202e}, a byte that is not UTF-8
// becomes \xff. With `is_quoted`, quote and backslash are escaped too. Stops once `out` has reached `bytes_max`.
void append_printable(std::string& out, std::string_view text, bool is_quoted, std::size_t bytes_max);

// Cuts at `bytes_max`, between code points, and ends with "..." if anything was cut. `bytes_max` >= 3.
void cut(std::string& text, std::size_t bytes_max);

}  // namespace tillgate::utf8
