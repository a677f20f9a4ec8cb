#include "store/backup_check.hpp"

#include "core/audit_trail.hpp"
#include "store/database.hpp"
#include "store/ledger.hpp"
#include "store/queries.hpp"
#include "store/state.hpp"

namespace tillgate {
namespace {

// Every row once, as an auditor reads them.
Result<Position> check_ledger(Connection& db, const std::function<bool(std::int64_t, std::int64_t)>& progress) {
  AuditTrail trail({});
  for (;;) {
    ReadAudit query;
    query.after = trail.head().seq;
    query.limit = kAuditPageMax;
    auto page = Queries(db).run(query);
    if (!page) return fail(page.error());
    for (const AuditRow& row : page->rows) trail.add(row);
    if (progress && !progress(trail.head().seq, page->head.seq))
      return fail(Errc::unavailable, "it was stopped before it was done");
    if (page->rows.empty() || trail.found() > 0) break;
  }
  trail.finish();
  if (trail.found() == 0) return trail.head();
  const auto& first = trail.findings().front();
  return fail(Errc::corrupt, "the ledger is damaged: row " + std::to_string(first.seq) + " " + std::string(first.what));
}

}  // namespace

Result<CheckedDatabase> check_database(const std::filesystem::path& file,
                                       const std::function<bool(std::int64_t, std::int64_t)>& progress) {
  auto opened = Connection::open({file.string(), "", true, 0});
  if (!opened) return fail(opened.error());
  Connection& db = **opened;
  CheckedDatabase checked;
  auto bytes = db.database_bytes();
  if (!bytes) return fail(bytes.error());
  checked.bytes = *bytes;
  if (auto sound = check_structure(db, *bytes); !sound) return fail(sound.error());
  auto head = check_ledger(db, progress);
  if (!head) return fail(head.error());
  checked.head = *head;
  auto end = end_of(db);
  if (!end) return fail(end.error());
  checked.customers = end->customers;
  auto state = read_state(db);
  if (!state) return fail(state.error());
  if (!*state) return fail(Errc::corrupt, "the database is damaged: it does not say which life it is in");
  checked.epoch = (*state)->current.epoch;
  auto schema = db.integer_of("SELECT max(version) FROM schema_migrations");
  if (!schema) return fail(schema.error());
  checked.schema = static_cast<int>(*schema);
  return checked;
}

}  // namespace tillgate
