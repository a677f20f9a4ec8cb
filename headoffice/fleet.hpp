// The fleet as head office sees it: stores and incidents, read for the API and for the command line. Values and their two
// forms, JSON and a table for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "headoffice/database.hpp"

namespace tillgate {

struct FleetStore {
  std::string org, store;
  bool is_online = false;
  std::optional<Timestamp> online_since;
  Timestamp first_seen, last_seen;
  std::string software, epoch, clock, config_hash;  // epoch: empty before the first status
  std::int64_t position = 0, head = 0, lag = 0;     // rows
  std::optional<Timestamp> behind_since;            // set while lag > 0: the oldest missing change is at most this old
  std::optional<Timestamp> last_received_at;
  std::int64_t epochs = 0, incidents = 0;
};

struct FleetIncident {
  std::int64_t id = 0;
  std::string org, store, kind, epoch, detail;
  std::int64_t seq = 0, count = 0;
  Timestamp first_at, last_at;
};

inline constexpr std::int64_t kFleetPageMax = 1000;

// In the order of (org, store), beyond `after` ("<org>/<store>"; empty: from the start).
[[nodiscard]] std::vector<FleetStore> list_stores(Transaction& tx, const std::string& after, std::int64_t limit);
[[nodiscard]] std::optional<FleetStore> find_store(Transaction& tx, const std::string& org, const std::string& store);
// "<seq>:<digest>" of the last row of its ledger that head office has committed; none: no such store, or nothing yet. Whoever verifies the
// store's audit trail compares with it.
[[nodiscard]] std::optional<std::string> anchor_of(Transaction& tx, const std::string& org, const std::string& store);
// Newest first. Empty org or store: of all.
[[nodiscard]] std::vector<FleetIncident> list_incidents(Transaction& tx, const std::string& org, const std::string& store,
                                                        std::int64_t limit);
struct FleetFigures {
  std::int64_t stores = 0, online = 0, lag = 0, parked = 0;
};
[[nodiscard]] FleetFigures count_fleet(Transaction& tx);

[[nodiscard]] std::string to_json(const FleetStore& store);
// {"stores":[...],"next":"<org>/<store>" or null}
[[nodiscard]] std::string to_json(const std::vector<FleetStore>& stores, std::int64_t limit);
[[nodiscard]] std::string to_json(const std::vector<FleetIncident>& incidents);
[[nodiscard]] std::string to_table(const std::vector<FleetStore>& stores, Timestamp now);
[[nodiscard]] std::string to_table(const std::vector<FleetIncident>& incidents, Timestamp now);

// "3 s", "12 min", "5 h", "9 d".
[[nodiscard]] std::string age_text(milliseconds age);

}  // namespace tillgate
