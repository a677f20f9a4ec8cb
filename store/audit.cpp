// The ledger as an audit trail: who, when, from where, why, row by row, without what was said.
#include <utility>

#include "store/feeds.hpp"
#include "store/ledger.hpp"
#include "store/queries.hpp"
#include "store/transaction.hpp"

namespace tillgate {
namespace {

std::vector<CustomerId> erased_by(std::string_view envelope_line, std::string_view payload_line) {
  const auto envelope = decode_envelope(envelope_line);
  if (!envelope || envelope->entity != kPersonEntity || envelope->kind != "erase") return {};
  const auto payload = decode_payload(payload_line, *envelope);
  const auto* said = payload ? std::get_if<PersonChange>(&payload->body) : nullptr;
  const auto* erase = said ? std::get_if<Erase>(said) : nullptr;
  return erase ? erase->keys : std::vector<CustomerId>();
}

}  // namespace

Result<ReadAudit::Answer> Queries::run(const ReadAudit& query) {
  if (query.limit < 1 || query.limit > kAuditPageMax)
    return fail(Errc::invalid, "limit is a number from 1 to " + std::to_string(kAuditPageMax));
  if (query.after < 0) return fail(Errc::invalid, "after is the seq of a row, or 0");
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  ReadAudit::Page page;
  {
    auto rows =
        db_.prepare("SELECT seq, envelope, payload_hash, digest, payload FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?")
            .with(query.after, query.limit);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      AuditRow row;
      row.seq = rows.integer(0);
      row.envelope = rows.text(1);
      row.payload_hash = rows.digest(2);
      row.digest = rows.digest(3);
      row.payload = rows.is_null(4)                             ? AuditRow::Payload::erased
                    : hash_of(rows.text(4)) == row.payload_hash ? AuditRow::Payload::intact
                                                                : AuditRow::Payload::altered;
      if (row.payload == AuditRow::Payload::intact) row.erases = erased_by(row.envelope, rows.text(4));
      if (auto ok = rows.check(); !ok) return fail(ok.error());
      page.rows.push_back(std::move(row));
    }
  }
  auto end = end_of(db_);
  if (!end) return fail(end.error());
  page.head = end->head;
  auto feed = find_feed(db_, query.feed);
  if (!feed) return fail(feed.error());
  if (*feed) page.acknowledged = (*feed)->cursor;
  return page;
}

}  // namespace tillgate
