// App: builds everything in order and runs it. The members' order is the order of shutdown, backwards.
#pragma once

#include <memory>

#include "daemon/config.hpp"

namespace tillgate {

inline constexpr int kExitOk = 0;
inline constexpr int kExitStorage = 70;
inline constexpr int kExitLink = 71;
inline constexpr int kExitUnavailable = 75;  // an address or socket is taken; trying again may help
inline constexpr int kExitConfig = 78;       // config or schema: restarting does not help

class App {
 public:
  App(Config config, std::string version);
  ~App();
  // Runs until SIGTERM or SIGINT, or until something ends the process. The exit code.
  [[nodiscard]] int run();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate
