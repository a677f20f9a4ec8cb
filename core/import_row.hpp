// One row of a file becomes what CreateCustomer takes, or what is wrong with it, all at once. CSV and JSON lines end in the same
// place: texts under the names of leaves. Pure; bytes of strangers, within the bounds of core/csv.hpp and core/json.hpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/import_columns.hpp"
#include "core/json.hpp"

namespace tillgate {

// How the file writes dates that are not YYYY-MM-DD (which is always understood, with a time behind it, too).
enum class DateOrder : std::uint8_t { iso, month_first, day_first };

struct ImportRow {
  std::int64_t row = 0;            // from 1; the header and blank lines do not count
  std::int64_t line = 0;           // of the file, from 1, where the row begins
  Patch patch;                     // normalised; to be used only where there are no faults
  std::vector<FieldFault> faults;  // names of our own fields and sentences, never a word of the file
};

[[nodiscard]] ImportRow row_from_cells(std::span<const ImportLeaf> columns, std::span<const std::string> cells,
                                       DateOrder dates);
// A line of JSON: an object as the HTTP API has it, or flat with dotted or mapped names.
[[nodiscard]] ImportRow row_from_json(std::string_view line, const ImportMapping& mapping, DateOrder dates);

// --- what a cell holds of sets: "vip|of age", "treez=12|flowhub=9"; a backslash before | or \ that is meant.
[[nodiscard]] std::string join_list(std::span<const std::string> words);
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace tillgate
