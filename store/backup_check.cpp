#include "store/backup_check.hpp"

#include <algorithm>

#include "core/audit_trail.hpp"
#include "store/database.hpp"
#include "store/ledger.hpp"
#include "store/queries.hpp"
#include "store/scrub.hpp"
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

// Every other row against its checksum and its changes: a backup of a damaged record would push out the good ones.
Result<> check_rows(Connection& db, std::int64_t rows, const std::function<bool(std::int64_t, std::int64_t)>& progress) {
  Scrub scrub;
  for (;;) {
    auto is_done = scrub.step(db);
    if (!is_done) return fail(is_done.error());
    const ScrubReport& report = scrub.report();
    if (report.found > 0) return fail(Errc::corrupt, "the database is damaged: " + report.findings.front());
    if (*is_done) return {};
    if (progress && !progress(std::min(report.changes, rows), rows))
      return fail(Errc::unavailable, "it was stopped before it was done");
  }
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
  if (auto sound = check_rows(db, head->seq, progress); !sound) return fail(sound.error());
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
