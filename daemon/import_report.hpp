// The report of an import: CSV, one line per row of the file, one more for each further fault. Numbers, ids, our own names and
// sentences; nothing of what stands in the file.
#pragma once

#include <string>
#include <string_view>

#include "core/import_row.hpp"

namespace tillgate {

inline constexpr std::size_t kReportFaultsMax = 16;  // of one row: a row of nonsense must not become a report many times its size
inline constexpr std::string_view kReportHeader = "row,line,status,id,field,code,sentence\r\n";

void add_report_line(std::string& report, const ImportRow& row, std::string_view status, const CustomerId* id);

}  // namespace tillgate
