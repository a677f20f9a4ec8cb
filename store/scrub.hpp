// Scrub: reads everything there is and compares it with everything that says what it must be: structure and indexes, the digest
// chain, a ledger row's columns with its envelope, the chain of a record's changes, ids, each record with its checksum, with
// what its changes make of it and with the search index, kept answers, epochs, state and feeds. Damage that nobody happens to read is found before it
// spreads into backups. It repairs nothing.
//
// In steps: each reads some rows in a snapshot of its own and lets go, so that the WAL can be started anew in between; what was
// written or re-chained meanwhile is no finding. Any reading connection; one step at a time. A step that runs into its deadline
// is taken again with fewer rows.
// Findings name tables and row numbers, never what is in them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/person.hpp"
#include "store/ledger.hpp"
#include "store/record.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

struct ScrubReport {
  std::int64_t changes = 0, customers = 0, orders = 0, answers = 0;  // rows read
  bool is_structure_checked = false;                                 // false: the file is too large for a check in one piece
  std::int64_t skipped = 0;                                          // records with too many changes to be read in one step
  std::int64_t found = 0;
  std::vector<std::string> findings;  // the first of them
};

struct Record;  // store/record.hpp

class Scrub {
 public:
  explicit Scrub(std::int64_t rows_per_step = 500) : rows_(rows_per_step) {}
  // The next step; true: it was the last one. What cannot be read is a finding. An error: the step is to be asked for again.
  [[nodiscard]] Result<bool> step(Connection& db);
  [[nodiscard]] const ScrubReport& report() const { return report_; }
  // What it is at, for people.
  [[nodiscard]] std::string_view at() const;

 private:
  enum class Part : std::uint8_t { structure, ledger, ids, customers, orders, persons, likenesses, answers, rest, done };
  // Each answers true once the part is finished.
  [[nodiscard]] Result<bool> check_structure(Connection& db);
  [[nodiscard]] Result<bool> check_ledger(Connection& db);
  [[nodiscard]] Result<bool> check_ids(Connection& db);
  [[nodiscard]] Result<bool> check_customers(Connection& db);
  [[nodiscard]] Result<bool> check_persons(Connection& db);
  [[nodiscard]] Result<bool> check_likenesses(Connection& db);
  [[nodiscard]] Result<bool> check_orders(Connection& db);
  [[nodiscard]] Result<bool> check_answers(Connection& db);
  [[nodiscard]] Result<bool> check_rest(Connection& db);

  [[nodiscard]] Result<> check_change(Connection& db, Seq seq);
  [[nodiscard]] Result<> check_prior(Connection& db, Seq seq, Seq prior, const Envelope& envelope);
  [[nodiscard]] Result<> check_statement(Connection& db, Seq seq, const PersonChange& change);
  [[nodiscard]] Result<> check_id(Connection& db, const Uuid& id, Seq seq);
  // Each of the rows `next`; one with too many changes to be read in one step is passed over.
  [[nodiscard]] Result<> check_records(Connection& db, const std::vector<std::int64_t>& next, std::int64_t& last,
                                       std::int64_t& count, Result<> (Scrub::*check)(Connection&, std::int64_t));
  [[nodiscard]] Result<> check_customer(Connection& db, std::int64_t n);
  [[nodiscard]] Result<> check_terms(Connection& db, const Record& record);
  [[nodiscard]] Result<> check_order(Connection& db, std::int64_t n);
  void find_unnamed();  // changes that no record leads to
  // A record of any entity, for its history.
  struct Held {
    const char* table;
    std::int64_t n = 0;
    std::string_view entity;
    Uuid id;
    Seq last_seq = 0;
    Timestamp created_at, updated_at;
    Digest etag;
  };
  // `add` merges one change into the record that is built anew; `etag` says what has come of it.
  [[nodiscard]] Result<> check_history(Connection& db, const Held& held, const std::function<void(const Payload&)>& add,
                                       const std::function<Digest()>& etag);
  [[nodiscard]] Result<> check_answer(Connection& db, std::int64_t n);
  [[nodiscard]] Result<> check_epochs(Connection& db, const Path& path);
  [[nodiscard]] Result<> check_state(Connection& db, const Path& path);
  [[nodiscard]] Result<> check_feeds(Connection& db);
  void find(std::string what) { pending_.push_back(std::move(what)); }
  void find(const char* table, std::int64_t row, std::string_view what);
  void settle();  // what was found in a row counts once the row is done

  ScrubReport report_;
  Part part_ = Part::structure;
  std::int64_t rows_;  // per step
  int busy_ = 0;       // steps in a row that ran into their deadline
  std::vector<std::string> pending_;
  Seq last_change_ = 0;
  std::optional<Digest> last_digest_;  // none: that row could not be read
  std::int64_t last_count_ = 0;        // of customers, as that row says
  std::unordered_map<std::int64_t, Epoch> epochs_;
  // By seq: a later change of the same record, or the record itself, names it. Each must be named, and by one.
  std::vector<bool> is_named_;
  std::vector<bool> is_blanked_;   // by seq: no record leads there any more
  bool is_record_unread_ = false;  // then nobody knows which changes it leads to
  std::optional<Uuid> last_id_;
  std::optional<CustomerId> last_linked_;
  std::optional<RecordPair> last_pair_;
  std::int64_t last_customer_ = 0, last_order_ = 0, last_answer_ = 0;
};

}  // namespace tillgate
