#include "headoffice/unpark.hpp"

#include "headoffice/customers.hpp"
#include "headoffice/judge.hpp"

namespace tillgate {

namespace {

constexpr Statement kPage{"unpark_page",
                          "SELECT c.epoch_id, c.seq, e.epoch, s.org, s.name, c.envelope, c.payload, c.payload_hash "
                          "FROM hq.change_log c JOIN hq.epoch e ON e.id = c.epoch_id JOIN hq.store s ON s.id = e.store_id "
                          "WHERE c.state = 'parked' AND c.park_code IN ('future_schema', 'damaged') "
                          "AND (c.epoch_id, c.seq) > ($1::bigint, $2::bigint) "
                          "ORDER BY c.epoch_id, c.seq LIMIT $3::bigint FOR UPDATE OF c SKIP LOCKED"};
constexpr Statement kIsKnown{"unpark_is_known",
                             "SELECT 1 FROM hq.change_log WHERE org = $1 AND change_id = $2::uuid AND state = 'applied'"};
constexpr Statement kSettle{"unpark_settle",
                            "UPDATE hq.change_log SET state = $3, park_code = NULL, park_reason = NULL, change_id = $4::uuid, "
                            "key = $5::uuid, entity = $6, kind = $7, version = $8, source = $9, recorded_at = $10::timestamptz "
                            "WHERE epoch_id = $1::bigint AND seq = $2::bigint"};

// One change after the other: there are few, and each may concern another organisation.
Result<bool> try_row(Transaction& tx, const Row& row, const OfficeNow& office) {
  ChangeLines lines;
  lines.envelope = row.text(5);
  if (!row.is_null(6)) lines.payload = row.text(6);
  lines.payload_hash = row.digest(7);
  const Judged judged = judge(lines, Epoch(row.uuid(2)), row.integer(1), office.ho_epoch, office.now);
  if (judged.park) return false;
  const Envelope& envelope = *judged.envelope;
  const std::string& org = row.text(3);
  const CustomerId id(envelope.key);
  CustomerBook book(tx, org, {id});
  if (!book.is_sound(id)) return false;
  const bool is_known = judged.is_ours || !tx.ask(kIsKnown, Params().add(org).add(envelope.change_id)).empty();
  if (!judged.is_ours) book.merge(id, changes_in(judged.payload));
  if (auto saved = book.save(row.text(4), office.now); !saved) return fail(saved.error());
  tx.tell(kSettle, Params()
                       .add(row.integer(0))
                       .add(row.integer(1))
                       .add(is_known ? "known_id" : "applied")
                       .add(envelope.change_id)
                       .add(envelope.key)
                       .add(envelope.entity)
                       .add(envelope.kind)
                       .add(envelope.version.text())
                       .add(envelope.source)
                       .add(envelope.recorded_at));
  return true;
}

}  // namespace

Result<UnparkOutcome> unpark(Transaction& tx, const OfficeNow& office, const UnparkFrom& from) {
  UnparkOutcome outcome;
  outcome.next = from;
  const Rows rows = tx.ask(kPage, Params().add(from.epoch_id).add(from.seq).add(kUnparkPage));
  for (const Row& row : rows) {
    outcome.next = {row.integer(0), row.integer(1)};
    const auto settled = try_row(tx, row, office);
    if (!settled) return fail(settled.error());
    outcome.applied += *settled ? 1 : 0;
  }
  outcome.has_more = static_cast<std::int64_t>(rows.size()) == kUnparkPage;
  return outcome;
}

}  // namespace tillgate
