#include "daemon/import_report.hpp"

#include <algorithm>

#include "core/csv.hpp"

namespace tillgate {

void add_report_line(std::string& report, const ImportRow& row, std::string_view status, const CustomerId* id) {
  static const FieldFault none, more{"", "more", "This row has more faults."};
  const std::size_t told = std::min(row.faults.size(), kReportFaultsMax);
  const std::size_t lines = std::max<std::size_t>(told + (told < row.faults.size() ? 1 : 0), 1);
  for (std::size_t i = 0; i < lines; ++i) {
    const FieldFault& fault = row.faults.empty() ? none : i < told ? row.faults[i] : more;
    report += std::to_string(row.row) + "," + std::to_string(row.line) + ",";
    report += status;
    report += ",";
    if (id) report += id->text();
    for (const std::string* text : {&fault.field, &fault.code, &fault.sentence}) {
      report += ",";
      add_cell(report, *text);
    }
    report += "\r\n";
  }
}

}  // namespace tillgate
