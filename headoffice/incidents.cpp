#include "headoffice/incidents.hpp"

namespace tillgate {

namespace {

constexpr Statement kRecord{"incident_record",
                            "INSERT INTO hq.incident_log AS i (store_id, kind, epoch, seq, detail, first_at, last_at, count) "
                            "VALUES ($1::bigint, $2, $3::uuid, $4::bigint, $5, $6::timestamptz, $6::timestamptz, $7::bigint) "
                            "ON CONFLICT (store_id, kind, epoch, seq) DO UPDATE "
                            "SET detail = excluded.detail, last_at = excluded.last_at, count = i.count + excluded.count"};
constexpr Statement kForget{"incident_forget", "DELETE FROM hq.incident_log WHERE last_at < $1::timestamptz"};

}  // namespace

std::string_view name_of(Incident kind) {
  switch (kind) {
    case Incident::gap: return "gap";
    case Incident::duplicate: return "duplicate";
    case Incident::branch: return "branch";
    case Incident::clone: return "clone";
    case Incident::fork: return "fork";
    case Incident::unknown_epoch: return "unknown_epoch";
    case Incident::parked: return "parked";
    case Incident::bad_batch: return "bad_batch";
  }
  return "unknown";
}

void record_incident(Transaction& tx, std::int64_t store_id, Incident kind, const Epoch& epoch, Seq seq,
                     std::string_view detail, Timestamp now, std::int64_t times) {
  tx.tell(kRecord, Params().add(store_id).add(name_of(kind)).add(epoch).add(seq).add(detail).add(now).add(times));
}

void forget_old_incidents(Transaction& tx, Timestamp now) {
  tx.tell(kForget, Params().add(now - kIncidentsKept));
}

}  // namespace tillgate
