#include "daemon/import_reader.hpp"

#include <algorithm>

namespace tillgate {

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
static_assert(kReadBytes > 2 * kRowBytesMax, "a row that is read fits");
constexpr std::string_view kBom = "\xef\xbb\xbf";

// One line of JSON, in the terms of a CSV row: `cells[0]` is the line.
CsvRow json_row(std::string_view text, bool is_end) {
  CsvRow row;
  const auto end = text.find('\n');
  if (end == std::string_view::npos && !is_end && text.size() <= kRowBytesMax) return row;
  row.bytes = std::min(end == std::string_view::npos ? text.size() : end + 1, kRowBytesMax + 1);
  row.lines = end != std::string_view::npos && end + 1 == row.bytes ? 1 : is_end && row.bytes == text.size() ? 1 : 0;
  if (row.bytes > kRowBytesMax) {
    row.state = CsvRow::State::faulty;
    row.code = "too_long";
    row.sentence = "A line has at most 64 KiB.";
    return row;
  }
  row.state = CsvRow::State::whole;
  auto line = text.substr(0, row.bytes);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.find_first_not_of(" \t") == std::string_view::npos) line = {};
  row.cells.emplace_back(line);
  return row;
}

std::optional<ImportFault> encoding_fault(std::string_view bytes, std::int64_t line) {
  const std::string where = "Line " + std::to_string(line);
  if (bytes.find('\0') != std::string_view::npos)
    return ImportFault{"not_utf8",
                       where + " holds a NUL character; this is no UTF-8 text, perhaps UTF-16. Save the file as UTF-8."};
  if (is_utf8(bytes)) return std::nullopt;
  return ImportFault{"not_utf8", where + " is not UTF-8; the file is in another encoding, or damaged. Save it as UTF-8."};
}

}  // namespace

Result<std::vector<ImportFault>> ImportReader::open() {
  std::vector<ImportFault> faults;
  auto text = read_(0, kReadBytes);
  if (!text) return fail(text.error());
  std::string_view rest = *text;
  const bool is_end = text->size() < kReadBytes;
  if (rest.starts_with("\xff\xfe") || rest.starts_with("\xfe\xff"))
    return std::vector{ImportFault{"not_utf8", "The file is UTF-16. Save it as UTF-8."}};
  first_ = {};
  if (rest.starts_with(kBom)) {
    rest.remove_prefix(kBom.size());
    first_.offset = static_cast<std::int64_t>(kBom.size());
  }
  for (const auto& fault : faults_in(options_.mapping)) faults.push_back({fault.code, sentence_of(fault)});
  if (options_.format == ImportFormat::json_lines || !faults.empty()) return faults;
  if (rest.empty()) return std::vector{ImportFault{"no_header", "The file is empty; its first line must name the columns."}};
  separator_ = options_.separator.value_or(separator_of(rest.substr(0, kRowBytesMax)));
  const CsvRow header = csv_row(rest, is_end, separator_);
  if (auto fault = encoding_fault(rest.substr(0, header.bytes), 1)) return std::vector{*fault};
  if (header.state != CsvRow::State::whole)
    return std::vector{ImportFault{"no_header", "The first line is no row of column names. " + std::string(header.sentence)}};
  first_.offset += static_cast<std::int64_t>(header.bytes);
  first_.lines = static_cast<std::int64_t>(header.lines);
  std::vector<std::string> names;
  for (const auto& cell : header.cells) names.emplace_back(plain_cell(cell));
  auto columns = columns_of(names, options_.mapping);
  for (const auto& fault : columns.faults) faults.push_back({fault.code, sentence_of(fault)});
  columns_ = std::move(columns.leaves);
  return faults;
}

Result<ImportChunk> ImportReader::next(const ImportPlace& from) const {
  ImportChunk chunk;
  chunk.next = from;
  auto text = read_(from.offset, kReadBytes);
  if (!text) return fail(text.error());
  std::string_view rest = *text;
  const bool is_end = text->size() < kReadBytes;
  while (!rest.empty() && chunk.rows.size() < kImportChunkRows) {
    CsvRow row = options_.format == ImportFormat::csv ? csv_row(rest, is_end, separator_) : json_row(rest, is_end);
    if (row.state == CsvRow::State::more) break;
    const std::int64_t line = chunk.next.lines + 1;
    // A row that goes on beyond its bound may be cut inside of a character.
    if (row.lines > 0) {
      if (auto fault = encoding_fault(rest.substr(0, row.bytes), line)) {
        chunk.fault = std::move(fault);
        return chunk;
      }
    }
    rest.remove_prefix(row.bytes);
    chunk.next.offset += static_cast<std::int64_t>(row.bytes);
    chunk.next.lines += static_cast<std::int64_t>(row.lines);
    if (row.state == CsvRow::State::whole && row.is_blank()) continue;
    ImportRow read;
    if (row.state == CsvRow::State::faulty) {
      read.faults.push_back({"row", std::string(row.code), std::string(row.sentence)});
    } else if (options_.format == ImportFormat::csv) {
      read = row_from_cells(columns_, row.cells, options_.dates);
    } else {
      read = row_from_json(row.cells[0], options_.mapping, options_.dates);
    }
    read.row = ++chunk.next.rows;
    read.line = line;
    chunk.rows.push_back(std::move(read));
    if (chunk.next.rows > kImportRowsMax) {
      chunk.fault = ImportFault{"too_many_rows", "The file has more than 10 million rows; cut it into several."};
      return chunk;
    }
    if (row.lines == 0) {
      if (auto passed = pass_line(chunk.next); !passed) return fail(passed.error());
      return chunk;
    }
  }
  chunk.is_end = is_end && rest.empty();
  return chunk;
}

// To behind the next line end, however far that is; memory stays one read.
Result<> ImportReader::pass_line(ImportPlace& place) const {
  for (;;) {
    auto text = read_(place.offset, kReadBytes);
    if (!text) return fail(text.error());
    const auto end = text->find('\n');
    place.offset += static_cast<std::int64_t>(end == std::string::npos ? text->size() : end + 1);
    if (end == std::string::npos && text->size() == kReadBytes) continue;
    ++place.lines;
    return {};
  }
}

}  // namespace tillgate
