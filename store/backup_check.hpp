// Is this database file, which nobody has open, whole? Structure as far as its size allows (as after an unclean stop), and the whole
// ledger by its chain of digests. For a copy before it is sealed and for a backup before it is put in place.
#pragma once

#include <filesystem>
#include <functional>

#include "core/change.hpp"
#include "core/result.hpp"

namespace tillgate {

struct CheckedDatabase {
  Epoch epoch;    // the life it was in
  Position head;  // its last ledger row
  int schema = 0;
  std::int64_t bytes = 0, customers = 0;
};
// `progress`: rows checked, rows there are; false: stop, Errc::unavailable. Errc::corrupt: it is not whole; the file is left as it was.
[[nodiscard]] Result<CheckedDatabase> check_database(const std::filesystem::path& file,
                                                     const std::function<bool(std::int64_t, std::int64_t)>& progress);

}  // namespace tillgate
