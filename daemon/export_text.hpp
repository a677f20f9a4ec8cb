// A customer as a line of an export: CSV, or JSON as the API has it. What is written here is what an import reads (core/import_row.hpp),
// so that nothing is lost on the way.
#pragma once

#include <string>

#include "store/queries.hpp"
#include "store/seal.hpp"

namespace tillgate {

enum class ExportFormat : std::uint8_t { csv, json_lines };

struct ExportView {
  ExportFormat format = ExportFormat::csv;
  bool has_numbers = false;  // of licence and medical card, in the clear
};

// The first line of the file; empty for JSON lines.
[[nodiscard]] std::string export_header(const ExportView& view);
// False: a number was left out because it cannot be opened here.
[[nodiscard]] bool add_export_line(std::string& text, const ExportView& view, const StoredCustomer& stored,
                                   const Sealer& sealer);

}  // namespace tillgate
