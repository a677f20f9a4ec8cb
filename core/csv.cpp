#include "core/csv.hpp"

#include <algorithm>
#include <array>

namespace tillgate {

namespace {

constexpr std::array<std::string_view, 11> kFormulaBeginnings{"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"};

// Behind the last apostrophe that the cell begins with.
bool is_formula_behind_apostrophes(std::string_view cell) {
  const auto first = cell.find_first_not_of('\'');
  if (first == std::string_view::npos) return false;
  const auto rest = cell.substr(first);
  return std::any_of(kFormulaBeginnings.begin(), kFormulaBeginnings.end(), [&](auto begin) { return rest.starts_with(begin); });
}

class RowReader {
 public:
  RowReader(std::string_view text, bool is_end, char separator)
      : text_(text.substr(0, std::min(text.size(), kRowBytesMax + 1))),
        is_end_(is_end && text_.size() == text.size()),
        is_long_(text_.size() > kRowBytesMax),
        separator_(separator) {}

  CsvRow run() {
    for (;;) {
      if (row_.cells.size() == kCellsMax) return faulty("too_many_cells", "A row has at most 128 cells.");
      std::string& cell = row_.cells.emplace_back();
      if (at_ < text_.size() && text_[at_] == '"') {
        if (!read_quoted(cell)) return ran_out();
      } else {
        const auto end = std::min(text_.find_first_of(stops(), at_), text_.size());
        cell.assign(text_, at_, end - at_);
        at_ = end;
      }
      if (at_ == text_.size()) {
        if (!is_end_) return ran_out();
        return whole();
      }
      const char next = text_[at_];
      if (next == separator_) {
        ++at_;
        continue;
      }
      if (next == '\n') return ++at_, whole();
      if (next != '\r')
        return faulty("bad_quote", "A quote may only stand around a whole cell; inside of quotes it is written twice.");
      if (at_ + 1 == text_.size() && !is_end_) return ran_out();
      if (at_ + 1 == text_.size() || text_[at_ + 1] != '\n')
        return faulty("bad_line_end", "A line ends with LF or CR LF, not with CR alone.");
      at_ += 2;
      return whole();
    }
  }

 private:
  [[nodiscard]] std::string_view stops() const {
    return separator_ == ',' ? ",\r\n\"" : separator_ == ';' ? ";\r\n\"" : "\t\r\n\"";
  }

  // False: the text ends inside of the quotes.
  bool read_quoted(std::string& cell) {
    ++at_;
    for (;;) {
      const auto quote = text_.find('"', at_);
      cell.append(text_, at_, quote == std::string_view::npos ? quote : quote - at_);
      if (quote == std::string_view::npos) return false;
      at_ = quote + 1;
      if (at_ == text_.size()) return is_end_;  // whether it is doubled would have to be seen
      if (text_[at_] != '"') return true;
      cell += '"';
      ++at_;
    }
  }

  CsvRow whole() {
    row_.state = CsvRow::State::whole;
    if (at_ > kRowBytesMax) return too_long();
    row_.bytes = at_;
    row_.lines = static_cast<std::size_t>(std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
    if (at_ == text_.size() && is_end_ && !text_.substr(0, at_).ends_with('\n')) ++row_.lines;  // the last line has no end
    return std::move(row_);
  }
  CsvRow ran_out() {
    if (is_long_) return too_long();
    if (is_end_) return faulty("bad_quote", "A quote is opened and never closed.");
    return {};
  }
  CsvRow too_long() { return faulty("too_long", "A row has at most 64 KiB; perhaps a quote is never closed."); }

  // Nothing behind the first line end is lost with it.
  CsvRow faulty(std::string_view code, std::string_view sentence) {
    CsvRow row;
    row.state = CsvRow::State::faulty;
    row.code = code;
    row.sentence = sentence;
    const auto end = text_.find('\n');
    row.bytes = end == std::string_view::npos ? text_.size() : end + 1;
    row.lines = end != std::string_view::npos || is_end_ ? 1 : 0;
    if (row.lines == 0 && !is_long_) return {};  // where the line ends is still to come
    return row;
  }

  const std::string_view text_;
  const bool is_end_, is_long_;
  const char separator_;
  std::size_t at_ = 0;
  CsvRow row_;
};

}  // namespace

CsvRow csv_row(std::string_view text, bool is_end, char separator) {
  return RowReader(text, is_end, separator).run();
}

char separator_of(std::string_view first_line) {
  bool is_quoted = false;
  std::array<std::size_t, 3> counts{};
  constexpr std::string_view separators = ",;\t";
  for (const char c : first_line) {
    if (c == '"') is_quoted = !is_quoted;
    if (c == '\n' && !is_quoted) break;
    const auto which = separators.find(c);
    if (which != std::string_view::npos && !is_quoted) ++counts[which];
  }
  return separators[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin())];
}

std::string neutralised(std::string_view cell) {
  return is_formula_behind_apostrophes(cell) ? "'" + std::string(cell) : std::string(cell);
}

std::string_view plain_cell(std::string_view cell) {
  return cell.starts_with('\'') && is_formula_behind_apostrophes(cell) ? cell.substr(1) : cell;
}

void add_cell(std::string& line, std::string_view cell, char separator) {
  const std::string text = neutralised(cell);
  // A cell with another program's separator in it is quoted, too: whoever opens the file with that one still sees one cell.
  const bool is_bare = text.find_first_of(",;\t\r\n\"") == std::string::npos && text.find(separator) == std::string::npos;
  if (is_bare) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

}  // namespace tillgate
