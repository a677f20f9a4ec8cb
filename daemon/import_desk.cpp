#include "daemon/import_desk.hpp"

#include <algorithm>
#include <utility>

#include "service/log.hpp"

namespace tillgate {

namespace {

constexpr std::int64_t kSaveEveryRows = 4096;
constexpr std::int64_t kSaveEverySeconds = 600;

void say_ended(const ImportJob& job) {
  const std::string id = job.id.text();
  log::info("import", "ended",
            {{"import", std::string_view(id)},
             {"state", name_of(job.state)},
             {"rows", job.place.rows},
             {"created", job.counts.created},
             {"unchanged", job.counts.unchanged},
             {"bad", job.counts.bad}});
}

}  // namespace

ImportDesk::ImportDesk(World world) : world_(std::move(world)), files_(world_.folder) {}

Result<> ImportDesk::load(Seq head) {
  auto jobs = files_.load();
  if (!jobs) return fail(jobs.error());
  for (auto& job : *jobs) {
    if (job.state == ImportState::receiving) job.received = std::min(files_.rows_bytes(job.id), job.options.bytes);
    // A part may have come in whole right before the process ended.
    if (job.state == ImportState::receiving && job.received == job.options.bytes) job.state = ImportState::checking;
    // The database was put back: what it lost of this import is written again, from the first row on.
    if (job.state == ImportState::writing && head < job.last_seq) {
      job.place = {};
      job.counts = {};
      job.report_bytes = 0;
      job.first_seq = std::min(job.first_seq, head);
    }
    if (!has_ended(job.state)) {
      const std::string id = job.id.text();
      log::info("import", "goes on after a restart",
                {{"import", std::string_view(id)}, {"state", name_of(job.state)}, {"rows", job.place.rows}});
    }
    jobs_.emplace(job.id, std::move(job));
  }
  return {};
}

Result<std::variant<ImportDesk::Begun, KeyReused>> ImportDesk::begin(const CommandKey& key, const Actor& actor,
                                                                     const ImportOptions& options) {
  using Answer = std::variant<Begun, KeyReused>;
  const ImportId id(change_id_of(key));
  const ChangeIdRange same_key = changes_of_same_key(ChangeId(id));
  const auto known = jobs_.lower_bound(ImportId(same_key.first));
  if (known != jobs_.end() && known->first <= ImportId(same_key.last))
    return known->first == id ? Answer(Begun{known->second, false}) : Answer(KeyReused{});
  std::size_t unfinished = 0;
  for (const auto& [other, job] : jobs_) {
    if (has_ended(job.state)) continue;
    ++unfinished;
    if (job.options == options) return Answer(Begun{job, false});
    if (job.options.file == options.file)
      return fail(Errc::conflict,
                  "This file is being imported with other options; let that import end, or delete it. It is " + other.text());
  }
  if (unfinished >= kUnfinishedMax) return fail(Errc::busy, "Four imports are unfinished; let one end, or delete one.");
  if (auto room = files_.check_room(options.bytes); !room) return fail(room.error());
  ImportJob job;
  job.id = id;
  job.actor = actor;
  job.options = options;
  job.began_at = world_.now();
  if (auto saved = files_.save(job); !saved) return fail(saved.error());
  const std::string text = id.text();
  log::info("import", "begun", {{"import", std::string_view(text)}, {"bytes", options.bytes}, {"dry_run", options.is_dry_run}});
  jobs_[id] = job;
  trim();
  return Answer(Begun{job, true});
}

Result<ImportJob> ImportDesk::receive(const ImportId& id, std::int64_t at, std::string_view bytes) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return fail(Errc::not_found, "There is no import with this id.");
  ImportJob& job = found->second;
  const auto end = at + static_cast<std::int64_t>(bytes.size());
  if (end > job.options.bytes) return fail(Errc::invalid, "This goes beyond the size that the import was begun with.");
  if (job.state != ImportState::receiving || end <= job.received) return job;  // a repeat
  if (at > job.received)
    return fail(Errc::conflict, "There is a gap before this part; go on from byte " + std::to_string(job.received) + ".");
  bytes.remove_prefix(static_cast<std::size_t>(job.received - at));
  if (auto written = files_.append_rows(id, job.received, bytes); !written) return fail(written.error());
  job.received = end;
  const bool was_idle = std::exchange(job.idle_seconds, 0) > 0;
  if (job.received == job.options.bytes) job.state = ImportState::checking;
  if (was_idle || job.state == ImportState::checking) {
    if (auto saved = files_.save(job); !saved) return fail(saved.error());
  }
  if (world_.on_progress) world_.on_progress(job);
  return job;
}

Result<ImportJob> ImportDesk::find(const ImportId& id) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return fail(Errc::not_found, "There is no import with this id.");
  return found->second;
}

std::vector<ImportJob> ImportDesk::list() const {
  std::vector<ImportJob> jobs;
  for (const auto& [id, job] : jobs_) jobs.push_back(job);
  std::sort(jobs.begin(), jobs.end(), [](const auto& one, const auto& other) { return one.began_at > other.began_at; });
  return jobs;
}

Result<ImportDesk::ReportPart> ImportDesk::report(const ImportId& id, std::int64_t at) const {
  auto job = find(id);
  if (!job) return fail(job.error());
  const std::int64_t left = std::max<std::int64_t>(job->report_bytes - at, 0);
  auto text = files_.read_report(id, at, static_cast<std::size_t>(std::min<std::int64_t>(left, kReportPartBytes)));
  if (!text) return fail(text.error());
  ReportPart part;
  const auto next = at + static_cast<std::int64_t>(text->size());
  part.next = next < job->report_bytes || !has_ended(job->state) ? next : 0;
  part.text = std::move(*text);
  return part;
}

Result<ImportJob> ImportDesk::cancel(const ImportId& id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return fail(Errc::not_found, "There is no import with this id.");
  ImportJob& job = found->second;
  if (has_ended(job.state)) return job;
  if (job.state == ImportState::writing) {
    if (job.options.mode == ImportMode::all_or_nothing)
      return fail(Errc::conflict, "This import is all or nothing, and has begun to be written; it is finished.");
    ImportRun noting(files_, world_.submit);
    if (noting.note_end(job, "cancelled") == ImportRun::Step::later)
      return fail(Errc::busy, "The store takes no writes at this moment; try again.");
  }
  end(job, ImportState::cancelled);
  return job;
}

ImportJob* ImportDesk::next_job() {
  if (running_) {
    const auto found = jobs_.find(*running_);
    if (found != jobs_.end() && !has_ended(found->second.state)) return &found->second;
  }
  running_.reset();
  run_.reset();
  // What is being written goes on before anything else is begun.
  ImportJob* next = nullptr;
  for (auto& [id, job] : jobs_) {
    if (job.state != ImportState::checking && job.state != ImportState::writing) continue;
    const bool is_before = !next || job.state > next->state || (job.state == next->state && job.began_at < next->began_at);
    if (is_before) next = &job;
  }
  if (next) {
    running_ = next->id;
    run_ = std::make_unique<ImportRun>(files_, world_.submit);
  }
  return next;
}

bool ImportDesk::step() {
  ImportJob* job = next_job();
  if (!job) return false;
  const ImportState before = job->state;
  auto done = run_->step(*job);
  if (!done) {
    log::warn_limited("import-files", seconds(60), "import", "the files of an import cannot be used; it waits",
                      {{"error", std::string_view(done.error().what)}, {"detail", std::string_view(done.error().detail)}});
    return false;
  }
  if (*done == ImportRun::Step::later)
    log::warn_limited("import-waits", seconds(60), "import", "the store takes no writes at this moment; the import waits");
  if (*done == ImportRun::Step::ended) {
    end(*job, job->state);
    return true;
  }
  if (job->state != before || job->place.rows - saved_rows_[job->id] >= kSaveEveryRows) (void)save(*job);
  if (world_.on_progress) world_.on_progress(*job);
  return *done == ImportRun::Step::more;
}

// Where it cannot be saved it is done again after a restart, and nothing twice.
bool ImportDesk::save(const ImportJob& job) {
  auto saved = files_.save(job);
  if (!saved)
    log::warn_limited("import-save", seconds(60), "import", "how far an import is cannot be saved",
                      {{"error", std::string_view(saved.error().what)}, {"detail", std::string_view(saved.error().detail)}});
  saved_rows_[job.id] = job.place.rows;
  return saved.has_value();
}

void ImportDesk::end(ImportJob& job, ImportState state) {
  job.state = state;
  job.ended_at = world_.now();
  job.idle_seconds = 0;
  // An end that nobody will know of after a restart is come to once more, and needs its rows for that.
  if (save(job)) files_.remove_rows(job.id);
  saved_rows_.erase(job.id);
  if (running_ == job.id) {
    running_.reset();
    run_.reset();
  }
  say_ended(job);
  if (world_.on_progress) world_.on_progress(job);
}

void ImportDesk::let_time_pass(seconds running) {
  std::vector<ImportId> old;
  for (auto& [id, job] : jobs_) {
    if (job.state == ImportState::checking || job.state == ImportState::writing) continue;
    const std::int64_t before = job.idle_seconds;
    job.idle_seconds += running.count();
    if (job.state == ImportState::receiving && job.idle_seconds >= kImportAbandoned.count()) {
      end(job, ImportState::abandoned);
    } else if (has_ended(job.state) && job.idle_seconds >= kImportForgotten.count()) {
      old.push_back(id);
    } else if (before / kSaveEverySeconds != job.idle_seconds / kSaveEverySeconds) {
      (void)save(job);
    }
  }
  for (const ImportId& id : old) {
    files_.forget(id);
    jobs_.erase(id);
  }
}

void ImportDesk::trim() {
  while (jobs_.size() > kImportsKept) {
    auto oldest = jobs_.end();
    for (auto job = jobs_.begin(); job != jobs_.end(); ++job) {
      if (has_ended(job->second.state) && (oldest == jobs_.end() || job->second.began_at < oldest->second.began_at))
        oldest = job;
    }
    if (oldest == jobs_.end()) return;
    files_.forget(oldest->first);
    jobs_.erase(oldest);
  }
}

}  // namespace tillgate
