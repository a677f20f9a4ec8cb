// `tillgatectl backup`: asks the gateway for a backup and waits until it is made.
#pragma once

#include <string>

namespace tillgate {

// The exit code: 0 made; 69 the gateway does not answer; 74 it could not make one; 77 it refuses.
[[nodiscard]] int run_backup(const std::string& socket, bool as_json);

}  // namespace tillgate
