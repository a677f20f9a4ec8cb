// A name as it sounds, roughly: "Philips", "Fillips" and "Phillipps" give one code. For finding candidates, never for deciding.
#pragma once

#include <string>
#include <string_view>

namespace tillgate {

// `letters`: of a NameForm. At most 5 characters. Names outside of a..z give their first characters, since their sounds are not ours
// to know. Empty for an empty name.
[[nodiscard]] std::u32string sound_of(std::u32string_view letters);

}  // namespace tillgate
