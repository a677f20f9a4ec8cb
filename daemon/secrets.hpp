// The organisation's keys: 64 hex digits each, from the files named in the config or from systemd's credentials directory.
#pragma once

#include "core/result.hpp"
#include "daemon/config.hpp"
#include "store/seal.hpp"

namespace tillgate {

[[nodiscard]] Result<SealKeys> load_keys(const Config::Security& security);

}  // namespace tillgate
