// Office: head office's database and what it decides, over plain memory. The decisions are core's own (decide, succession, split,
// verify, merge); what PostgreSQL does for headoffice/{receive,presence,registry} is done here by maps. Each member function is one
// transaction. Receivers (receiver.hpp) share one office.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "core/codec.hpp"
#include "core/receiver.hpp"
#include "sim/world/stage.hpp"

namespace tillgate::sim {

// A batch that has passed everything that needs no database. Not copied: `changes` look into `batch.body`.
struct CheckedBatch {
  StoreId from;
  UpBatch batch;
  std::vector<ChangeLines> changes;
  std::vector<Digest> digests;
};
using CheckedPtr = std::shared_ptr<const CheckedBatch>;

struct OfficeRow {
  std::shared_ptr<const std::string> envelope;
  Digest payload_hash, digest;
  ChangeId change_id;
};
// What is held of one epoch of one store.
struct Held {
  EpochRoot root;
  std::vector<OfficeRow> rows;
  [[nodiscard]] Seq head() const { return root.after.seq + static_cast<Seq>(rows.size()); }
  [[nodiscard]] Position upto() const { return rows.empty() ? root.after : Position{head(), rows.back().digest}; }
  [[nodiscard]] std::optional<Digest> digest_at(Seq seq) const {
    if (seq <= root.after.seq || seq > head()) return std::nullopt;
    return rows[static_cast<std::size_t>(seq - root.after.seq - 1)].digest;
  }
  [[nodiscard]] EpochCursor cursor() const { return {root, upto()}; }
};
struct StoreTable {
  std::map<Epoch, Held> epochs;
  std::optional<Epoch> current;
  bool is_online = false;
  std::map<Epoch, EpochRoot> announced;  // roots that came by status
  std::map<Epoch, std::int64_t> n_seen;
  std::set<Epoch> succeeded;
  std::vector<Status> undecided;  // in the order in which they came
};
struct Ledger {
  std::map<StoreId, StoreTable> stores;
  std::map<CustomerId, std::shared_ptr<const Customer>> customers;
  std::map<ChangeId, int> rows_of;  // change -> rows it came in
};

class Office {
 public:
  explicit Office(Stage& stage) : stage_(stage) { begin_life(); }

  struct Receipt {
    Verdict verdict{};
    Ack ack;
    // With acks_before_commit: what is still to be committed.
    Decision decision;
    [[nodiscard]] bool moved_the_cursor() const {
      return verdict == Verdict::apply || verdict == Verdict::open || verdict == Verdict::branch;
    }
    [[nodiscard]] bool must_wait() const { return verdict == Verdict::gap || verdict == Verdict::unknown_epoch; }
  };
  [[nodiscard]] std::optional<CheckedBatch> check(const StoreId& from, const Encoded& bytes) const;
  // One batch in one transaction: decides, and commits what is new.
  [[nodiscard]] Receipt receive(const CheckedBatch& in);
  [[nodiscard]] std::optional<Ack> hear(const Status& status, bool is_retained);
  [[nodiscard]] std::vector<Ack> positions_of_online_stores();
  void commit(const CheckedBatch& in, const Decision& decision);

  void keep_backup() { backup_ = ledger_; }
  void restore();

  [[nodiscard]] const HoEpoch& ho_epoch() const { return ho_epoch_; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] bool was_committed(const HoEpoch& ho_epoch, const Digest& digest) const;
  [[nodiscard]] bool has_clone_alert() const { return has_clone_alert_; }

 private:
  void begin_life();
  [[nodiscard]] ReceiverFacts facts_for(const StoreTable& table, const CheckedBatch& in) const;
  [[nodiscard]] Decision decision_for(const BatchHeader& header, const ReceiverFacts& facts) const;
  void merge_row(const ChangeLines& lines, OfficeRow& row);
  [[nodiscard]] StatusFacts facts_for(const StoreTable& table, const Status& status) const;
  void take_in(StoreTable& table, const Status& status, Succession verdict);
  void judge_undecided(StoreTable& table);
  void forget_undecided(StoreTable& table, const Epoch& epoch);
  void check_cursor(const StoreId& store, const Ack& ack);
  [[nodiscard]] Ack position_of(const StoreTable& table, const StoreId& store, const EpochRoot& root);
  [[nodiscard]] static std::uint64_t mark_of(const Digest& digest);

  Stage& stage_;
  HoEpoch ho_epoch_;
  Ledger ledger_, backup_;
  std::map<HoEpoch, std::unordered_set<std::uint64_t>> committed_;  // what was ever durable under each ho_epoch
  std::map<std::tuple<HoEpoch, StoreId, Epoch>, Seq> highest_;      // cursors ever acknowledged; they never go back
  bool has_clone_alert_ = false;
};

}  // namespace tillgate::sim
