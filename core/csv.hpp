// CSV as RFC 4180 has it, row by row, out of bytes that nobody has looked at. Pure and without memory of its own: a row is read at a
// place in a file, so a reader can stop anywhere and go on from there.
//
// Strict where a lenient reader would guess: a quote stands around a whole cell or not at all. That is what bounds the work: a quote
// that is never closed spoils its own line and no other, and no byte is looked at more than a few times.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tillgate {

inline constexpr std::size_t kRowBytesMax = 64 * 1024;
inline constexpr std::size_t kCellsMax = 128;

struct CsvRow {
  enum class State : unsigned char {
    whole,   // `cells`
    faulty,  // `code` and `sentence`; what follows begins at the next line
    more,    // the text ends before the row does
  };
  State state = State::more;
  std::size_t bytes = 0;  // taken from the text, line end included
  std::size_t lines = 0;  // of them; 0: the row goes beyond kRowBytesMax without a line end, skip to the next one
  std::vector<std::string> cells;
  std::string_view code;  // bad_quote, bad_line_end, too_long, too_many_cells
  std::string_view sentence;
  [[nodiscard]] bool is_blank() const { return cells.size() == 1 && cells[0].empty(); }
};

// The row at the beginning of `text`, which is not empty. `is_end`: nothing follows the text. Never `more` when the text has more than
// kRowBytesMax bytes, or is the end.
[[nodiscard]] CsvRow csv_row(std::string_view text, bool is_end, char separator);

// Which of , ; and tab the first line is written with: the one that there are most of outside of quotes; a comma where there is none.
[[nodiscard]] char separator_of(std::string_view first_line);

// --- writing

// Appends the cell in quotes where it needs them, and neutralised.
void add_cell(std::string& line, std::string_view cell, char separator = ',');

// A spreadsheet takes a cell that begins with = + - @ (or their full-width forms), a tab or a line break for a formula; with an apostrophe
// before it it is text. A cell that begins so already gets one more, so that the way back is exact.
[[nodiscard]] std::string neutralised(std::string_view cell);
// The way back. Of a cell that nobody neutralised, the same cell.
[[nodiscard]] std::string_view plain_cell(std::string_view cell);

}  // namespace tillgate
