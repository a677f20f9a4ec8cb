#include "headoffice/fleet.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "headoffice/text_table.hpp"

namespace tillgate {

namespace json = boost::json;

namespace {

#define TILLGATE_STORE_COLUMNS                                                                                               \
  "org, store, online, (extract(epoch FROM online_since) * 1000)::bigint, (extract(epoch FROM first_seen) * 1000)::bigint, " \
  "(extract(epoch FROM last_seen) * 1000)::bigint, software, epoch, clock, config_hash, position, head, lag, "               \
  "(extract(epoch FROM behind_since) * 1000)::bigint, (extract(epoch FROM last_received_at) * 1000)::bigint, epochs, "       \
  "incidents"

constexpr Statement kStores{"fleet_stores",
                            "SELECT " TILLGATE_STORE_COLUMNS
                            " FROM hq.stores WHERE (org, store) > ($1, $2) ORDER BY org, store LIMIT $3::bigint"};
constexpr Statement kStore{"fleet_store", "SELECT " TILLGATE_STORE_COLUMNS " FROM hq.stores WHERE org = $1 AND store = $2"};
constexpr Statement kIncidents{
    "fleet_incidents",
    "SELECT id, org, store, kind, epoch, seq, detail, (extract(epoch FROM first_at) * 1000)::bigint, "
    "(extract(epoch FROM last_at) * 1000)::bigint, count FROM hq.incidents "
    "WHERE ($1 = '' OR org = $1) AND ($2 = '' OR store = $2) ORDER BY last_at DESC, id DESC LIMIT $3::bigint"};
constexpr Statement kAnchor{
    "fleet_anchor",
    "SELECT coalesce(e.cursor_seq, e.root_seq) || ':' || encode(coalesce(e.cursor_digest, e.root_digest), 'hex')"
    " FROM hq.store s JOIN hq.epoch e ON e.store_id = s.id AND e.epoch = s.current_epoch"
    " WHERE s.org = $1 AND s.name = $2 AND coalesce(e.cursor_seq, e.root_seq) > 0"};
constexpr Statement kFigures{"fleet_figures",
                             "SELECT count(*), count(*) FILTER (WHERE online), coalesce(sum(lag), 0)::bigint, "
                             "(SELECT count(*) FROM hq.change_log WHERE state = 'parked' AND park_code <> 'dropped') FROM hq.stores"};
#undef TILLGATE_STORE_COLUMNS

FleetStore store_of(const Row& row) {
  FleetStore store;
  store.org = row.text(0);
  store.store = row.text(1);
  store.is_online = row.flag(2);
  store.online_since = row.time(3);
  store.first_seen = row.time(4).value_or(Timestamp{});
  store.last_seen = row.time(5).value_or(Timestamp{});
  store.software = row.text(6);
  store.epoch = row.text_or(7, "");
  store.clock = row.text(8);
  store.config_hash = row.text(9);
  store.position = row.integer(10);
  store.head = row.integer(11);
  store.lag = row.integer(12);
  store.behind_since = row.time(13);
  store.last_received_at = row.time(14);
  store.epochs = row.integer(15);
  store.incidents = row.integer(16);
  return store;
}

FleetIncident incident_of(const Row& row) {
  FleetIncident incident;
  incident.id = row.integer(0);
  incident.org = row.text(1);
  incident.store = row.text(2);
  incident.kind = row.text(3);
  incident.epoch = row.text(4);
  incident.seq = row.integer(5);
  incident.detail = row.text(6);
  incident.first_at = row.time(7).value_or(Timestamp{});
  incident.last_at = row.time(8).value_or(Timestamp{});
  incident.count = row.integer(9);
  return incident;
}

json::value optional_time(const std::optional<Timestamp>& at) {
  return at ? json::value(to_text(*at)) : json::value(nullptr);
}

json::object object_of(const FleetStore& store) {
  return {{"org", store.org},
          {"store", store.store},
          {"online", store.is_online},
          {"online_since", optional_time(store.online_since)},
          {"first_seen", to_text(store.first_seen)},
          {"last_seen", to_text(store.last_seen)},
          {"software", store.software},
          {"epoch", store.epoch.empty() ? json::value(nullptr) : json::value(store.epoch)},
          {"clock", store.clock},
          {"config_hash", store.config_hash},
          {"position", store.position},
          {"head", store.head},
          {"lag", store.lag},
          {"behind_since", optional_time(store.behind_since)},
          {"last_received_at", optional_time(store.last_received_at)},
          {"epochs", store.epochs},
          {"incidents", store.incidents}};
}

}  // namespace

std::vector<FleetStore> list_stores(Transaction& tx, const std::string& after, std::int64_t limit) {
  const auto slash = after.find('/');
  const std::string org = after.substr(0, slash);
  const std::string name = slash == std::string::npos ? "" : after.substr(slash + 1);
  std::vector<FleetStore> stores;
  for (const Row& row : tx.ask(kStores, Params().add(org).add(name).add(std::clamp<std::int64_t>(limit, 1, kFleetPageMax))))
    stores.push_back(store_of(row));
  return stores;
}

std::optional<FleetStore> find_store(Transaction& tx, const std::string& org, const std::string& store) {
  const Rows rows = tx.ask(kStore, Params().add(org).add(store));
  if (rows.empty()) return std::nullopt;
  return store_of(rows.front());
}

std::optional<std::string> anchor_of(Transaction& tx, const std::string& org, const std::string& store) {
  const Rows rows = tx.ask(kAnchor, Params().add(org).add(store));
  if (rows.empty()) return std::nullopt;
  return rows.front().text(0);
}

std::vector<FleetIncident> list_incidents(Transaction& tx, const std::string& org, const std::string& store,
                                          std::int64_t limit) {
  std::vector<FleetIncident> incidents;
  for (const Row& row : tx.ask(kIncidents, Params().add(org).add(store).add(std::clamp<std::int64_t>(limit, 1, kFleetPageMax))))
    incidents.push_back(incident_of(row));
  return incidents;
}

FleetFigures count_fleet(Transaction& tx) {
  const Row row = tx.ask(kFigures).front();
  return {row.integer(0), row.integer(1), row.integer(2), row.integer(3)};
}

std::string to_json(const FleetStore& store) {
  return json::serialize(object_of(store));
}

std::string to_json(const std::vector<FleetStore>& stores, std::int64_t limit) {
  json::array list;
  for (const FleetStore& store : stores) list.push_back(object_of(store));
  json::value next(nullptr);
  if (!stores.empty() && static_cast<std::int64_t>(stores.size()) >= limit)
    next = stores.back().org + "/" + stores.back().store;
  return json::serialize(json::object{{"stores", std::move(list)}, {"next", std::move(next)}});
}

std::string to_json(const std::vector<FleetIncident>& incidents) {
  json::array list;
  for (const FleetIncident& incident : incidents)
    list.push_back(json::object{{"id", incident.id},
                                {"org", incident.org},
                                {"store", incident.store},
                                {"kind", incident.kind},
                                {"epoch", incident.epoch},
                                {"seq", incident.seq},
                                {"detail", incident.detail},
                                {"first_at", to_text(incident.first_at)},
                                {"last_at", to_text(incident.last_at)},
                                {"count", incident.count}});
  return json::serialize(json::object{{"incidents", std::move(list)}});
}

std::string to_table(const std::vector<FleetStore>& stores, Timestamp now) {
  if (stores.empty()) return "no store has been heard of yet\n";
  std::vector<TableLine> lines{{"STORE", "ONLINE", "LAST SEEN", "POSITION", "LAG", "BEHIND", "EPOCH", "INCIDENTS", "SOFTWARE"}};
  for (const FleetStore& store : stores)
    lines.push_back({store.org + "/" + store.store, store.is_online ? "yes" : "no", age_text(now - store.last_seen) + " ago",
                     std::to_string(store.position), std::to_string(store.lag),
                     store.behind_since ? "<= " + age_text(now - *store.behind_since) : "-",
                     store.epoch.empty() ? "-" : store.epoch.substr(0, 8), std::to_string(store.incidents), store.software});
  return text_table(lines, {false, false, false, true, true, false, false, true, false});
}

std::string to_table(const std::vector<FleetIncident>& incidents, Timestamp now) {
  if (incidents.empty()) return "no incidents\n";
  std::vector<TableLine> lines{{"STORE", "KIND", "LAST", "COUNT", "EPOCH", "ROW", "WHAT"}};
  for (const FleetIncident& incident : incidents)
    lines.push_back({incident.org + "/" + incident.store, incident.kind, age_text(now - incident.last_at) + " ago",
                     std::to_string(incident.count), incident.epoch.substr(0, 8), std::to_string(incident.seq),
                     incident.detail});
  return text_table(lines, {false, false, false, true, false, true, false});
}

std::string age_text(milliseconds age) {
  const auto all = std::max<std::int64_t>(0, std::chrono::duration_cast<seconds>(age).count());
  if (all < 120) return std::to_string(all) + " s";
  if (all < 120 * 60) return std::to_string(all / 60) + " min";
  if (all < 48 * 3600) return std::to_string(all / 3600) + " h";
  return std::to_string(all / 86400) + " d";
}

}  // namespace tillgate
