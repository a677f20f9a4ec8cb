// `tillgatectl restore`: puts a backup in the place of a stopped store's database (store/offline_restore.hpp).
#pragma once

#include <string>
#include <vector>

namespace tillgate {

struct RestoreArguments {
  std::string file, store;
  std::string data_dir = "/var/lib/tillgate";
  std::string pii_key_file, index_key_file;  // empty: systemd's credentials
  std::vector<std::string> erased_from;
  bool may_lack_list = false, as_json = false;
};

// The exit code: 0 done; 65 no backup that can be restored; 74 a file cannot be read or written; 75 the gateway runs.
[[nodiscard]] int run_restore(const RestoreArguments& arguments);

}  // namespace tillgate
