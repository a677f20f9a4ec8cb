// Gateway: what the parts of the running daemon share, built by App and passed by reference. Holds no behaviour.
// Thread: logic.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "daemon/config.hpp"
#include "daemon/notices.hpp"
#include "service/metrics.hpp"
#include "store/store.hpp"

namespace tillgate {

enum class Mode : std::uint8_t {
  normal,
  read_only,  // storage failed three times within 10 minutes: serve reads, accept nothing, say so loudly
  disk_full,  // no room even to begin: serve reads; the process starts anew once there is room
};
[[nodiscard]] std::string_view name_of(Mode mode);

// What the replication shell last knew; for status pages.
struct LinkState {
  bool is_configured = false;
  bool is_online = false;
  bool is_silent = false;                  // connected, but head office does not acknowledge
  std::string reason;                      // why not online
  std::optional<Timestamp> since;          // of the last change of is_online
  std::optional<Timestamp> last_ack_at;    // head office's last receipt
  Seq acked = 0, head = 0;
  std::int64_t in_flight = 0, window = 0, rewinds = 0, timeouts = 0, forks = 0, batches_sent = 0;
  double acked_per_second = 0;
  bool is_clock_confirmed = false;
};

// What a full check of the database found (store/scrub.hpp).
struct ScrubResult {
  Timestamp finished_at;
  std::int64_t changes = 0, customers = 0, orders = 0, answers = 0, found = 0, skipped = 0;
  bool is_structure_checked = false;
  std::vector<std::string> findings;
};
struct ScrubState {
  bool is_running = false;
  std::string at;
  std::int64_t rows_read = 0;
  std::optional<ScrubResult> last;
};

// Of the customers who are forgotten after a time (daemon/retention.hpp).
struct RetentionState {
  bool is_running = false;
  std::optional<Timestamp> finished_at;  // the last run
  std::int64_t erased = 0;               // by it
};

// Of backups (daemon/backups.hpp).
struct BackupState {
  struct Made {
    Timestamp taken_at;
    std::string file;  // its name in <data_dir>/backups
    std::int64_t bytes = 0;
    Seq changes = 0;  // the last ledger row in it
  };
  struct Failure {
    Timestamp at;
    std::string why;
  };
  bool is_running = false;
  std::string step;  // "copying", "checking", "sealing"
  std::int64_t done = 0, total = 0;  // of that step, in its own units
  std::optional<Made> last;
  std::optional<Failure> failed;  // the last one, unless one was made since
  std::string list_fault;         // why the lists of the erased cannot be kept; empty: they are
};

struct Gateway {
  const Config& config;
  Store& store;
  Metrics& metrics;
  Mode mode = Mode::normal;
  Timestamp started_at;
  Time started_mono;
  std::string version;
  std::string config_hash;
  std::vector<std::string> set_aside{};  // names of damaged databases that lie in the data directory
  bool is_ready = false;
  bool is_stopping = false;
  LinkState link;
  ScrubState scrub{};
  RetentionState retention{};
  BackupState backup{};
  Notices notices{};
};

}  // namespace tillgate
