#include "daemon/import_run.hpp"

#include <algorithm>
#include <utility>

#include "daemon/import_report.hpp"

namespace tillgate {

namespace {

using Step = ImportRun::Step;

constexpr std::size_t kHashBytes = 1024 * 1024;

Step refuse(ImportJob& job, std::vector<ImportFault> faults) {
  job.faults = std::move(faults);
  job.state = ImportState::refused;
  return Step::ended;
}

Step refuse(ImportJob& job, std::string code, std::string sentence) {
  return refuse(job, {{std::move(code), std::move(sentence)}});
}

std::string_view mode_of(const ImportJob& job) {
  return job.options.mode == ImportMode::skip_bad ? "skip_bad" : "all_or_nothing";
}

// A key of its own for each of an import's notes.
WriteNote note_of(const ImportJob& job, std::string kind) {
  WriteNote command;
  command.actor = job.actor;
  command.key = CommandKey{job.id.text(), "import note " + kind, hash_of(job.id.text())};
  command.kind = std::move(kind);
  command.about = job.id;
  command.reason = "import";
  command.correlation_id = job.id.text();
  command.note.facts = {{"file", job.options.file.text()},
                        {"bytes", std::to_string(job.options.bytes)},
                        {"mode", std::string(mode_of(job))},
                        {"rows", std::to_string(job.rows_total)}};
  return command;
}

CreateCustomer create_of(const ImportJob& job, const ImportRow& row) {
  CreateCustomer command;
  command.actor = job.actor;
  command.key = import_key(job.options.file, row.row);
  command.patch = row.patch;
  command.reason = "import";
  command.correlation_id = job.id.text();
  return command;
}

// These concern the row; anything else passes.
bool is_of_the_row(const Error& error) {
  return error.code == Errc::invalid || error.code == Errc::conflict || error.code == Errc::unsupported ||
         error.code == Errc::not_found;
}

// What became of a row. `counts` and `report` are told.
void tell(ImportJob& job, ImportRow& row, const Result<CommandOutcome>& outcome, std::string& report) {
  const CustomerId id = customer_id_of(import_key(job.options.file, row.row));
  const auto* committed = outcome ? std::get_if<Committed>(&*outcome) : nullptr;
  if (committed) {
    // Written by this import, in an earlier life of the process perhaps, or by an earlier import of the same file.
    const bool is_ours = !committed->is_replay || committed->seq > job.first_seq;
    ++(is_ours ? job.counts.created : job.counts.unchanged);
    job.last_seq = std::max(job.last_seq, committed->seq);
    return add_report_line(report, row, is_ours ? "created" : "unchanged", &id);
  }
  if (!outcome && outcome.error().code == Errc::not_found) {
    ++job.counts.unchanged;
    row.faults.push_back({"row", "erased", "This row was imported before, and the customer was erased since; it stays so."});
    return add_report_line(report, row, "unchanged", &id);
  }
  ++job.counts.bad;
  row.faults.push_back({"row", "refused", outcome ? "The store did not take this row." : outcome.error().what});
  add_report_line(report, row, "bad", nullptr);
}

}  // namespace

CommandKey import_key(const Digest& file, std::int64_t row) {
  // Shaped like a key with a time, so that the ids of one file lie together in the order of its rows: inserting them is cheap. The time
  // is none: 16 bits of the hash and the row; it lies before 2005, so no terminal's key is among them.
  const auto lead = static_cast<std::int64_t>(file.bytes[0]) << 8 | file.bytes[1];
  std::array<std::uint8_t, 10> rest{};
  std::copy_n(file.bytes.begin() + 2, rest.size(), rest.begin());
  const Uuid key = uuid_v7(timestamp_from_ms((lead << 24) + row), rest);
  static const Digest request = hash_of("a row of an imported file");
  return CommandKey{key.text(), "import " + file.text(), request};
}
static_assert(kImportRowsMax < (std::int64_t{1} << 24));

Result<Step> ImportRun::step(ImportJob& job) {
  if (job.state == ImportState::writing) return write(job);
  return is_hashed_ ? check(job) : hash(job);
}

Result<Step> ImportRun::hash(ImportJob& job) {
  if (!hasher_) hasher_ = std::make_unique<Hasher>();
  auto bytes = files_.read_rows(job.id, hashed_, kHashBytes);
  if (!bytes) return fail(bytes.error());
  hasher_->add(*bytes);
  hashed_ += static_cast<std::int64_t>(bytes->size());
  if (bytes->size() == kHashBytes) return Step::more;
  is_hashed_ = true;
  if (hashed_ != job.options.bytes || hasher_->finish() != job.options.file)
    return refuse(job, "hash_mismatch", "What arrived is not the file whose hash was given; send it again.");
  if (auto opened = open(job); !opened) return fail(opened.error());
  auto faults = reader_->open();
  if (!faults) return fail(faults.error());
  if (!faults->empty()) return refuse(job, std::move(*faults));
  job.place = reader_->first();
  job.counts = {};
  if (auto begun = begin_report(job); !begun) return fail(begun.error());
  return Step::more;
}

Result<> ImportRun::open(const ImportJob& job) {
  options_ = job.options;
  reader_.emplace(*options_,
                  [this, id = job.id](std::int64_t at, std::size_t bytes) { return files_.read_rows(id, at, bytes); });
  return {};
}

Result<> ImportRun::begin_report(ImportJob& job) {
  job.report_bytes = 0;
  return report(job, kReportHeader);
}

Result<> ImportRun::report(ImportJob& job, std::string_view lines) {
  auto done = files_.append_report(job.id, job.report_bytes, lines);
  if (done) job.report_bytes += static_cast<std::int64_t>(lines.size());
  return done;
}

Result<Step> ImportRun::check(ImportJob& job) {
  auto chunk = reader_->next(job.place);
  if (!chunk) return fail(chunk.error());
  if (chunk->fault) return refuse(job, {*chunk->fault});
  std::string lines;
  ImportCounts counts = job.counts;
  for (const ImportRow& row : chunk->rows) {
    ++(row.faults.empty() ? counts.good : counts.bad);
    add_report_line(lines, row, row.faults.empty() ? "good" : "bad", nullptr);
  }
  if (auto done = report(job, lines); !done) return fail(done.error());
  job.counts = counts;
  job.place = chunk->next;
  if (!chunk->is_end) return Step::more;
  job.rows_total = job.place.rows;
  if (job.options.is_dry_run) {
    job.state = ImportState::done;
    return Step::ended;
  }
  if (job.options.mode == ImportMode::all_or_nothing && job.counts.bad > 0)
    return refuse(job, "bad_rows", "Some rows are faulty; nothing was written. The report names them.");
  return begin_writing(job);
}

Result<Step> ImportRun::begin_writing(ImportJob& job) {
  std::vector<Command> note;
  note.emplace_back(note_of(job, "import_begin"));
  auto outcomes = run(std::move(note));
  const auto* noted = outcomes && outcomes->front() ? std::get_if<Noted>(&*outcomes->front()) : nullptr;
  if (!noted) return Step::later;  // the next step finds no further row and comes here again
  ImportJob writing = job;
  writing.first_seq = writing.last_seq = noted->seq;
  writing.place = reader_->first();
  writing.counts = {};
  if (auto begun = begin_report(writing); !begun) return fail(begun.error());
  writing.state = ImportState::writing;
  job = std::move(writing);
  return Step::more;
}

Result<Step> ImportRun::write(ImportJob& job) {
  if (!reader_) {  // after a restart
    if (auto opened = open(job); !opened) return fail(opened.error());
    auto faults = reader_->open();
    if (!faults) return fail(faults.error());
    if (job.place.offset < reader_->first().offset) job.place = reader_->first();
    if (job.report_bytes == 0) {
      if (auto begun = begin_report(job); !begun) return fail(begun.error());
    }
  }
  auto chunk = reader_->next(job.place);
  if (!chunk) return fail(chunk.error());
  std::vector<Command> commands;
  for (const ImportRow& row : chunk->rows) {
    if (row.faults.empty()) commands.emplace_back(create_of(job, row));
  }
  auto outcomes = run(std::move(commands));
  if (!outcomes) return Step::later;
  ImportJob after = job;
  std::string lines;
  std::size_t asked = 0;
  for (ImportRow& row : chunk->rows) {
    if (row.faults.empty()) {
      tell(after, row, (*outcomes)[asked++], lines);
    } else {
      ++after.counts.bad;
      add_report_line(lines, row, "bad", nullptr);
    }
  }
  after.place = chunk->next;
  if (auto done = report(after, lines); !done) return fail(done.error());
  job = std::move(after);
  if (!chunk->is_end) return Step::more;
  if (note_end(job, "done") == Step::later) return Step::later;
  job.state = ImportState::done;
  return Step::ended;
}

Step ImportRun::note_end(const ImportJob& job, std::string_view outcome) {
  WriteNote note = note_of(job, "import_end");
  const auto fact = [&](const char* name, std::int64_t count) { note.note.facts.emplace_back(name, std::to_string(count)); };
  note.note.facts.emplace_back("outcome", std::string(outcome));
  fact("created", job.counts.created);
  fact("unchanged", job.counts.unchanged);
  fact("bad", job.counts.bad);
  std::vector<Command> commands;
  commands.emplace_back(std::move(note));
  auto outcomes = run(std::move(commands));
  return outcomes && outcomes->front() ? Step::ended : Step::later;
}

std::optional<std::vector<Result<CommandOutcome>>> ImportRun::run(std::vector<Command> commands) {
  std::vector<Result<CommandOutcome>> outcomes(commands.size(), Result<CommandOutcome>(fail(Errc::busy, "")));
  std::size_t asked = 0;
  bool is_refused = false;
  for (std::size_t at = 0; at < commands.size() && !is_refused; ++at) {
    const bool is_taken = submit_(std::move(commands[at]), [this, at](Result<CommandOutcome> outcome) {
      (void)answers_.push(Answered{at, std::move(outcome)});  // has room for all that are asked
    });
    is_refused = !is_taken;
    asked += is_taken ? 1 : 0;
  }
  // Every answer that was promised is waited for: it comes to this object.
  while (asked > 0) {
    for (auto& answered : answers_.take(kImportChunkRows)) {
      outcomes[answered.at] = std::move(answered.outcome);
      --asked;
    }
  }
  const bool is_in_the_way = std::any_of(outcomes.begin(), outcomes.end(),
                                         [](const auto& outcome) { return !outcome && !is_of_the_row(outcome.error()); });
  if (is_in_the_way) return std::nullopt;
  return outcomes;
}

}  // namespace tillgate
