// Everything the store can be asked to commit. Values, not closures: they can be queued, logged by name, replayed in a
// simulator, and they sidestep the g++ 12 co_await trap (docs/architecture.md, "Toolchain facts").
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/audit_note.hpp"
#include "core/change.hpp"
#include "core/customer.hpp"
#include "core/order_patch.hpp"
#include "core/sale.hpp"

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
[[nodiscard]] inline OrderId order_id_of(const CommandKey& key) {  // as above
  return OrderId(derive_uuid(key.scope, key.key, key.request, 1));
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

// --- persons (core/person.hpp); all answered with PersonChanged, an erasure with Erased

struct MergeCustomers {  // "these two are the same person"
  Actor actor;
  std::optional<CommandKey> key;
  CustomerId one, other;
  std::optional<Digest> if_match;  // of `one`
  std::string reason, correlation_id;
};
struct UnmergeCustomer {  // takes the record out of its person
  Actor actor;
  std::optional<CommandKey> key;
  CustomerId id;
  std::optional<Digest> if_match;
  std::string reason, correlation_id;
};
struct ChooseFields {  // shows these fields as that record has them
  Actor actor;
  std::optional<CommandKey> key;
  CustomerId from;
  std::vector<Field> fields;
  std::optional<Digest> if_match;
  std::string reason, correlation_id;
};
struct KeepApart {  // "these two are not one person": they are not proposed again. Answered with KeptApart
  Actor actor;
  std::optional<CommandKey> key;
  CustomerId one, other;
  std::string reason, correlation_id;
};
struct EraseCustomer {  // the whole person, for ever
  Actor actor;
  std::optional<CommandKey> key;
  CustomerId id;
  std::optional<Digest> if_match;
  // Errc::conflict if anybody has had to do with them since, by now: of the retention, which decided a moment ago.
  std::optional<Timestamp> unless_seen_since;
  std::string reason, correlation_id;
};

// --- orders. Age, limits and who the customer is are judged where this is committed, so that two tills at once cannot both pass.

struct CreateOrder {
  Actor actor;
  std::optional<CommandKey> key;
  OrderPatch patch;        // normalised
  bool may_resume = true;  // go on with an open order of the same person, where there is one (core/order_resume.hpp)
  std::string reason, correlation_id;
};
struct UpdateOrder {
  Actor actor;
  std::optional<CommandKey> key;
  OrderId id;
  std::optional<Digest> if_match;  // none: "*"
  OrderPatch patch;                // normalised
  std::string reason, correlation_id;
};

// What changes no record but must be accounted for. Answered with Noted.
struct WriteNote {
  Actor actor;
  std::optional<CommandKey> key;
  std::string kind;  // [a-z_]{1,32}: "import", "export"
  Uuid about;        // of the import, of the customer
  AuditNote note;
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
// The search index is thrown away and made anew, in the writer's idle time.
struct RebuildSearch {};

using Command = std::variant<CreateCustomer, UpdateCustomer, MergeCustomers, UnmergeCustomer, ChooseFields, KeepApart,
                             EraseCustomer, CreateOrder, UpdateOrder, WriteNote, SaveAck, Rechain, RebuildSearch>;

struct Committed {
  Seq seq = 0;  // the record's last ledger row: of this command, or an older one where nothing had to change
  // State right after this command, as its person is shown; for a replay the state at its seq, and where the person has several
  // records by now the person as it is now.
  Customer customer;
  std::vector<CustomerId> records;  // of a person of several; empty: this record alone
  Digest etag;                      // of what is shown
  bool is_replay = false;
  Timestamp recorded_at;
};
struct PersonChanged {
  Seq seq = 0;  // of this command; 0: it was so already
  Customer customer;
  std::vector<CustomerId> records;  // empty: one record alone
  Digest etag;
  bool is_replay = false;
};
struct Erased {
  Seq seq = 0;
  std::vector<CustomerId> records;
  bool is_replay = false;
};
struct KeptApart {
  Seq seq = 0;  // 0: it was said already
  bool is_replay = false;
};
struct StaleWrite {  // If-Match named an older state
  Customer current;
  std::vector<CustomerId> records;
  Digest etag;
};
struct OrderCommitted {  // as Committed
  Seq seq = 0;
  Order order;
  Digest etag;
  bool is_replay = false;
  bool is_new = false;  // false: one that was there was changed, or gone on with
  Timestamp recorded_at;
};
struct StaleOrder {
  Order current;
  Digest etag;
};
struct OrderRefused {  // nothing was written; all that speaks against it
  std::vector<FieldFault> faults;
  std::vector<LimitViolation> limits;  // those among the faults, in figures
  std::optional<OrderStatus> status;   // of the order as it stands
};
struct Noted {
  Seq seq = 0;
  bool is_replay = false;
};
struct KeyReused {};  // same Idempotency-Key, another request
struct Done {};       // SaveAck, RebuildSearch
struct Rechained {
  EpochRoot root;
};
using CommandOutcome = std::variant<Committed, PersonChanged, KeptApart, Erased, StaleWrite, OrderCommitted, StaleOrder,
                                    OrderRefused, Noted, KeyReused, Done, Rechained>;

}  // namespace tillgate
