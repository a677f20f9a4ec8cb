#include "store/offline_restore.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <set>
#include <system_error>

#include "store/backup_check.hpp"
#include "store/byte_file.hpp"
#include "store/files.hpp"
#include "store/page_copy.hpp"
#include "store/restore_erasures.hpp"
#include "store/set_aside.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kRoomBeside = std::int64_t{32} << 20;  // for the log while the erased are erased

struct KnownErased {
  ErasedList list;
  std::vector<std::string> sources, unreadable;
};

void add_source(KnownErased& known, const std::filesystem::path& file, bool must_be_there) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (must_be_there) known.unreadable.push_back("there is no " + file.string());
    return;
  }
  auto list = Connection::verdict_on(file.string()) == Connection::Verdict::readable ? erased_in(file) : read_erased_list(file);
  if (!list) return known.unreadable.push_back(file.string() + ": " + list.error().what);
  known.list.insert(list->begin(), list->end());
  known.sources.push_back(file.string());
}

Result<KnownErased> known_erased(const RestoreOptions& options, const std::filesystem::path& database) {
  KnownErased known;
  // What is damaged says nothing, and the others count; what was named by hand must be there.
  const auto beside = options.backup.has_parent_path() ? options.backup.parent_path() : std::filesystem::path(".");
  const std::set<std::filesystem::path> usual{options.data_dir / kErasedListName, beside / kErasedListName};
  std::error_code error;
  if (std::filesystem::exists(database, error)) {
    auto list = erased_in(database);
    if (list) {
      known.list.insert(list->begin(), list->end());
      known.sources.push_back(database.string());
    } else {
      known.unreadable.push_back(database.string() + ": " + list.error().what);
    }
  }
  for (const auto& file : usual) add_source(known, file, false);
  for (const auto& file : options.erased_from) {
    const std::size_t before = known.unreadable.size();
    add_source(known, file, true);
    if (known.unreadable.size() > before) return fail(Errc::invalid, known.unreadable.back());
  }
  if (known.sources.empty() && !options.may_lack_list)
    return fail(Errc::not_found,
                "nothing here says who was erased since this backup was made, and whoever was would come back. Give the " +
                    std::string(kErasedListName) + " that lay beside the store's backups, or another database of it");
  return known;
}

// Root restores for a daemon that is not root: what is made belongs to whom the folder belongs to.
Result<> give_to_owner_of(const std::filesystem::path& folder, const std::filesystem::path& file) {
  struct stat about {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &about) != 0) return {};
  if (::lchown(file.c_str(), about.st_uid, about.st_gid) != 0)
    return fail(Errc::unavailable, file.string() + " cannot be given to the owner of its folder");
  return {};
}

StoreOptions store_options(const RestoreOptions& options, const BackupHeader& header, const std::filesystem::path& file) {
  StoreOptions store;
  store.file = file;
  store.store = header.store;
  store.keys = options.keys;
  store.keys.id = header.key_id;
  store.read_clock = options.read_clock;
  store.fill_random = options.fill_random;
  store.bytes_max = std::int64_t{1} << 44;  // nothing of what was there is refused for want of room
  return store;
}

}  // namespace

std::filesystem::path restoring_beside(const std::filesystem::path& database) {
  return database.string() + ".restoring";
}

Result<Restored> restore_backup(const RestoreOptions& options) {
  const std::filesystem::path database = options.data_dir / "tillgate.db", fresh = restoring_beside(database);
  const auto tell = [&](std::string_view step) {
    return [&options, step](std::int64_t done, std::int64_t total) {
      if (options.on_progress) options.on_progress(step, done, total);
      return true;
    };
  };
  auto header = read_backup_header(options.backup);
  if (!header) return fail(header.error());
  std::error_code error;
  if (!std::filesystem::is_directory(options.data_dir, error))
    return fail(Errc::unavailable, options.data_dir.string() + " is no folder: make it first, for the user that tillgated runs as");
  // Held until all is done: nobody starts on a database that is about to be another one.
  auto lock = FileLock::take(database.string() + ".lock");
  if (!lock) return fail(lock.error());
  if (auto given = give_to_owner_of(options.data_dir, database.string() + ".lock"); !given) return fail(given.error());
  if (auto room = require_room(options.data_dir, header->bytes + kRoomBeside); !room) return fail(room.error());
  auto known = known_erased(options, database);
  if (!known) return fail(known.error());

  const auto give_up = [&](const Error& why) {
    remove_copy(fresh.string());
    std::filesystem::remove(fresh.string() + ".lock", error);
    return fail(why);
  };
  remove_copy(fresh.string());
  Restored restored;
  restored.sources = known->sources;
  restored.unreadable = known->unreadable;
  auto opened = open_backup(options.backup, backup_key(options.keys.pii), fresh, tell("opening"));
  if (!opened) return give_up(opened.error());
  restored.header = *opened;
  auto checked = check_database(fresh, tell("checking"));
  if (!checked) return give_up(checked.error());
  if (checked->head != opened->head || checked->epoch != opened->epoch)
    return give_up(Error{Errc::corrupt, "the database in the backup is not the one that its header names", ""});
  {
    auto store = StoreDatabase::open(store_options(options, *opened, fresh));
    if (!store) return give_up(store.error());
    auto erased = erase_again(**store, known->list);
    if (!erased) return give_up(erased.error());
    restored.erased = *erased;
    auto figures = (*store)->ask(ReadFigures{});
    if (!figures) return give_up(figures.error());
    restored.customers = figures->customers;
  }
  // Before anything is moved: a restore that is interrupted from here on and begun again still knows whom.
  const auto list = options.data_dir / kErasedListName;
  if (auto kept = add_to_erased_list(list, known->list); !kept) return give_up(kept.error());
  if (auto given = give_to_owner_of(options.data_dir, list); !given) return give_up(given.error());
  // The log is empty and belongs to nobody now: under its name it would be taken for the database's own.
  for (const char* part : {"-wal", "-shm", ".lock"}) std::filesystem::remove(fresh.string() + part, error);
  if (auto given = give_to_owner_of(options.data_dir, fresh); !given) return give_up(given.error());
  if (std::filesystem::exists(database, error) || is_orphaned_log(database)) {
    auto aside = set_aside(*lock, database, options.read_clock().system, AsideReason::replaced);
    if (!aside) return give_up(aside.error());
    restored.set_aside = *aside;
  }
  if (auto placed = rename_durably(fresh, database); !placed) return fail(placed.error());
  return restored;
}

}  // namespace tillgate
