#include "daemon/import_report.hpp"

#include "core/csv.hpp"

namespace tillgate {

void add_report_line(std::string& report, const ImportRow& row, std::string_view status, const CustomerId* id) {
  static const FieldFault none;
  const std::size_t lines = std::max<std::size_t>(row.faults.size(), 1);
  for (std::size_t i = 0; i < lines; ++i) {
    const FieldFault& fault = row.faults.empty() ? none : row.faults[i];
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
