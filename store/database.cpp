#include "store/database.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.hpp"
#include "store/ledger.hpp"
#include "store/migrate.hpp"
#include "store/set_aside.hpp"

namespace tillgate {
namespace {

// 2026-01-01: no write is older than this program. A new database on a machine without a clock starts here, not in 1970;
// still a time that lags and cannot lead.
constexpr Timestamp kNotBefore = timestamp_from_ms(1'767'225'600'000);
constexpr Seq kTailRowsChecked = 1000;
// Above this a full structure check would keep the store from serving for too long; row checksums still guard every read.
constexpr std::int64_t kQuickCheckBytesMax = std::int64_t{256} << 20;

struct Loaded {
  Writer::Start start;
  OpenReport report;
};

// After an unclean stop the structure is checked, and always the end of the chain: that is where a torn write would show.
Result<> check_file(Connection& db, bool was_clean_stop, Seq head) {
  auto bytes = db.database_bytes();
  if (!bytes) return fail(bytes.error());
  if (!was_clean_stop && *bytes <= kQuickCheckBytesMax) {
    auto found = db.text_of("PRAGMA quick_check(1)");
    if (!found) return fail(found.error());
    if (*found != "ok") return fail(Errc::corrupt, "the database file is damaged", "quick_check: " + *found);
  }
  return verify_chain(db, std::max<Seq>(0, head - kTailRowsChecked));
}

// The epoch of the last row; none: there is no row.
Result<std::optional<Epoch>> last_epoch(Connection& db) {
  auto row = db.prepare("SELECT e.epoch FROM ledger l JOIN epochs e ON e.id = l.epoch ORDER BY l.seq DESC LIMIT 1");
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Epoch>();
  std::optional<Epoch> epoch = row.id<Epoch>(0);
  if (auto ok = row.check(); !ok) return fail(ok.error());
  return epoch;
}

// Reads where the last life ended, checks it, and begins a new one: durable before anything else is done.
Result<Loaded> load(Connection& db, const StoreOptions& options) {
  Loaded loaded;
  auto& [start, report] = loaded;
  const auto reading = options.read_clock();
  start.mono = reading.mono;
  start.hlc = Hlc::from_time(kNotBefore);
  bool is_new = true;
  {
    auto row = db.prepare("SELECT hlc, clean_stop, customers, ledger_rows FROM state WHERE one = 1");
    auto has = row.step();
    if (!has) return fail(has.error());
    if (*has) {
      is_new = false;
      start.hlc = std::max(start.hlc, Hlc{static_cast<std::uint64_t>(row.integer(0))});
      report.was_clean_stop = row.integer(1) == 1;
      start.customers = row.integer(2);
      start.tail.rows = row.integer(3);
      if (auto ok = row.check(); !ok) return fail(ok.error());
    }
  }
  auto head = head_of(db);
  if (!head) return fail(head.error());
  if (auto sound = check_file(db, report.was_clean_stop, head->seq); !sound) return fail(sound.error());
  auto path = written_path(db);
  if (!path) return fail(path.error());
  auto replaces = last_epoch(db);
  if (!replaces) return fail(replaces.error());

  std::array<std::uint8_t, 16> random{};
  options.fill_random(random);
  auto& tail = start.tail;
  tail.head = *head;
  tail.current = EpochRoot{Epoch(uuid_v4(random)), *replaces, *head};
  tail.opened_at = std::max(start.hlc.time(), kNotBefore);
  report.path = std::move(*path);
  report.path.push(tail.current);
  report.head = *head;
  report.hlc = start.hlc;

  auto transaction = Transaction::begin(db);
  if (!transaction) return fail(transaction.error());
  auto saved =
      db.prepare(
            "INSERT INTO state (one, hlc, clean_stop, customers, ledger_rows, epoch, epoch_replaces, epoch_seq,"
            " epoch_digest, opened_at) VALUES (1, ?1, 0, 0, 0, ?2, ?3, ?4, ?5, ?6)"
            " ON CONFLICT (one) DO UPDATE SET hlc = ?1, clean_stop = 0, epoch = ?2, epoch_replaces = ?3, epoch_seq = ?4,"
            " epoch_digest = ?5, opened_at = ?6")
          .with(static_cast<std::int64_t>(start.hlc.value), tail.current.epoch, tail.current.replaces, head->seq, head->digest,
                ms_of(tail.opened_at))
          .run();
  if (!saved) return fail(saved.error());
  if (auto done = transaction->commit(); !done) return fail(done.error());
  if (is_new) report.was_clean_stop = true;
  return loaded;
}

}  // namespace

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
      return fail(Errc::corrupt, "the database is gone, but its log is there: opening it would delete changes that were accepted",
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
  auto head = head_of(**db);
  if (!head) return fail(head.error());
  auto path = written_path(**db);
  if (!path) return fail(path.error());
  report_.head = *head;
  report_.path = std::move(*path);
  report_.was_clean_stop = false;
  reader_ = std::move(*db);
  return {};
}

ConnectionOptions StoreDatabase::reader_options() const {
  return {options_.file.string(), options_.vfs, true, 0};
}

}  // namespace tillgate
