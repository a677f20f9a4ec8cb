// Counts how often the process ended because storage failed (P4: no lies after a storage error). The first failures restart the
// process, and recovery decides; the third within 10 minutes leaves the gateway read-only and alarming instead of looping.
// The count lives in the runtime directory: it survives a restart of the service and dies with the power, like the moments it
// holds (CLOCK_BOOTTIME).
#pragma once

#include <filesystem>
#include <string>

#include "core/time.hpp"

namespace tillgate {

class StorageFaults {
 public:
  explicit StorageFaults(std::filesystem::path runtime_dir);
  // Best effort: the disk is the thing that fails here, so nothing depends on success.
  void record(Time now) const;
  // A new beginning: the database that failed is out of use.
  void forget() const;
  // True after three faults within the 10 minutes before `now`.
  [[nodiscard]] bool is_too_many(Time now) const;

 private:
  std::filesystem::path file_;
};

}  // namespace tillgate
