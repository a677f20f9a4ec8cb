// Presence: what a store's retained status says about it. It alone decides which epoch of a store is the current one, and so
// tells a restart from a clone.
#pragma once

#include <optional>
#include <string>

#include "core/message.hpp"
#include "core/receiver.hpp"
#include "headoffice/database.hpp"
#include "headoffice/receive.hpp"
#include "headoffice/registry.hpp"

namespace tillgate {

struct Heard {
  Succession succession{};
  bool has_changed = false;  // it came online, went offline, or another epoch became current
  bool is_clone = false;
  std::optional<Ack> ack;  // the position this store should go on from; set when it is online
};
// `is_retained`: the broker told us what it had kept, which may be what we know already; then no ack is due, because on our
// own connection every online store gets one anyway.
[[nodiscard]] Result<Heard> hear(Transaction& tx, const Status& status, bool is_retained, const OfficeNow& office);

// A status whose root lay in an epoch that we had not heard of is judged again, since an epoch was opened just now.
void judge_undecided(Transaction& tx, const StoreKey& key, Timestamp now);

// The ack for every store that is online. Sent when we have (re)connected, to the broker or to PostgreSQL: this is how a session
// begins. It says "gap": what was sent meanwhile was heard by nobody, and its sender must not wait for its time-out to know.
struct AckFor {
  OrgId org;
  Ack ack;
};
[[nodiscard]] std::vector<AckFor> positions_of_online_stores(Transaction& tx, const OfficeNow& office);

}  // namespace tillgate
