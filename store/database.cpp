#include "store/database.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.hpp"
#include "store/feeds.hpp"
#include "store/ledger.hpp"
#include "store/migrate.hpp"
#include "store/persons.hpp"
#include "store/set_aside.hpp"
#include "store/state.hpp"

namespace tillgate {
namespace {

// 2026-01-01: no write is older than this program. A new database on a machine without a clock starts here, not in 1970;
// still a time that lags and cannot lead.
constexpr Timestamp kNotBefore = timestamp_from_ms(1'767'225'600'000);
constexpr Seq kTailRowsChecked = 1000;
// Above these the check of indexes, then that of structure, would keep the store from serving for too long; row checksums still
// guard every read, and the weekly scrub reads the rest.
constexpr std::int64_t kIndexCheckBytesMax = std::int64_t{64} << 20, kQuickCheckBytesMax = std::int64_t{256} << 20;

struct Loaded {
  Writer::Start start;
  OpenReport report;
};

// After an unclean stop the structure is checked, and always the end of the chain: that is where a torn write would show.
Result<> check_file(Connection& db, bool was_clean_stop, Seq head) {
  auto bytes = db.database_bytes();
  if (!bytes) return fail(bytes.error());
  if (!was_clean_stop) {
    if (auto sound = check_structure(db, *bytes); !sound) return sound;
  }
  const Seq after = std::max<Seq>(0, head - kTailRowsChecked);
  if (auto sound = verify_chain(db, after); !sound) return sound;
  if (auto sound = verify_ids(db, after); !sound) return sound;
  auto feeds = all_feeds(db);
  if (!feeds) return fail(feeds.error());
  return {};
}

// Reads where the last life ended, checks it, and begins a new one: durable before anything else is done.
Result<Loaded> load(Connection& db, const StoreOptions& options) {
  Loaded loaded;
  auto& [start, report] = loaded;
  const auto reading = options.read_clock();
  start.mono = reading.mono;
  start.hlc = Hlc::from_time(kNotBefore);
  auto state = read_state(db);
  if (!state) return fail(state.error());
  report.was_clean_stop = !*state || (*state)->is_clean_stop;  // a new file was never stopped
  if (*state) start.hlc = std::max(start.hlc, (*state)->hlc);
  auto erased = records_erased(db);
  if (!erased) return fail(erased.error());
  start.has_erased = *erased > 0;
  auto end = end_of(db);
  if (!end) return fail(end.error());
  if (auto sound = check_file(db, report.was_clean_stop, end->head.seq); !sound) return fail(sound.error());
  auto path = written_path(db);
  if (!path) return fail(path.error());
  auto last = last_envelope(db);
  if (!last) return fail(last.error());
  std::optional<Epoch> replaces;
  if (*last) {
    replaces = (*last)->epoch;
    start.hlc = std::max(start.hlc, (*last)->version.hlc);  // versions rise along the ledger
  }

  std::array<std::uint8_t, 16> random{};
  options.fill_random(random);
  auto& tail = start.tail;
  tail.head = end->head;
  tail.customers = end->customers;
  tail.current = EpochRoot{Epoch(uuid_v4(random)), replaces, end->head};
  tail.opened_at = std::max(start.hlc.time(), kNotBefore);
  report.path = std::move(*path);
  report.path.push(tail.current);
  report.head = end->head;
  report.hlc = start.hlc;

  auto transaction = Transaction::begin(db);
  if (!transaction) return fail(transaction.error());
  auto saved = save_state(*transaction, StateRow{start.hlc, false, tail.current, tail.opened_at});
  if (!saved) return fail(saved.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  return loaded;
}

}  // namespace

Result<> check_structure(Connection& db, std::int64_t bytes) {
  if (bytes > kQuickCheckBytesMax) return {};
  auto found = db.text_of(bytes <= kIndexCheckBytesMax ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
  if (!found) return fail(found.error());
  if (*found != "ok") return fail(Errc::corrupt, "the database file is damaged", *found);
  return {};
}

Result<std::unique_ptr<StoreDatabase>> StoreDatabase::open(StoreOptions options) {
  CHECK(options.read_clock && options.fill_random && (options.vfs.empty() || options.flush_folder));
  std::unique_ptr<StoreDatabase> database(new StoreDatabase(std::move(options)));
  auto opened = database->options_.is_read_only ? database->open_for_reading() : database->open_for_writing();
  if (!opened) return fail(opened.error());
  return database;
}

Result<> StoreDatabase::open_for_writing() {
  const auto& file = options_.file;
  const bool is_on_files = options_.vfs.empty();
  if (is_on_files) {
    if (auto ready = prepare_file(file); !ready) return fail(ready.error());
    auto lock = FileLock::take(file.string() + ".lock");
    if (!lock) return fail(lock.error());
    lock_.emplace(std::move(*lock));
    if (is_orphaned_log(file))
      return fail(Errc::corrupt,
                  "the database is gone, but its log is there: opening it would delete changes that were accepted",
                  file.string() + "-wal");
  }
  const ConnectionOptions connection{file.string(), options_.vfs, false, kApplicationId};
  if (auto renewed = Connection::renew_wal(connection); !renewed) return fail(renewed.error());
  auto db = Connection::open(connection);
  if (!db) return fail(db.error());
  db_ = std::move(*db);
  auto migrated = migrate(*db_, store_schema(), options_.read_clock().system);
  if (!migrated) return fail(migrated.error());
  auto loaded = load(*db_, options_);
  if (!loaded) return fail(loaded.error());
  // Database and WAL exist now; their names must too after a power cut.
  auto flushed =
      is_on_files ? tillgate::flush_folder(file.has_parent_path() ? file.parent_path() : ".") : options_.flush_folder();
  if (!flushed) return fail(flushed.error());
  report_ = std::move(loaded->report);
  report_.migrated_from = migrated->from;
  report_.schema = migrated->to;
  writer_ = std::make_unique<Writer>(*db_, options_, sealer_, std::move(loaded->start));
  return {};
}

Result<> StoreDatabase::open_for_reading() {
  if (options_.vfs.empty()) {
    auto lock = FileLock::take(options_.file.string() + ".lock");
    if (!lock) return fail(lock.error());
    lock_.emplace(std::move(*lock));
  }
  auto db = Connection::open(reader_options());
  if (!db) return fail(db.error());
  auto end = end_of(**db);
  if (!end) return fail(end.error());
  report_.head = end->head;  // no path: it is for replication, and nothing is sent from a file that cannot be trusted
  report_.was_clean_stop = false;
  reader_ = std::move(*db);
  return {};
}

ConnectionOptions StoreDatabase::reader_options() const {
  return {options_.file.string(), options_.vfs, true, 0};
}

}  // namespace tillgate
