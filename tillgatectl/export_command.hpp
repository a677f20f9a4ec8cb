// `tillgatectl export` and `subject-export`: what leaves the gateway, into a file for its owner alone or to standard output.
#pragma once

#include <string>

namespace tillgate {

struct ExportArguments {
  std::string socket, format = "csv", out, reason;
  bool has_numbers = false;
};
[[nodiscard]] int run_export(const ExportArguments& arguments);

struct SubjectArguments {
  std::string socket, id, out, reason;
};
[[nodiscard]] int run_subject_export(const SubjectArguments& arguments);

}  // namespace tillgate
