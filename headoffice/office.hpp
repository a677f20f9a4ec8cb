// Office: builds the process tillgate-hq in order and runs it. The members' order is the order of shutdown, backwards.
#pragma once

#include <memory>
#include <string>

#include "headoffice/config.hpp"

namespace tillgate {

class Office {
 public:
  Office(OfficeConfig config, std::string version);
  ~Office();
  // Runs until SIGTERM or SIGINT, or until something ends the process. The exit code (headoffice/exit_codes.hpp).
  [[nodiscard]] int run();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate
