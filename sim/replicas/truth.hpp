// The truth of a simulation: all that was ever said, and what the rules of docs/merging.md make of any part of it. Written the slow
// way, from the history, without the machines it judges.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/replicas/replicas.hpp"

namespace tillgate::sim::replicas {

enum class Saying : std::uint8_t { write, deny, grant, tag, untag, merge, unmerge, choose, erase };

// One thing said by one author. One leaf each, so that its story can be read.
struct Op {
  Saying saying{};
  int author = 0;
  Version version;
  CustomerId key, other;  // `other`: of a merge
  Field field{};          // of a write or a choice
  std::string value;      // of a write
  std::vector<std::size_t>
      seen;                   // by number: merges that an unmerge removes or that tie a choice, denials that a grant answers
  std::set<CustomerId> keys;  // of an erase
  PeopleChange change;        // what travels
};
[[nodiscard]] std::string text_of(const Op& op);

// Which ops a replica has received, by number.
using Heard = std::set<std::size_t>;

class Truth {
 public:
  static constexpr Purpose kPurpose = Purpose::sms;
  static constexpr const char* kTag = "vip";

  explicit Truth(std::vector<CustomerId> keys) : keys_(std::move(keys)) {}
  // Fills in what its author saw, and keeps it. The number by which it is heard from now on.
  std::size_t add(Op op, const Heard& author);
  [[nodiscard]] const std::vector<Op>& ops() const { return ops_; }

  // What is wrong with what `replica` shows, given what it has heard; empty: nothing.
  [[nodiscard]] std::string complaint(const Heard& heard, const Replica& replica) const;

 private:
  struct Facts;
  [[nodiscard]] Facts facts(const Heard& heard) const;
  [[nodiscard]] std::string complaint_of(const CustomerId& key, const Facts& facts, const Replica& replica) const;
  [[nodiscard]] std::optional<std::string> expected(Field field, const Facts& facts, const std::set<CustomerId>& person) const;

  std::vector<CustomerId> keys_;
  std::vector<Op> ops_;
};

}  // namespace tillgate::sim::replicas
