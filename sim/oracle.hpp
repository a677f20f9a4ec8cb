// Oracle: what the terminals of a store know (what they asked, what they were answered), and whether a disk agrees with it.
// It stands outside: it reads a database through the store's own opening, then row by row, and keeps nothing on any disk.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/machine.hpp"

namespace tillgate::sim {

class Oracle {
 public:
  // A moment: what had been asked and answered by then.
  struct Moment {
    std::size_t asked = 0, answers = 0;
    Seq cursor_min = 0;
  };
  struct Asked {
    Command command;
    std::optional<Committed> answer;  // the first 2xx
    std::size_t answered_at = 0;      // count of answers then, this one included
    bool has_written = false;         // the answer is a ledger row of its own
    [[nodiscard]] const CommandKey& key() const;
  };

  // Commands with a key are kept, so that they can be repeated. The number names it for `answered`.
  std::size_t asked(Command command);
  // A 2xx. A second answer to the same command must be the first one again: a complaint otherwise, else empty.
  [[nodiscard]] std::string answered(std::size_t number, const Committed& answer);
  void acknowledged(Seq cursor) { cursor_min_ = cursor; }
  void rechaining(Seq root) { cursor_min_ = std::min(cursor_min_, root); }

  [[nodiscard]] Moment now() const { return {asked_.size(), answers_, cursor_min_}; }
  [[nodiscard]] const std::vector<Asked>& all() const { return asked_; }

  // Opens what is on the machine's disk and compares. The machine is written to: repeats are tried. The complaint, or empty.
  [[nodiscard]] std::string check(Machine& machine, const Moment& moment, Random& random) const;

 private:
  struct Row {
    ChangeId change_id;
    CustomerId key;
  };
  [[nodiscard]] std::string compare_ledger(Connection& db, const Moment& moment, std::vector<Row>& rows) const;
  [[nodiscard]] std::string compare_records(Connection& db, const Moment& moment, const std::vector<Row>& rows) const;
  [[nodiscard]] std::string compare_rest(Connection& db, const Moment& moment, const std::vector<Row>& rows) const;
  [[nodiscard]] std::string repeat(StoreDatabase& database, const Moment& moment, Random& random) const;
  [[nodiscard]] std::string repeat_one(StoreDatabase& database, const Asked& asked, bool was_answered) const;

  std::vector<Asked> asked_;
  std::map<std::string, std::size_t> by_key_;
  std::map<ChangeId, std::size_t> by_change_;
  std::size_t answers_ = 0;
  Seq cursor_min_ = 0;
};

// Submits and drains; the answer, or Errc::busy when there was none.
[[nodiscard]] Result<CommandOutcome> run_on(StoreDatabase& database, Command command);

}  // namespace tillgate::sim
