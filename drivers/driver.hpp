// What every driver offers, so that status pages and the watchdog can treat them alike.
#pragma once

#include <string>

namespace tillgate {

struct Health {
  bool is_up = false;
  std::string state;   // one word: "connected", "down", "stuck"
  std::string reason;  // one sentence when not up; no personal data, no secrets
};

}  // namespace tillgate
