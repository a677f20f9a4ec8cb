// A table for a terminal: columns as wide as their widest cell, numbers to the right, no cell longer than a line of it. What stores
// say of themselves cannot steer the terminal.
#pragma once

#include <string>
#include <vector>

namespace tillgate {

using TableLine = std::vector<std::string>;

// The first line is the heading; each has as many cells as `is_number`.
[[nodiscard]] std::string text_table(const std::vector<TableLine>& lines, const std::vector<bool>& is_number);

}  // namespace tillgate
