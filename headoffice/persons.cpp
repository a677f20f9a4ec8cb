#include "headoffice/persons.hpp"

#include <algorithm>

#include "core/person_text.hpp"

namespace tillgate {

namespace {

constexpr Statement kTombstones{"tombstones",
                                "SELECT t.id FROM unnest($2::uuid[]) AS u(id) CROSS JOIN LATERAL "
                                "(SELECT id FROM hq.tombstone WHERE org = $1 AND id = u.id) AS t"};
// 2 names this use among the advisory locks of two numbers.
constexpr Statement kSideBySide{"erase_lock_shared", "SELECT 1 FROM pg_advisory_xact_lock_shared(2, hashtext($1))"};
constexpr Statement kAlone{"erase_lock", "SELECT 1 FROM pg_advisory_xact_lock(2, hashtext($1))"};
constexpr Statement kLink{"person_link",
                          "INSERT INTO hq.person_link (org, a, b, version, is_removed) VALUES ($1, $2::uuid, $3::uuid, $4, "
                          "$5::boolean) ON CONFLICT (org, a, b, version) DO UPDATE SET is_removed = true "
                          "WHERE excluded.is_removed AND NOT person_link.is_removed"};
// The text of a version sorts as the version does: 16 hex digits of its clock, then its origin.
constexpr Statement kChoice{
    "person_choice",
    "INSERT INTO hq.person_choice (org, record, field, version, ties) VALUES ($1, $2::uuid, $3, $4, $5) "
    "ON CONFLICT (org, record, field) DO UPDATE SET version = excluded.version, ties = excluded.ties "
    "WHERE (excluded.version, excluded.ties) > (person_choice.version, person_choice.ties)"};
constexpr Statement kBury{"person_bury",
                          "INSERT INTO hq.tombstone (org, id, store, received_at) VALUES ($1, $2::uuid, $3, $4::timestamptz) "
                          "ON CONFLICT DO NOTHING"};
constexpr Statement kDropChoices{"person_drop_choices",
                                 "DELETE FROM hq.person_choice WHERE org = $1 AND record = ANY($2::uuid[])"};
constexpr Statement kDropRecords{"person_drop_records",
                                 "DELETE FROM hq.customer_state WHERE org = $1 AND id = ANY($2::uuid[])"};
// An envelope that PostgreSQL refused is not there; what is parked no longer has one that reads as JSON.
#define TILLGATE_READABLE "envelope = CASE envelope WHEN '' THEN '{}' ELSE envelope END, "
constexpr Statement kBlank{
    "person_blank",
    "UPDATE hq.change_log SET payload = NULL, refused_lines = NULL, " TILLGATE_READABLE
    "state = CASE state WHEN 'parked' THEN 'discarded' ELSE state END, park_code = NULL, park_reason = NULL "
    "WHERE org = $1 AND key = ANY($2::uuid[]) AND entity IS DISTINCT FROM 'person' "
    "AND (payload IS NOT NULL OR refused_lines IS NOT NULL OR state = 'parked')"};

constexpr Statement kStrip{
    "order_strip",
    "UPDATE hq.change_log SET payload = NULL, refused_lines = NULL, " TILLGATE_READABLE
    "state = CASE state WHEN 'parked' THEN 'discarded' ELSE state END, park_code = NULL, park_reason = NULL "
    "WHERE org = $1 AND key = ANY($2::uuid[]) AND entity IS NOT DISTINCT FROM 'order' "
    "AND coalesce(envelope_json->>'reason', '') <> 'erase' "
    "AND (payload IS NOT NULL OR refused_lines IS NOT NULL OR state = 'parked')"};
#undef TILLGATE_READABLE

}  // namespace

PersonBook::PersonBook(Transaction& tx, std::string org, const std::vector<CustomerId>& keys, bool will_erase)
    : tx_(tx), org_(std::move(org)) {
  tx_.ask(will_erase ? kAlone : kSideBySide, Params().add(org_));
  if (keys.empty()) return;
  SqlArray ids;
  for (const CustomerId& id : keys) ids.add(id);
  for (const Row& row : tx_.ask(kTombstones, Params().add(org_).add(ids))) erased_.insert(CustomerId(row.uuid(0)));
}

bool PersonBook::enter(const PersonChange& change, const std::string& store, Timestamp now) {
  const auto link = [&](const LinkAdd& add, bool is_removed) {
    tx_.tell(kLink, Params().add(org_).add(add.link.a).add(add.link.b).add(add.version.text()).add_flag(is_removed));
  };
  if (const auto* merge = std::get_if<Merge>(&change)) link(merge->add, false);
  if (const auto* unmerge = std::get_if<Unmerge>(&change)) {
    for (const LinkAdd& add : unmerge->seen) link(add, true);
  }
  if (const auto* choose = std::get_if<Choose>(&change)) {
    if (is_erased(choose->from)) return false;
    std::vector<LinkAdd> ties = choose->ties;
    std::sort(ties.begin(), ties.end());  // one set, one text
    for (const Field field : choose->fields) {
      tx_.tell(kChoice,
               Params().add(org_).add(choose->from).add(spec_of(field).name).add(choose->version.text()).add(text_of(ties)));
    }
  }
  if (const auto* erase = std::get_if<Erase>(&change)) {
    for (const CustomerId& id : erase->keys) {
      tx_.tell(kBury, Params().add(org_).add(id).add(store).add(now));
      erased_.insert(id);
      to_scrub_.insert(id);
    }
  }
  return true;
}

void PersonBook::finish() {
  if (!to_strip_.empty()) {
    SqlArray orders;
    for (const OrderId& id : to_strip_) orders.add(id);
    tx_.tell(kStrip, Params().add(org_).add(orders));
  }
  if (to_scrub_.empty()) return;
  SqlArray ids;
  for (const CustomerId& id : to_scrub_) ids.add(id);
  const Params params = Params().add(org_).add(ids);
  tx_.tell(kDropChoices, params);
  tx_.tell(kDropRecords, params);
  tx_.tell(kBlank, params);
}

}  // namespace tillgate
