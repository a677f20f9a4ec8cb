// CSV: what is a row, where it ends, and that what is written comes back.
#include <gtest/gtest.h>

#include <random>

#include "core/csv.hpp"

namespace tillgate {
namespace {

using Cells = std::vector<std::string>;
using State = CsvRow::State;

struct Read {
  std::vector<Cells> rows;
  std::vector<std::string> faults;  // "line code"
};
Read read_all(std::string_view text, char separator = ',') {
  Read read;
  std::size_t line = 1;
  while (!text.empty()) {
    const CsvRow row = csv_row(text, true, separator);
    EXPECT_NE(row.state, State::more);
    EXPECT_GT(row.bytes, 0U);
    if (row.bytes == 0) break;
    if (row.state == State::whole) read.rows.push_back(row.cells);
    if (row.state == State::faulty) read.faults.push_back(std::to_string(line) + " " + std::string(row.code));
    text.remove_prefix(row.bytes);
    line += row.lines;
  }
  return read;
}

TEST(Csv, ReadsQuotesLineEndsAndSeparators) {
  EXPECT_EQ(read_all("a,b\r\n\"c\"\"d\",\"e,\r\nf\"\n,\n").rows,
            (std::vector<Cells>{{"a", "b"}, {"c\"d", "e,\r\nf"}, {"", ""}}));
  EXPECT_EQ(read_all("a;b,c", ';').rows, (std::vector<Cells>{{"a", "b,c"}}));
  EXPECT_EQ(read_all("a\tb\t", '\t').rows, (std::vector<Cells>{{"a", "b", ""}}));
  EXPECT_EQ(read_all("\"\"").rows, (std::vector<Cells>{{""}}));
}

TEST(Csv, AFaultSpoilsItsOwnLineAndNoOther) {
  const auto read = read_all("a,b\"c\nd,e\n\"open,x\nf,g\n\"x\"y,z\nh,i\rj\nk,l\n");
  EXPECT_EQ(read.rows, (std::vector<Cells>{{"d", "e"}, {"f", "g"}, {"k", "l"}}));
  EXPECT_EQ(read.faults, (std::vector<std::string>{"1 bad_quote", "3 bad_quote", "5 bad_quote", "6 bad_line_end"}));
}

TEST(Csv, CountsLinesInsideOfQuotes) {
  EXPECT_EQ(csv_row("\"a\n\nb\",c\nd", true, ',').lines, 3U);
  EXPECT_EQ(csv_row("a,b", true, ',').lines, 1U);
}

TEST(Csv, AsksForMoreOnlyWhereMoreCouldChangeTheRow) {
  for (const std::string text : {"a,b", "a,\"b", "a,\"b\"", "a,b\r", "a,b\"c"})
    EXPECT_EQ(csv_row(text, false, ',').state, State::more) << text;
  EXPECT_EQ(csv_row("a,b\n", false, ',').state, State::whole);
  EXPECT_EQ(csv_row("a,b\"c\n", false, ',').state, State::faulty);
}

TEST(Csv, HasBounds) {
  std::string cells = "x";
  for (std::size_t i = 1; i < kCellsMax; ++i) cells += ",x";
  EXPECT_EQ(csv_row(cells + "\n", true, ',').cells.size(), kCellsMax);
  EXPECT_EQ(csv_row(cells + ",x\n", true, ',').code, "too_many_cells");
  const std::string fits(kRowBytesMax - 1, 'x'), large(kRowBytesMax, 'x');
  EXPECT_EQ(csv_row(fits + "\n", true, ',').state, State::whole);
  const CsvRow row = csv_row(large + "\nnext", true, ',');
  EXPECT_EQ(row.code, "too_long");
  EXPECT_EQ(row.bytes, kRowBytesMax + 1) << "the next row is found all the same";
  const CsvRow endless = csv_row(large + large + "\n", false, ',');
  EXPECT_EQ(endless.code, "too_long");
  EXPECT_EQ(endless.lines, 0U) << "its end is not seen yet";
  // An opened quote takes nothing with it but its line, however much follows.
  const CsvRow open = csv_row("\"a\n" + large + large, false, ',');
  EXPECT_EQ(open.code, "too_long");
  EXPECT_EQ(open.bytes, 3U);
}

TEST(Csv, TellsTheSeparator) {
  EXPECT_EQ(separator_of("a,b;c,d\n;;;;;"), ',');
  EXPECT_EQ(separator_of("a;\"b,b,b,b\";c"), ';');
  EXPECT_EQ(separator_of("a\tb"), '\t');
  EXPECT_EQ(separator_of("a"), ',');
}

TEST(Csv, Row36_AFormulaIsTextAndComesBackAsItWas) {
  for (const std::string cell : {"=cmd|'/C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＠x"}) {
    const std::string safe = neutralised(cell);
    EXPECT_EQ(safe, "'" + cell);
    EXPECT_EQ(plain_cell(safe), cell);
    EXPECT_EQ(plain_cell(neutralised(safe)), safe) << "also where somebody wrote the apostrophe";
  }
  for (const std::string cell : {"", "'", "'tis", "a=b", "O'Neil", "''x"}) {
    EXPECT_EQ(neutralised(cell), cell);
    EXPECT_EQ(plain_cell(cell), cell);
  }
}

TEST(Csv, Row36_WhatIsWrittenIsRead) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> pieces{"a", ",", ";", "\t", "\"", "\n", "\r", "\r\n", "'", "=", "é", "名", " ", "", "@"};
  for (int round = 0; round < 20'000; ++round) {
    Cells cells(1 + random() % 5);
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      for (auto n = random() % 6; n > 0; --n) cells[i] += pieces[random() % pieces.size()];
      if (i > 0) line += ',';
      add_cell(line, cells[i]);
    }
    line += "\r\n";
    const CsvRow row = csv_row(line, true, ',');
    ASSERT_EQ(row.state, State::whole) << line;
    ASSERT_EQ(row.bytes, line.size());
    Cells back;
    for (const auto& cell : row.cells) back.emplace_back(plain_cell(cell));
    ASSERT_EQ(back, cells) << line;
  }
}

}  // namespace
}  // namespace tillgate
