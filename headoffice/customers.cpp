#include "headoffice/customers.hpp"

#include <boost/json.hpp>

namespace tillgate {

// The ids come in key order, and each is looked up and locked by itself in that order: never by a walk through the table.
const Statement CustomerKind::kLock{
    "customer_lock",
    "SELECT c.id, c.state, c.digest FROM unnest($2::uuid[]) AS u(id) CROSS JOIN LATERAL "
    "(SELECT id, state, digest FROM hq.customer_state WHERE org = $1 AND id = u.id FOR UPDATE) AS c"};
const Statement CustomerKind::kInsert{
    "customer_insert",
    "INSERT INTO hq.customer_state (org, id, state, digest, fields, first_store, first_received_at, "
    "last_received_at, updated_at) "
    "SELECT $1, u.id, u.state, u.digest, u.fields, $2, $3::timestamptz, $3::timestamptz, u.updated_at "
    "FROM unnest($4::uuid[], $5::text[], $6::bytea[], $7::jsonb[], $8::timestamptz[]) "
    "AS u(id, state, digest, fields, updated_at) ON CONFLICT (org, id) DO NOTHING"};
const Statement CustomerKind::kUpdate{
    "customer_update",
    "UPDATE hq.customer_state c SET state = u.state, digest = u.digest, fields = u.fields, updated_at = u.updated_at, "
    "last_received_at = $2::timestamptz "
    "FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::jsonb[], $7::timestamptz[]) "
    "AS u(id, state, digest, fields, updated_at) WHERE c.org = $1 AND c.id = u.id"};

RecordRow CustomerKind::row_of(const Customer& customer) {
  RecordRow row;
  row.state = encode_state(customer);
  row.fields = plain_fields(customer);
  row.digest = hash_of(row.state);
  row.updated_at = customer.newest().hlc.time();
  return row;
}

std::string plain_fields(const Customer& customer) {
  boost::json::object values;
  for (const FieldSpec& spec : fields()) {
    if (spec.kind == FieldKind::sealed) continue;
    if (const auto& value = customer[spec.field].value) values[spec.name] = *value;
  }
  for (std::size_t i = 0; i < customer.consent.size(); ++i) {
    if (const auto granted = customer.consent[i].is_granted()) values["consent." + std::string(kPurposeNames[i])] = *granted;
  }
  boost::json::array tags;
  for (const auto& [tag, element] : customer.tags) {
    if (element.is_present) tags.emplace_back(tag);
  }
  if (!tags.empty()) values["tags"] = std::move(tags);
  boost::json::object links;
  for (const auto& [account, cell] : customer.pos_links) {
    if (cell.value) links[account] = *cell.value;
  }
  if (!links.empty()) values["pos_links"] = std::move(links);
  return boost::json::serialize(values);
}

}  // namespace tillgate
