// All imports of this store: begun, received, carried on one after the other, ended, forgotten. Survives the process: what was not
// finished is gone on with. Limits: kUnfinishedMax at once, kImportsKept remembered.
//
// Time is how long the daemon has been running, added up: a clock that jumps cannot make it forget early, and a box that was off has
// not waited.
// Thread: the imports' (daemon/importing.hpp); blocking.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/import_run.hpp"

namespace tillgate {

inline constexpr std::size_t kUnfinishedMax = 4;
inline constexpr std::size_t kImportsKept = 100;
inline constexpr seconds kImportAbandoned{24 * 3600};       // without a part
inline constexpr seconds kImportForgotten{30 * 24 * 3600};  // after its end, with its report
inline constexpr std::size_t kReportPartBytes = 512 * 1024;

class ImportDesk {
 public:
  struct World {
    std::filesystem::path folder;
    ImportRun::Submit submit;
    std::function<Timestamp()> now;                     // for people
    std::function<void(const ImportJob&)> on_progress;  // after every step; may be null
  };
  explicit ImportDesk(World world);

  // What an earlier process left. `head`: of the ledger, as it was opened.
  [[nodiscard]] Result<> load(Seq head);

  struct Begun {
    ImportJob job;
    bool is_new = false;
  };
  // `key`: of the request; the same one again finds the import that it began. An unfinished import of the same file with the same
  // options is that import, whoever asks. Errc::conflict: there is one with other options; busy: too many; full: no room.
  [[nodiscard]] Result<std::variant<Begun, KeyReused>> begin(const CommandKey& key, const Actor& actor,
                                                             const ImportOptions& options);
  // Bytes of the file from `at` on. What is there already is passed over; Errc::conflict: a gap.
  [[nodiscard]] Result<ImportJob> receive(const ImportId& id, std::int64_t at, std::string_view bytes);
  // Errc::not_found
  [[nodiscard]] Result<ImportJob> find(const ImportId& id) const;
  [[nodiscard]] std::vector<ImportJob> list() const;  // newest first
  struct ReportPart {
    std::string text;
    std::int64_t next = 0;  // 0: that was all, of an import that has ended
  };
  [[nodiscard]] Result<ReportPart> report(const ImportId& id, std::int64_t at) const;
  // Errc::conflict: what is all or nothing and has begun to be written is finished.
  [[nodiscard]] Result<ImportJob> cancel(const ImportId& id);

  // The next step of the import whose turn it is. False: there is nothing to do now, or something is in the way.
  [[nodiscard]] bool step();
  void let_time_pass(seconds running);

 private:
  using Jobs = std::map<ImportId, ImportJob>;
  [[nodiscard]] ImportJob* next_job();
  [[nodiscard]] bool save(const ImportJob& job);  // false: a restart will not know of it
  void end(ImportJob& job, ImportState state);
  void trim();

  World world_;
  ImportFiles files_;
  Jobs jobs_;
  std::map<ImportId, std::int64_t> saved_rows_;  // how far the job on the disk is
  std::optional<ImportId> running_;
  std::unique_ptr<ImportRun> run_;
};

}  // namespace tillgate
