// The ledger: the append-only record of all accepted changes, chained by digests, in epochs. docs/store-format.md shows it.
// Owner: the writer (LedgerWriter) on the write connection; the free functions read on any connection.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/change.hpp"
#include "core/path.hpp"
#include "store/transaction.hpp"

namespace tillgate {

// A ledger row before it has a place.
struct Draft {
  Version version;
  ChangeId change_id;
  Timestamp recorded_at;
  bool clock_confirmed = false;
  std::string entity;
  Uuid key;
  std::string kind, source, terminal, person, role, reason, correlation_id;
  ChangeBody body;
  std::array<std::uint8_t, 16> salt{};
  Seq prior = 0;  // the record's previous change; 0 where there is none, and for what is said of persons and in audit notes
};

// Where the writing end stands. A value: copied before a command, put back when the command is refused.
struct LedgerTail {
  Position head;
  EpochRoot current;
  std::int64_t epoch_row = 0;  // id in `epochs`; 0: the current epoch has no ledger row yet
  Timestamp opened_at;
  std::int64_t customers = 0;  // how many there are
  bool operator==(const LedgerTail&) const = default;
};

class LedgerWriter {
 public:
  // `on_progress`: called every few hundred rows of a long re-chaining; may be null.
  LedgerWriter(Connection& db, LedgerTail tail, std::function<void()> on_progress = nullptr)
      : db_(db), tail_(std::move(tail)), on_progress_(std::move(on_progress)) {}

  // A change of a record (core/envelope.hpp) without a prior one creates it. Errc::invalid, `what` beginning with "payload_too_large", above kPayloadBytesMax.
  [[nodiscard]] Result<Position> append(Transaction& transaction, const Draft& draft);
  // Moves every row after `root` into `epoch`: same seq, change_ids, versions and payloads; new envelopes and digests.
  // Errc::conflict: `root` is not a row of ours. Memory is bounded; the WAL is not, since it must be one transaction.
  [[nodiscard]] Result<EpochRoot> rechain(Transaction& transaction, Position root, Epoch epoch, Timestamp now);

  [[nodiscard]] const LedgerTail& tail() const { return tail_; }
  void put_back(LedgerTail tail) { tail_ = std::move(tail); }
  // Payload and envelope bytes appended so far, for bounding a group.
  [[nodiscard]] std::int64_t bytes_appended() const { return bytes_appended_; }

 private:
  [[nodiscard]] Result<> open_epoch();
  [[nodiscard]] Result<> rewrite_after(Position root, std::int64_t epoch_row, Epoch epoch, Position& head);

  Connection& db_;
  LedgerTail tail_;
  std::function<void()> on_progress_;
  std::int64_t bytes_appended_ = 0;
};

// What the count of customers in a row goes by.
[[nodiscard]] inline bool creates_customer(const Envelope& envelope, Seq prior) {
  return prior == 0 && envelope.entity == kCustomerEntity;
}

// The last row, and what stands in it for all before it.
struct LedgerEnd {
  Position head;
  std::int64_t customers = 0;
};
[[nodiscard]] Result<LedgerEnd> end_of(Connection& db);
// Epoch and version are the last row's; none: there is no row.
[[nodiscard]] Result<std::optional<Envelope>> last_envelope(Connection& db);
// Digest of a row; seq 0: the zero digest; none: no such row.
[[nodiscard]] Result<std::optional<Digest>> digest_at(Connection& db, Seq seq);
// The epochs that hold rows, oldest first.
[[nodiscard]] Result<Path> written_path(Connection& db);
[[nodiscard]] Result<EpochRoot> epoch_root(Connection& db, std::int64_t id);  // of a row of `epochs`
// Recomputes the chain over the rows after `after` to the head, and compares what stands beside an envelope with what is in it;
// Errc::corrupt names the first row that is not what we wrote.
[[nodiscard]] Result<> verify_chain(Connection& db, Seq after);

// The changes after row `after`, and the records that they created, are found by their ids: an id that is not would make a repeat a
// second effect. Errc::corrupt names a row whose id is lost.
[[nodiscard]] Result<> verify_ids(Connection& db, Seq after);

// What a change needs to be merged again.
struct LedgerChange {
  Seq seq = 0, prior = 0;
  Envelope envelope;
  Payload payload;
};
[[nodiscard]] Result<std::optional<LedgerChange>> change_at(Connection& db, Seq seq);
// Also of a row whose payload was blanked by an erasure.
[[nodiscard]] Result<std::optional<Envelope>> envelope_at(Connection& db, Seq seq);

// A row whose payload an erasure took away; none: there is no such row, or it still has one.
struct BlankedChange {
  Seq prior = 0;
  Envelope envelope;
};
[[nodiscard]] Result<std::optional<BlankedChange>> blanked_at(Connection& db, Seq seq);
[[nodiscard]] Result<> blank_payload(Transaction& transaction, Seq seq);

// The changes made under the key that `change_id` stands for, newest first: more than one where it was used again for something
// else after its answer was forgotten.
struct KeyedChange {
  ChangeId id;
  Seq seq = 0;
  Timestamp recorded_at;
};
[[nodiscard]] Result<std::vector<KeyedChange>> changes_of_key(Connection& db, const ChangeId& change_id);
// True where row `seq` is known to have been written before `then`. A clock that nobody has confirmed may lag by years, and what it
// dated looks old the moment it is set right: such a row is as young as the first one behind it whose clock was confirmed. Where
// none of the next thousand is, nothing is known.
[[nodiscard]] Result<bool> is_known_before(Connection& db, Seq seq, Timestamp then);

// A record as it was right after ledger row `seq`, rebuilt from its changes. Errc::corrupt when a link of them is missing.
[[nodiscard]] Result<Customer> customer_at(Connection& db, const CustomerId& id, Seq seq);
[[nodiscard]] Result<Order> order_at(Connection& db, const OrderId& id, Seq seq);

}  // namespace tillgate
