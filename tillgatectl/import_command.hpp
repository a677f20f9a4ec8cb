// `tillgatectl import`: looks at the header here, before anything leaves, sends the file in parts, watches, and fetches the report.
// Holds one part in memory. The same command again goes on where it stopped, whichever side was killed.
#pragma once

#include <string>
#include <vector>

namespace tillgate {

struct ImportArguments {
  std::string socket, file, report;
  std::string format, separator, dates = "iso";
  std::vector<std::string> map, ignore;  // map: "Their Header=first_name"
  bool ignores_unknown = false, is_dry_run = false, skips_bad = false, is_json = false;
};

[[nodiscard]] int run_import(const ImportArguments& arguments);

}  // namespace tillgate
