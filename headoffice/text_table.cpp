#include "headoffice/text_table.hpp"

#include <algorithm>
#include <cstddef>

#include "service/utf8.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kCellBytesMax = 200;

}  // namespace

std::string text_table(const std::vector<TableLine>& raw, const std::vector<bool>& is_number) {
  std::vector<TableLine> lines = raw;
  for (TableLine& line : lines)
    for (std::string& cell : line) {
      std::string shown;
      utf8::append_printable(shown, cell, false, kCellBytesMax);
      cell = std::move(shown);
    }
  std::vector<std::size_t> widths(is_number.size());
  for (const TableLine& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string out;
  for (const TableLine& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string pad(widths[i] - line[i].size(), ' ');
      text += (i > 0 ? "  " : "") + (is_number[i] ? pad + line[i] : line[i] + pad);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

}  // namespace tillgate
