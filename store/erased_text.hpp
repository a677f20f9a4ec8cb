// The text of a list of who was erased: a line for each, "<id> <moment>", by id, and the last one "end <how many>". A list that was cut
// off would let back in whoever is missing, so one without its end is none.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tillgate {

using ErasedList = std::map<CustomerId, Timestamp>;

inline constexpr std::size_t kErasedTextBytesMax = std::size_t{64} << 20;  // some million people

[[nodiscard]] std::string to_text(const ErasedList& list);
// Whose line ends are those of another system is read as well. Errc::invalid: what is wrong, and in which line.
[[nodiscard]] Result<ErasedList> parse_erased_list(std::string_view text);

}  // namespace tillgate
