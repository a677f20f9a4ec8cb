#include "store/migrate.hpp"

#include <string>

#include "store/transaction.hpp"

namespace tillgate {

extern const EmbeddedSql store_migrations[];
extern const std::size_t store_migrations_count;

namespace {

constexpr const char* kCreateRecord =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL,"
    " applied_at INTEGER NOT NULL) STRICT";

// Checks what is recorded against what we know; the answer is the number of migrations already applied.
Result<int> applied(Connection& db, std::span<const EmbeddedSql> migrations) {
  int count = 0;
  auto rows = db.prepare("SELECT version, name, checksum FROM schema_migrations ORDER BY version");
  for (;;) {
    auto row = rows.step();
    if (!row) return fail(row.error());
    if (!*row) return count;
    const std::int64_t version = rows.integer(0);
    const std::string name(rows.text(1));
    const Digest checksum = rows.digest(2);
    if (auto ok = rows.check(); !ok) return fail(ok.error());
    if (version > static_cast<std::int64_t>(migrations.size())) {
      return fail(Errc::unsupported, "the database was written by a newer version of this program (schema " +
                                         std::to_string(version) + "; this one knows schemas up to " +
                                         std::to_string(migrations.size()) +
                                         "); install that version again, or restore a backup made before the upgrade");
    }
    const auto& known = migrations[static_cast<std::size_t>(count)];
    if (version != count + 1 || checksum != hash_of(known.text)) {
      return fail(Errc::unsupported, "the database's schema history is not this program's: migration " +
                                         std::to_string(version) + " there is " + name + " with another text than " +
                                         known.name + " here");
    }
    ++count;
  }
}

Result<> apply_one(Connection& db, int version, const EmbeddedSql& migration, Timestamp now) {
  auto transaction = Transaction::begin(db);
  if (!transaction) return fail(transaction.error());
  if (auto done = db.execute(migration.text); !done) return done;
  auto recorded = db.prepare("INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)")
                      .with(version, migration.name, hash_of(migration.text), ms_of(now))
                      .run();
  if (!recorded) return recorded;
  return transaction->commit();
}

}  // namespace

std::span<const EmbeddedSql> store_schema() {
  return {store_migrations, store_migrations_count};
}

Result<Migrated> migrate(Connection& db, std::span<const EmbeddedSql> migrations, Timestamp now) {
  auto owner = db.integer_of("PRAGMA application_id");
  if (!owner) return fail(owner.error());
  if (*owner != kApplicationId) {
    // In one transaction: a file that says whose it is also has the table that says what is in it.
    auto transaction = Transaction::begin(db);
    if (!transaction) return fail(transaction.error());
    if (auto done = db.execute(kCreateRecord); !done) return fail(done.error());
    if (auto done = db.execute("PRAGMA application_id=" + std::to_string(kApplicationId)); !done) return fail(done.error());
    if (auto done = transaction->commit(); !done) return fail(done.error());
  }
  auto from = applied(db, migrations);
  if (!from) return fail(from.error());
  for (std::size_t next = static_cast<std::size_t>(*from); next < migrations.size(); ++next) {
    if (auto done = apply_one(db, static_cast<int>(next) + 1, migrations[next], now); !done) return fail(done.error());
  }
  return Migrated{*from, static_cast<int>(migrations.size())};
}

}  // namespace tillgate
