#include "headoffice/migrate.hpp"

#include <string>

#include "core/bytes.hpp"
#include "core/embedded_sql.hpp"

namespace tillgate {

extern const EmbeddedSql headoffice_migrations[];
extern const std::size_t headoffice_migrations_count;

namespace {

// "tillgate" as a number: any constant does that nobody else uses as a key.
constexpr Statement kLock{"migrate_lock", "SELECT pg_advisory_xact_lock(8388070249163485285)"};
constexpr Statement kIsFresh{"migrate_is_fresh", "SELECT to_regclass('hq.migration') IS NULL"};
constexpr Statement kApplied{"migrate_applied", "SELECT name, digest FROM hq.migration ORDER BY name"};
constexpr Statement kRecord{"migrate_record", "INSERT INTO hq.migration (name, digest) VALUES ($1, $2::bytea)"};
constexpr std::string_view kBegin =
    "CREATE SCHEMA IF NOT EXISTS hq; "
    "CREATE TABLE hq.migration (name text PRIMARY KEY, digest bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

Result<> bring_up_to_date(Transaction& tx) {
  tx.ask(kLock);
  if (tx.ask(kIsFresh).front().flag(0)) tx.script(kBegin);
  const Rows applied = tx.ask(kApplied);
  if (applied.size() > headoffice_migrations_count)
    return fail(Errc::unsupported, "the database belongs to a newer tillgate-hq; upgrade this one");
  for (std::size_t i = 0; i < headoffice_migrations_count; ++i) {
    const EmbeddedSql& migration = headoffice_migrations[i];
    const Digest digest = hash_of(migration.text);
    if (i < applied.size()) {
      if (applied[i].text(0) != migration.name || applied[i].digest(1) != digest)
        return fail(Errc::unsupported, "the database was migrated by another text of " + std::string(migration.name));
      continue;
    }
    tx.script(migration.text);
    tx.tell(kRecord, Params().add(migration.name).add(digest));
  }
  return {};
}

}  // namespace

Result<> migrate(Database& database) {
  return database.run(bring_up_to_date);
}

}  // namespace tillgate
