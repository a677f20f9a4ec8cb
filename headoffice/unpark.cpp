#include "headoffice/unpark.hpp"

#include "headoffice/change_rows.hpp"
#include "headoffice/entries.hpp"
#include "headoffice/incidents.hpp"
#include "headoffice/judge.hpp"

namespace tillgate {

namespace {

#define TILLGATE_PARKED                                                                   \
  "SELECT c.epoch_id, c.seq, e.epoch, s.org, s.name, c.envelope, c.payload, c.payload_hash, " \
  "c.refused_lines, s.id "                                                                 \
  "FROM hq.change_log c JOIN hq.epoch e ON e.id = c.epoch_id JOIN hq.store s ON s.id = e.store_id "
constexpr Statement kPage{"unpark_page",
                          TILLGATE_PARKED
                          "WHERE c.state = 'parked' AND c.park_code IN ('future_schema', 'damaged', 'refused') "
                          "AND (c.epoch_id, c.seq) > ($1::bigint, $2::bigint) "
                          "ORDER BY c.epoch_id, c.seq LIMIT $3::bigint FOR UPDATE OF c SKIP LOCKED"};
constexpr Statement kOne{"unpark_one", TILLGATE_PARKED
                         "WHERE c.state = 'parked' AND c.park_code IN ('future_schema', 'damaged', 'refused') "
                         "AND c.epoch_id = $1::bigint AND c.seq = $2::bigint FOR UPDATE OF c"};
#undef TILLGATE_PARKED
constexpr Statement kIsKnown{"unpark_is_known",
                             "SELECT 1 FROM hq.change_log WHERE org = $1 AND change_id = $2::uuid AND state = 'applied'"};
constexpr Statement kSettle{"unpark_settle",
                            "UPDATE hq.change_log SET state = $3, park_code = NULL, park_reason = NULL, change_id = $4::uuid, "
                            "key = $5::uuid, entity = $6, kind = $7, version = $8, source = $9, "
                            "recorded_at = $10::timestamptz, envelope = $11, payload = $12, refused_lines = NULL "
                            "WHERE epoch_id = $1::bigint AND seq = $2::bigint"};
constexpr Statement kRefuse{"unpark_refuse",
                            "UPDATE hq.change_log SET park_code = 'refused', park_reason = $3 "
                            "WHERE epoch_id = $1::bigint AND seq = $2::bigint"};

struct Parked {
  const Row& row;
  std::string refused;  // the bytes that `lines` look into, where the texts were not taken
  ChangeLines lines;

  explicit Parked(const Row& from) : row(from) {
    if (!row.is_null(8)) {
      refused = row.bytes(8);
      lines = lines_in(refused, row.digest(7));
      return;
    }
    lines.envelope = row.text(5);
    if (!row.is_null(6)) lines.payload = row.text(6);
    lines.payload_hash = row.digest(7);
  }
  Parked(const Parked&) = delete;
  Parked& operator=(const Parked&) = delete;
};

Result<> settle(Transaction& tx, const Parked& parked, const ReadChange& change, const Ruling& ruling, const OfficeNow& office,
                bool& is_settled) {
  const Row& row = parked.row;
  const Envelope& envelope = *change.envelope;
  const std::string& org = row.text(3);
  Entries entries(tx, org, {&change});
  if (!ruling.is_ours && entries.look(change) == Entered::damaged) return {};
  const bool is_known = ruling.is_ours || !tx.ask(kIsKnown, Params().add(org).add(envelope.change_id)).empty();
  const Entered entered = ruling.is_ours ? Entered::applied : entries.enter(change, row.text(4), office.now);
  if (auto saved = entries.save(row.text(4), office.now); !saved) return saved;
  tx.tell(kSettle, Params()
                       .add(row.integer(0))
                       .add(row.integer(1))
                       .add(entered == Entered::discarded ? "discarded"
                            : is_known                    ? "known_id"
                                                          : "applied")
                       .add(envelope.change_id)
                       .add(envelope.key)
                       .add(envelope.entity)
                       .add(envelope.kind)
                       .add(envelope.version.text())
                       .add(envelope.source)
                       .add(envelope.recorded_at)
                       .add(parked.lines.envelope)
                       .add(parked.lines.payload));
  entries.finish();
  is_settled = true;
  return {};
}

// One change after the other: there are few, and each may concern another organisation.
Result<bool> try_row(Transaction& tx, const Row& row, const OfficeNow& office) {
  const Parked parked(row);
  const Epoch epoch(row.uuid(2));
  const Seq seq = row.integer(1);
  const ReadChange change = read_change(parked.lines, epoch, seq);
  const Ruling ruling = judge(change, office.ho_epoch, office.now);
  if (ruling.park) return false;
  bool is_settled = false;
  const auto done = tx.attempt([&] { return settle(tx, parked, change, ruling, office, is_settled); });
  if (done) return is_settled;
  if (done.error().code != Errc::invalid) return fail(done.error());
  const std::string why = refusal_in_words(done.error());
  tx.tell(kRefuse, Params().add(row.integer(0)).add(seq).add(why));
  record_incident(tx, row.integer(9), Incident::parked, epoch, seq, std::string(name_of(Park::refused)) + ": " + why,
                  office.now);
  return false;
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

Result<bool> unpark_one(Transaction& tx, const OfficeNow& office, const UnparkFrom& at) {
  const Rows rows = tx.ask(kOne, Params().add(at.epoch_id).add(at.seq));
  if (rows.empty()) return false;
  return try_row(tx, rows.front(), office);
}

}  // namespace tillgate
