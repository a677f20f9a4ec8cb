// Carries one import on, a little at a time: first the whole file is hashed and every row judged, then rows become customers. What has
// not begun to be written can be refused; what has, cannot: a row that was judged good is one that the store takes, and what stands in
// its way (a full disk, a restart) passes. Every customer's id follows from the file's hash and the row, so a chunk that is written
// again after a crash writes nothing twice, however long ago that was.
// Blocking: waits for the store's answers. Thread: the imports'.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "core/mailbox.hpp"
#include "daemon/import_files.hpp"
#include "daemon/import_reader.hpp"

namespace tillgate {

// Of the customer that row `row` of a file makes, whoever imports it and whenever.
[[nodiscard]] CommandKey import_key(const Digest& file, std::int64_t row);

class ImportRun {
 public:
  using Done = std::function<void(Result<CommandOutcome>)>;
  using Submit = std::function<bool(Command, Done)>;  // as Store::submit
  // Both outlive the run.
  ImportRun(const ImportFiles& files, const Submit& submit) : files_(files), submit_(submit) {}

  enum class Step : std::uint8_t {
    more,   // go on
    later,  // something is in the way that passes: try again in a moment
    ended,  // `job` says how
  };
  // The next step of a job that is checking or writing. An error is one of its files'.
  [[nodiscard]] Result<Step> step(ImportJob& job);
  // Notes the end of what was being written.
  [[nodiscard]] Step note_end(const ImportJob& job, std::string_view outcome);

 private:
  [[nodiscard]] Result<Step> hash(ImportJob& job);
  [[nodiscard]] Result<Step> check(ImportJob& job);
  [[nodiscard]] Result<Step> begin_writing(ImportJob& job);
  [[nodiscard]] Result<Step> write(ImportJob& job);
  [[nodiscard]] Result<> open(const ImportJob& job);
  [[nodiscard]] Result<> report(ImportJob& job, std::string_view lines);
  [[nodiscard]] Result<> begin_report(ImportJob& job);
  // In the order of the commands; none: the store takes nothing now.
  [[nodiscard]] std::optional<std::vector<Result<CommandOutcome>>> run(std::vector<Command> commands);

  struct Answered {
    std::size_t at;
    Result<CommandOutcome> outcome;
  };
  const ImportFiles& files_;
  const Submit& submit_;
  Mailbox<Answered> answers_{kImportChunkRows};
  std::unique_ptr<Hasher> hasher_;
  std::int64_t hashed_ = 0;
  bool is_hashed_ = false;
  std::optional<ImportOptions> options_;  // what the reader reads by
  std::optional<ImportReader> reader_;
};

}  // namespace tillgate
