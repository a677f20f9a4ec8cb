// Backups: the shell around one backup (daemon/backup_job.hpp). Makes one when asked and every storage.backup_every, notes each in the
// ledger, and keeps the lists of the erased, beside the database and beside the backups, up to date all the time: an erasure that only
// the database knew of would be undone by a restore after the database was lost.
// Thread: logic; the work itself on a thread of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <memory>

#include "core/command.hpp"
#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

class Backups {
 public:
  // Looks for the newest one, into gateway.backup, and removes what a crash left of one.
  Backups(boost::asio::io_context& io, Gateway& gateway);
  ~Backups();
  Backups(const Backups&) = delete;
  Backups& operator=(const Backups&) = delete;

  void start();           // from now on; before, only what is asked for
  void begin(Actor who);  // now, unless one is running
  void list_erased();     // now; then every few seconds, once started
  void stop();

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

// Once more when the store was closed: who was erased a moment before the stop, too.
void list_erased_in(const std::filesystem::path& data_dir);

[[nodiscard]] bool is_backup_due(const BackupState& state, std::optional<milliseconds> every, Timestamp now);

// GET and POST /api/v1/backup.
void add_backup_api(Router& router, Gateway& gateway, Backups& backups);

}  // namespace tillgate
