// A stage for replicas: people speak at any of them, what they say is heard elsewhere in any order, any number of times, and each
// replica is held to the truth of what it has heard. Used by scenarios (a test directs) and by play() (a seed directs).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/replicas/truth.hpp"

namespace tillgate::sim::replicas {

class Stage {
 public:
  // Replica 0 is head office, whose time is the true one; `leads` are those of the stores. Records are numbered from 1.
  Stage(std::vector<milliseconds> leads, int records, Canary canary);

  void pass(milliseconds time) { now_ += time; }
  // Says it at `draft.author`, who hears it at once. Nothing where there is nothing to say (already so, or erased).
  std::optional<std::size_t> say(Op draft);
  // False: head office parked it, so nobody else hears it from there.
  bool hear(int replica, std::size_t op);

  // The first thing that is wrong so far; empty: nothing.
  [[nodiscard]] const std::string& complaint() const { return complaint_; }
  void check(int replica);  // against the truth
  void check_all_equal();   // and each against the truth
  [[nodiscard]] const Replica& replica(int number) const { return replicas_[static_cast<std::size_t>(number)]; }
  [[nodiscard]] const Heard& heard(int number) const { return heard_[static_cast<std::size_t>(number)]; }
  [[nodiscard]] const std::vector<Op>& ops() const { return truth_.ops(); }
  [[nodiscard]] int replicas() const { return static_cast<int>(replicas_.size()); }
  [[nodiscard]] std::string story() const;

 private:
  void complain(const std::string& what);
  [[nodiscard]] std::optional<PeopleChange> change_of(const Op& op, const Replica& author) const;

  Timestamp now_;
  std::vector<Replica> replicas_;
  std::vector<Heard> heard_;
  Truth truth_;
  std::string complaint_;
};

[[nodiscard]] CustomerId record_key(int number);
[[nodiscard]] Op write(int author, int record, Field field, std::string value);
[[nodiscard]] Op word(int author, Saying saying, int record, int other = 0, Field field = Field::first_name);

// One seed: stores and head office with clocks up to 20 h wrong, partitions, delay, reordering, duplicates. What was wrong, with the
// seed and the story; empty: nothing.
[[nodiscard]] std::string play(std::uint64_t seed, Canary canary);

}  // namespace tillgate::sim::replicas
