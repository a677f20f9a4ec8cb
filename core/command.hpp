// Everything the store can be asked to commit. Values, not closures: they can be queued, logged by name, replayed in a
// simulator, and they sidestep the g++ 12 co_await trap (docs/architecture.md, "Toolchain facts").
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/change.hpp"
#include "core/customer.hpp"

namespace tillgate {

struct Actor {
  std::string terminal;  // device id; empty for the admin socket
  std::string person;
  std::string role;
  bool operator==(const Actor&) const = default;
};

// What makes a repeat harmless.
struct CommandKey {
  std::string key;    // the Idempotency-Key
  std::string scope;  // credential + route
  Digest request;     // over method, path and body
  bool operator==(const CommandKey&) const = default;
};
[[nodiscard]] inline ChangeId change_id_of(const CommandKey& key) {
  return derive_change_id(key.scope, key.key, key.request);
}
[[nodiscard]] inline CustomerId customer_id_of(const CommandKey& key) {  // of the one it creates
  return CustomerId(derive_uuid(key.scope, key.key, key.request, 1));
}

struct CreateCustomer {
  Actor actor;
  std::optional<CommandKey> key;
  Patch patch;  // normalised; sealed kinds hold the plain number, the store seals it inside the transaction
  std::string reason, correlation_id;
};
struct UpdateCustomer {
  Actor actor;
  std::optional<CommandKey> key;
  CustomerId id;
  std::optional<Digest> if_match;  // state digest the author saw; none: "*"
  Patch patch;
  std::string reason, correlation_id;
};
// Head office has committed everything up to `upto` of our ledger.
struct SaveAck {
  std::string feed;  // "head_office"
  HoEpoch ho_epoch;
  Position upto;
  bool may_go_back = false;  // a head office that was restored: its first cursor counts, however low
};
// A fork was found: from `root` on, the same rows get a new epoch and new digests.
struct Rechain {
  Position root;
};
using Command = std::variant<CreateCustomer, UpdateCustomer, SaveAck, Rechain>;

struct Committed {
  Seq seq = 0;         // the record's last ledger row: of this command, or an older one where nothing had to change
  Customer customer;   // state right after this command; for a replay the state at its seq
  Digest etag;         // digest of that state
  bool is_replay = false;
  Timestamp recorded_at;
};
struct StaleWrite {  // If-Match named an older state
  Customer current;
  Digest etag;
};
struct KeyReused {};  // same Idempotency-Key, another request
struct Done {};       // SaveAck
struct Rechained {
  EpochRoot root;
};
using CommandOutcome = std::variant<Committed, StaleWrite, KeyReused, Done, Rechained>;

}  // namespace tillgate
