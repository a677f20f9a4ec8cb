#include "daemon/backup_job.hpp"

#include <algorithm>
#include <future>
#include <system_error>
#include <vector>

#include "store/backup_check.hpp"
#include "store/byte_file.hpp"
#include "store/page_copy.hpp"

namespace tillgate {

namespace {

constexpr std::string_view kEnding = ".backup", kPart = ".part";
constexpr std::size_t kStampChars = 19;                       // 20261128T061500123Z
constexpr std::int64_t kRoomBeside = std::int64_t{32} << 20;  // for what the terminals write meanwhile
constexpr milliseconds kStopLooked{100};

std::filesystem::path copy_file(const BackupPlan& plan) {
  return plan.data_dir / "tillgate.db.copy";
}

std::string stamp_of(Timestamp at) {
  std::string text = to_text(at);  // 2026-11-28T06:15:00.123Z
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return text;
}

// Newest first, by their names.
std::vector<std::string> backups_in(const BackupPlan& plan, std::string_view ending) {
  const std::string start = plan.store.value + "-";
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(backup_folder(plan.data_dir), error), end; !error && entry != end;
       entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (name.size() == start.size() + kStampChars + ending.size() && name.starts_with(start) && name.ends_with(ending))
      names.push_back(std::move(name));
  }
  std::sort(names.rbegin(), names.rend());
  return names;
}

Result<> copy_database(Store& store, const BackupPlan& plan, const StepProgress& progress) {
  struct Shared {
    std::promise<Result<>> promise;
    std::atomic<std::int64_t> done{0}, total{0};
  };
  // The copy may outlive our patience: what its callbacks touch is theirs as well.
  const auto shared = std::make_shared<Shared>();
  auto ended = shared->promise.get_future();
  CopyOrder order;
  order.into = copy_file(plan).string();
  order.on_progress = [shared](std::int64_t done, std::int64_t total) {
    shared->done = done;
    shared->total = total;
  };
  order.done = [shared](Result<> result) { shared->promise.set_value(std::move(result)); };
  if (!store.copy(std::move(order))) return fail(Errc::busy, "nothing can be written now, or too much waits to be");
  while (ended.wait_for(kStopLooked) != std::future_status::ready)
    if (!progress("copying", shared->done, shared->total)) return fail(Errc::unavailable, "it was stopped before it was done");
  return ended.get();
}

// Whoever restores this backup finds beside it who was erased, also where everything else is gone.
Result<> write_erased_list(const BackupPlan& plan) {
  auto erased = erased_in(copy_file(plan));
  if (!erased) return fail(erased.error());
  auto known = read_erased_list(plan.data_dir / kErasedListName);
  if (!known && known.error().code != Errc::not_found) return fail(known.error());
  if (known) erased->insert(known->begin(), known->end());
  return add_to_erased_list(backup_folder(plan.data_dir) / kErasedListName, *erased);
}

Result<MadeBackup> seal_copy(Store& store, const BackupPlan& plan, const StepProgress& progress) {
  const auto tell = [&](std::string_view step) {
    return [&progress, step](std::int64_t done, std::int64_t total) { return progress(step, done, total); };
  };
  auto checked = check_database(copy_file(plan), tell("checking"));
  if (!checked) return fail(checked.error());
  if (auto listed = write_erased_list(plan); !listed) return fail(listed.error());
  MadeBackup made;
  made.customers = checked->customers;
  made.header = BackupHeader{plan.org, plan.store, store.sealer().key_id(), plan.now, plan.program, checked->schema, checked->epoch, checked->head, checked->bytes};
  made.file = plan.store.value + "-" + stamp_of(plan.now) + std::string(kEnding);
  made.bytes = sealed_bytes(made.header);
  auto sealed = seal_backup(copy_file(plan), made.header, store.sealer().backup_key(), backup_folder(plan.data_dir) / made.file, tell("sealing"));
  if (!sealed) return fail(sealed.error());
  return made;
}

}  // namespace

std::filesystem::path backup_folder(const std::filesystem::path& data_dir) {
  return data_dir / "backups";
}

Result<MadeBackup> make_backup(Store& store, const BackupPlan& plan, const StepProgress& progress) {
  const auto folder = backup_folder(plan.data_dir);
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return fail(Errc::unavailable, folder.string() + " cannot be made: " + error.message());
  const auto figures = store.counters();
  if (auto room = require_room(plan.data_dir, 2 * (figures.database_bytes + figures.wal_bytes) + kRoomBeside); !room) return fail(room.error());
  auto copied = copy_database(store, plan, progress);
  auto made = copied ? seal_copy(store, plan, progress) : fail(copied.error());
  remove_copy(copy_file(plan).string());
  if (!made) return made;
  // The oldest go first; before them those with a date that has not come yet, by a clock that was wrong once.
  auto names = backups_in(plan, kEnding);
  std::erase(names, made->file);
  std::stable_partition(names.begin(), names.end(), [&](const std::string& name) { return name < made->file; });
  for (auto n = static_cast<std::size_t>(plan.kept - 1); n < names.size(); ++n) std::filesystem::remove(folder / names[n], error);
  return made;
}

std::optional<MadeBackup> newest_backup(const BackupPlan& plan) {
  for (const std::string& name : backups_in(plan, kEnding)) {
    auto header = read_backup_header(backup_folder(plan.data_dir) / name);
    if (header) return MadeBackup{*header, name, sealed_bytes(*header), 0};
  }
  return std::nullopt;
}

Result<> add_to_erased_lists(const std::filesystem::path& data_dir, const ErasedList& erased) {
  Result<> all;
  for (const auto& folder : {data_dir, backup_folder(data_dir)}) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) continue;  // no backup yet: the first one writes its own
    auto done = add_to_erased_list(folder / kErasedListName, erased);
    if (!done && all) all = std::move(done);
  }
  return all;
}

void remove_unfinished_backup(const BackupPlan& plan) {
  remove_copy(copy_file(plan).string());
  std::error_code error;
  for (const std::string& name : backups_in(plan, std::string(kEnding) + std::string(kPart)))
    std::filesystem::remove(backup_folder(plan.data_dir) / name, error);
}

}  // namespace tillgate
