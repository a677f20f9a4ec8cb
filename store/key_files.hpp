// The organisation's keys: 64 hex digits each, from the files that are named or from systemd's credentials directory.
#pragma once

#include <string>

#include "core/result.hpp"
#include "store/seal.hpp"

namespace tillgate {

struct KeyFiles {
  std::string id;          // of both, as the config names it
  std::string pii, index;  // empty: the credentials pii-key and index-key
};
// Errc::invalid, with what to do.
[[nodiscard]] Result<SealKeys> load_keys(const KeyFiles& files);

}  // namespace tillgate
