// Parked changes in front of people: which there are, what one says, trying it again, doing without it. Whoever decides is noted with
// the reason, and so is whoever looks at one: a change holds personal data. Values and their two forms, JSON and a table.
//
// Editing one is writing the value again at the store. Nothing here alters what a store said.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "headoffice/database.hpp"
#include "headoffice/receive.hpp"

namespace tillgate {

// A change's place here, as people type it: "17-4203".
struct ParkedId {
  std::int64_t epoch_id = 0, seq = 0;
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<ParkedId> from_text(std::string_view text);
};

struct ParkedChange {
  ParkedId id;
  std::string org, store, epoch, code, reason;  // code: future_schema, invalid, ..., or dropped
  std::string entity, kind, key;                // empty where the envelope could not be read
  std::optional<Timestamp> recorded_at;
  Timestamp received_at;
};

// In order of arrival, beyond `after`; those that somebody did without only where asked for. Empty org or store: of all.
struct ParkedQuery {
  std::string org, store;
  bool is_dropped = false;
  ParkedId after;
  std::int64_t limit = 200;  // at most kFleetPageMax
};
[[nodiscard]] std::vector<ParkedChange> list_parked(Transaction& tx, const ParkedQuery& query);

struct ParkedDetail {
  ParkedChange change;
  std::string envelope;                // as it came
  std::optional<std::string> payload;  // none: it stayed behind, or was erased
};

// Who decides, or looks: 1 to 64 bytes of plain text. Why: 1 to 200 of them, nothing personal.
struct Decider {
  std::string who, reason;
  Timestamp at;
};
[[nodiscard]] Result<> check(const Decider& decider);

// Errc::not_found: there is no such change, or it is parked no longer. Nothing is written then.
[[nodiscard]] Result<ParkedDetail> show_parked(Transaction& tx, const ParkedId& id, const Decider& decider);
// True: it is applied now. False: it stays parked. Errc::invalid: it is of a kind that is never tried again; `what` says what helps.
[[nodiscard]] Result<bool> retry_parked(Transaction& tx, const ParkedId& id, const OfficeNow& office, const Decider& decider);
// What it says is gone with it; only the hashes stay, which the chain needs. Errc::invalid: an erasure, which nobody does without.
[[nodiscard]] Result<> drop_parked(Transaction& tx, const ParkedId& id, const Decider& decider);

// {"parked":[...],"next":"17-4203" or null}
[[nodiscard]] std::string to_json(const std::vector<ParkedChange>& parked, std::int64_t limit);
[[nodiscard]] std::string to_json(const ParkedDetail& detail);
[[nodiscard]] std::string to_table(const std::vector<ParkedChange>& parked, Timestamp now);
[[nodiscard]] std::string to_text(const ParkedDetail& detail);

}  // namespace tillgate
