#include "store/offline_restore.hpp"

#include <fstream>
#include <optional>
#include <set>
#include <system_error>

#include "store/backup_check.hpp"
#include "store/byte_file.hpp"
#include "store/files.hpp"
#include "store/page_copy.hpp"
#include "store/queries.hpp"
#include "store/restore_erasures.hpp"
#include "store/set_aside.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kRoomBeside = std::int64_t{32} << 20;  // for the log while the erased are erased

struct KnownErased {
  ErasedList list;
  std::vector<std::string> sources, unreadable;
};

// Whether `database` is this store's, from the backup on: only that one knows who was erased since.
Result<bool> goes_on_from(const std::filesystem::path& database, const Position& head) {
  auto db = Connection::open({database.string(), "", true, 0});
  if (!db) return fail(db.error());
  DigestAt query;
  query.seq = head.seq;
  auto digest = Queries(**db).run(query);
  if (!digest) return fail(digest.error());
  return *digest && **digest == head.digest;
}

// A list that is there and cannot be read is no list that names nobody.
Result<> add_list(KnownErased& known, const std::filesystem::path& file, bool must_be_there) {
  const bool is_database = Connection::verdict_on(file.string()) == Connection::Verdict::readable;
  auto list = is_database ? erased_in(file) : read_erased_list(file);
  if (!list && list.error().code == Errc::not_found && !must_be_there) return {};
  if (!list)
    return fail(Errc::invalid, list.error().what + ": repair it, or move it away and name a sound one with --erased", list.error().detail);
  known.list.insert(list->begin(), list->end());
  known.sources.push_back(file.string());
  return {};
}

Result<KnownErased> known_erased(const RestoreOptions& options, const std::filesystem::path& database, const Position& head) {
  KnownErased known;
  const auto beside = options.backup.has_parent_path() ? options.backup.parent_path() : std::filesystem::path(".");
  std::vector<std::filesystem::path> databases = those_set_aside(database, AsideReason::replaced);
  databases.push_back(database);
  std::error_code error;
  for (const auto& file : databases) {
    if (!std::filesystem::exists(file, error)) continue;
    // A damaged one says nothing, and the lists count. Another store's, or one that was begun since, adds whom it knows.
    auto goes_on = goes_on_from(file, head);
    auto list = goes_on ? erased_in(file) : Result<ErasedList>(fail(goes_on.error()));
    if (!list) {
      known.unreadable.push_back(file.string() + ": " + list.error().what);
      continue;
    }
    known.list.insert(list->begin(), list->end());
    if (*goes_on) known.sources.push_back(file.string());
  }
  for (const auto& file : std::set<std::filesystem::path>{options.data_dir / kErasedListName, beside / kErasedListName})
    if (auto added = add_list(known, file, false); !added) return fail(added.error());
  for (const auto& file : options.erased_from)
    if (auto added = add_list(known, file, true); !added) return fail(added.error());
  // It was begun with an answer to this, and had written the list before it moved anything.
  if (!std::filesystem::exists(database, error) && std::filesystem::exists(restore_marker(database), error))
    known.sources.push_back(restore_marker(database).string());
  if (known.sources.empty() && !options.may_lack_list)
    return fail(Errc::not_found,
                "nothing here says who was erased since this backup was made, and whoever was would come back. Give the " +
                    std::string(kErasedListName) + " that lay beside the store's backups, or another database of it, with --erased; "
                    "or say with --no-erased-list that nobody was");
  return known;
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

// Where what is there now will lie; empty: there is nothing. An interrupted restore goes on with its own place, or the database would be
// parted from its log.
Result<std::filesystem::path> place_aside(const std::filesystem::path& database, Timestamp now) {
  std::error_code error;
  // While the database is there the marker is of a restore that had not begun to move anything, or had ended.
  std::ifstream marker(std::filesystem::exists(database, error) ? std::filesystem::path() : restore_marker(database));
  std::string name;
  if (marker && std::getline(marker, name) && name.starts_with(database.filename().string() + ".replaced-") && name.find('/') == std::string::npos)
    return database.parent_path() / name;
  if (!std::filesystem::exists(database, error) && !is_orphaned_log(database)) return std::filesystem::path();
  return name_aside(database, now, AsideReason::replaced);
}

}  // namespace

std::filesystem::path restore_marker(const std::filesystem::path& database) {
  return database.string() + ".restore-begun";
}

Result<Restored> restore_backup(const RestoreOptions& options) {
  const std::filesystem::path database = options.data_dir / "tillgate.db", fresh = database.string() + ".restoring";
  const auto tell = [&](std::string_view step) {
    return [&options, step](std::int64_t done, std::int64_t total) {
      if (options.on_progress) options.on_progress(step, done, total);
      return true;
    };
  };
  auto header = read_backup_header(options.backup);
  if (!header) return fail(header.error());
  if (header->store != options.store)
    return fail(Errc::invalid, "this is a backup of " + header->store.value + " of " + header->org.value + ", not of " + options.store.value);
  std::error_code error;
  if (!std::filesystem::is_directory(options.data_dir, error))
    return fail(Errc::unavailable, options.data_dir.string() + " is no folder: make it first, for the user that tillgated runs as");
  // Held until all is done: nobody starts on a database that is about to be another one.
  auto lock = FileLock::take(database.string() + ".lock");
  if (!lock) return fail(lock.error());
  if (auto room = require_room(options.data_dir, header->bytes + kRoomBeside); !room) return fail(room.error());
  auto aside = place_aside(database, options.read_clock().system);
  if (!aside) return fail(aside.error());
  auto known = known_erased(options, database, header->head);
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
  if (!known->list.empty()) {  // an empty one would pass for one that knows
    if (auto kept = add_to_erased_list(list, known->list); !kept) return give_up(kept.error());
  }
  // Its log was emptied, or it would hold the erasures; under its name it would be taken for the database's own.
  if (std::filesystem::exists(fresh.string() + "-wal", error) && std::filesystem::file_size(fresh.string() + "-wal", error) != 0)
    return give_up(Error{Errc::busy, "somebody reads " + fresh.string() + "; let nobody look at it, and restore again", ""});
  for (const char* part : {"-wal", "-shm", ".lock"}) std::filesystem::remove(fresh.string() + part, error);
  // From here on the database may be away: the marker says so to whoever starts, and to the next restore where the old one was going.
  if (!aside->empty()) {
    if (auto marked = replace_file(restore_marker(database), aside->filename().string() + "\n"); !marked) return give_up(marked.error());
    if (auto moved = move_aside(*lock, database, *aside); !moved) return fail(moved.error());
    restored.set_aside = *aside;
  }
  if (auto placed = rename_durably(fresh, database); !placed) return fail(placed.error());
  std::filesystem::remove(restore_marker(database), error);
  return restored;
}

}  // namespace tillgate
