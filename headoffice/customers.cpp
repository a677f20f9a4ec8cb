#include "headoffice/customers.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "core/change.hpp"
#include "core/check.hpp"
#include "core/customer_state.hpp"

namespace tillgate {

namespace {

// The ids come in key order, and each is looked up and locked by itself in that order: never by a walk through the table.
constexpr Statement kLock{"customer_lock",
                          "SELECT c.id, c.state, c.digest FROM unnest($2::uuid[]) AS u(id) CROSS JOIN LATERAL "
                          "(SELECT id, state, digest FROM hq.customer_state WHERE org = $1 AND id = u.id FOR UPDATE) AS c"};
constexpr Statement kInsert{"customer_insert",
                            "INSERT INTO hq.customer_state (org, id, state, digest, fields, first_store, first_received_at, "
                            "last_received_at, updated_at) "
                            "SELECT $1, u.id, u.state, u.digest, u.fields, $2, $3::timestamptz, $3::timestamptz, u.updated_at "
                            "FROM unnest($4::uuid[], $5::text[], $6::bytea[], $7::jsonb[], $8::timestamptz[]) "
                            "AS u(id, state, digest, fields, updated_at) ON CONFLICT (org, id) DO NOTHING"};
constexpr Statement kUpdate{
    "customer_update",
    "UPDATE hq.customer_state c SET state = u.state, digest = u.digest, fields = u.fields, updated_at = u.updated_at, "
    "last_received_at = $2::timestamptz "
    "FROM unnest($3::uuid[], $4::text[], $5::bytea[], $6::jsonb[], $7::timestamptz[]) "
    "AS u(id, state, digest, fields, updated_at) WHERE c.org = $1 AND c.id = u.id"};

struct Columns {
  SqlArray ids, states, digests, fields, updated;
  void add(const CustomerId& id, const CustomerRow& row) {
    ids.add(id);
    states.add(std::string_view(row.state));
    digests.add(row.digest);
    fields.add(std::string_view(row.fields));
    updated.add(row.updated_at);
  }
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(ids.size()); }
};

}  // namespace

CustomerRow::CustomerRow(const Customer& customer)
    : state(encode_state(customer)),
      fields(plain_fields(customer)),
      digest(hash_of(state)),
      updated_at(customer.newest().hlc.time()) {}

CustomerBook::CustomerBook(Transaction& tx, std::string org, std::vector<CustomerId> keys) : tx_(tx), org_(std::move(org)) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.empty()) return;
  SqlArray ids;
  for (const CustomerId& id : keys) {
    ids.add(id);
    entries_[id].customer.id = id;
  }
  for (const Row& row : tx_.ask(kLock, Params().add(org_).add(ids))) {
    Entry& entry = entries_[CustomerId(row.uuid(0))];
    entry.is_held = true;
    auto held = decode_state(row.text(1));
    entry.is_sound = held && hash_of(row.text(1)) == row.digest(2) && held->id == entry.customer.id;
    if (entry.is_sound) entry.customer = std::move(*held);
  }
}

bool CustomerBook::is_sound(const CustomerId& id) const {
  const auto found = entries_.find(id);
  CHECK(found != entries_.end());
  return found->second.is_sound;
}

void CustomerBook::take_ready(const FreshCustomers& fresh) {
  for (auto& [id, entry] : entries_) {
    if (entry.is_held) continue;
    if (const auto found = fresh.find(id); found != fresh.end()) entry.ready = &found->second;
  }
}

void CustomerBook::merge(const CustomerId& id, const ChangeSet& changes) {
  Entry& entry = entries_.at(id);
  CHECK(entry.is_sound);
  if (entry.ready) return;
  if (tillgate::merge(entry.customer, changes).has_changed) entry.has_changed = true;
}

Result<> CustomerBook::save(const std::string& store, Timestamp now) {
  Columns fresh, moved;
  for (const auto& [id, entry] : entries_) {  // a map: in key order
    if (entry.ready) {
      fresh.add(id, *entry.ready);
    } else if (entry.has_changed) {
      (entry.is_held ? moved : fresh).add(id, CustomerRow(entry.customer));
    }
  }
  if (moved.size() > 0) {
    tx_.tell(
        kUpdate,
        Params().add(org_).add(now).add(moved.ids).add(moved.states).add(moved.digests).add(moved.fields).add(moved.updated));
  }
  if (fresh.size() > 0) {
    const auto entered = tx_.tell(kInsert, Params()
                                               .add(org_)
                                               .add(store)
                                               .add(now)
                                               .add(fresh.ids)
                                               .add(fresh.states)
                                               .add(fresh.digests)
                                               .add(fresh.fields)
                                               .add(fresh.updated));
    if (entered != fresh.size()) return fail(Errc::conflict, "another instance entered one of these customers");
  }
  return {};
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
