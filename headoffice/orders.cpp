#include "headoffice/orders.hpp"

#include <boost/json.hpp>

namespace tillgate {

const Statement OrderKind::kLock{"order_lock",
                                 "SELECT o.id, o.state, o.digest FROM unnest($2::uuid[]) AS u(id) CROSS JOIN LATERAL "
                                 "(SELECT id, state, digest FROM hq.order_state WHERE org = $1 AND id = u.id FOR UPDATE) AS o"};
const Statement OrderKind::kInsert{
    "order_insert",
    "INSERT INTO hq.order_state (org, id, state, digest, fields, first_store, first_received_at, "
    "last_received_at, updated_at) "
    "SELECT $1, u.id, u.state, u.digest, u.fields, $2, $3::timestamptz, $3::timestamptz, u.updated_at "
    "FROM unnest($4::uuid[], $5::text[], $6::bytea[], $7::jsonb[], $8::timestamptz[]) "
    "AS u(id, state, digest, fields, updated_at) ON CONFLICT (org, id) DO NOTHING"};
const Statement OrderKind::kUpdate{
    "order_update",
    "UPDATE hq.order_state o SET state = u.state, digest = u.digest, fields = u.fields, updated_at = u.updated_at, "
    "last_received_at = $2::timestamptz "
    "FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::jsonb[], $7::timestamptz[]) "
    "AS u(id, state, digest, fields, updated_at) WHERE o.org = $1 AND o.id = u.id"};

RecordRow OrderKind::row_of(const Order& order) {
  RecordRow row;
  row.state = encode_order_state(order);
  row.fields = plain_fields(order);
  row.digest = hash_of(row.state);
  row.updated_at = order.newest().hlc.time();
  return row;
}

std::string plain_fields(const Order& order) {
  boost::json::object values;
  for (const OrderFieldSpec& spec : order_fields()) {
    const auto& value = order[spec.field].value;
    if (!value) continue;
    const auto cents = spec.kind == OrderFieldKind::cents ? cents_from_text(*value) : std::nullopt;
    values[spec.name] = cents ? boost::json::value(*cents) : boost::json::value(boost::json::string(*value));
  }
  boost::json::object lines;
  for (const auto& [key, cell] : order.lines) {
    if (!cell.line) continue;
    boost::json::object line{{"quantity", cell.line->quantity}};
    if (!cell.line->name.empty()) line["name"] = cell.line->name;
    if (!cell.line->category.empty()) line["category"] = cell.line->category;
    if (cell.line->weight_mg) line["weight_mg"] = *cell.line->weight_mg;
    if (cell.line->price_cents) line["price_cents"] = *cell.line->price_cents;
    lines[key.text()] = std::move(line);
  }
  values["lines"] = std::move(lines);
  boost::json::object links;
  for (const auto& [account, cell] : order.pos_links) {
    if (cell.value) links[account] = *cell.value;
  }
  if (!links.empty()) values["pos_links"] = std::move(links);
  return boost::json::serialize(values);
}

}  // namespace tillgate
