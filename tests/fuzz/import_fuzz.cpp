// The file of an import, from a stranger's bytes to what the store is asked for. The first byte says how it is read.
#include <string>

#include "core/csv.hpp"
#include "core/import_row.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

void check_row(const ImportRow& row) {
  for (const auto& fault : row.faults) {
    claim(!fault.code.empty() && !fault.sentence.empty(), "a fault says what is wrong");
    claim(fault.field == "row" || fault.field == "unknown" || leaf_named(fault.field), "a fault names a field of ours");
  }
  if (!row.faults.empty()) return;
  Patch again = row.patch;
  claim(normalise(again, WriteKind::create).empty(), "what is taken is taken again");
  claim(again == row.patch, "and is in its normal form");
}

// The same row, however the bytes arrive.
void check_pieces(std::string_view text, char separator, const CsvRow& row) {
  for (std::size_t bytes = 1; bytes < text.size() && bytes < 64; ++bytes) {
    const CsvRow part = csv_row(text.substr(0, bytes), false, separator);
    if (part.state == CsvRow::State::more) continue;
    claim(part.bytes == row.bytes && part.cells == row.cells && part.code == row.code,
          "a row does not depend on what is behind it");
  }
}

void check_cells(const CsvRow& row, char separator) {
  claim(row.cells.size() <= kCellsMax && row.bytes <= kRowBytesMax, "a row is bounded");
  std::string line;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    if (i > 0) line += separator;
    add_cell(line, row.cells[i], separator);
  }
  if (line.size() >= kRowBytesMax) return;
  line += "\r\n";
  const CsvRow again = csv_row(line, true, separator);
  claim(again.state == CsvRow::State::whole && again.bytes == line.size() && again.cells.size() == row.cells.size(),
        "what is written is read");
  for (std::size_t i = 0; i < row.cells.size(); ++i)
    claim(plain_cell(again.cells[i]) == row.cells[i], "and comes back as it was");
}

void read_csv(std::string_view text, char separator, DateOrder dates) {
  std::optional<ImportColumns> columns;
  while (!text.empty()) {
    const CsvRow row = csv_row(text, true, separator);
    claim(row.state != CsvRow::State::more, "at the end nothing more is waited for");
    claim(row.bytes > 0 && row.bytes <= text.size(), "reading goes on");
    check_pieces(text, separator, row);
    if (row.state == CsvRow::State::whole) {
      check_cells(row, separator);
      if (columns) {
        check_row(row_from_cells(columns->leaves, row.cells, dates));
      } else {
        columns = columns_of(row.cells, {});
        claim(columns->leaves.size() == row.cells.size(), "each column means something or nothing");
        for (const auto& fault : columns->faults) claim(!sentence_of(fault).empty(), "a header's fault is told");
      }
    } else {
      claim(!row.sentence.empty(), "a faulty row says why");
    }
    text.remove_prefix(row.bytes);
  }
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  using namespace tillgate::fuzz;
  if (size == 0) return 0;
  const auto text = text_of(data + 1, size - 1);
  const auto dates = static_cast<DateOrder>(data[0] / 4 % 3);
  switch (data[0] % 4) {
    case 0: read_csv(text, ',', dates); break;
    case 1: read_csv(text, separator_of(text.substr(0, kRowBytesMax)), dates); break;
    case 2: check_row(row_from_json(text, {}, dates)); break;
    default: claim(plain_cell(neutralised(text)) == text, "neutralising is taken back"); break;
  }
  return 0;
}
