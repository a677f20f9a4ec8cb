// A set of records with the truth, matched as a store would: keys, blocks of limited size, a judgement for each pair found. What comes
// out is counted against the truth. Shared by the bench and the tests.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bench/matching/town.hpp"
#include "core/blocking.hpp"
#include "core/match.hpp"

namespace tillgate::bench {

struct Subject {
  Identity identity;
  BlockKeys keys;
  std::uint32_t person;
};

[[nodiscard]] std::vector<Subject> subjects_of(const std::vector<Sample>& samples);

using Pair = std::pair<std::uint32_t, std::uint32_t>;  // positions, the smaller first

struct Candidates {
  std::vector<Pair> pairs;                            // each once
  double all_pairs = 0;                               // that there are to compare, by keys or not
  std::uint64_t true_pairs = 0;                       // in the whole set
  std::array<std::uint64_t, kBlockKinds> found{};     // true pairs that share a key of this kind
  std::vector<std::uint32_t> kinds_of_true;           // per true pair that any key found, the set of kinds as bits
  std::vector<Pair> unblocked;                        // true pairs that share no key
  std::array<std::uint64_t, kBlockKinds> pairs_of{};  // pairs that this kind makes
  std::uint64_t blocks_dropped = 0;
};
// Only between records of different `side` when sides are given (two lists, each without duplicates).
[[nodiscard]] Candidates candidates_of(const std::vector<Subject>& subjects, const std::vector<std::uint8_t>& sides = {});

[[nodiscard]] SurnameShares shares_of(const std::vector<Subject>& subjects);
// What to expect, without looking at the truth: about half of the pairs of one person agree exactly in first name, last name and birthday.
[[nodiscard]] MatchSettings settings_for(const std::vector<Subject>& subjects, const Candidates& candidates,
                                         const SurnameShares& shares);

struct Tally {
  std::uint64_t true_pairs = 0, blocked = 0;
  std::uint64_t found_true = 0, found_false = 0;  // same or ask
  std::uint64_t same_true = 0, same_false = 0;
  std::vector<Pair> false_same, false_found;
  [[nodiscard]] double precision() const { return share(found_true, found_true + found_false); }
  [[nodiscard]] double recall() const { return share(found_true, true_pairs); }
  [[nodiscard]] double same_precision() const { return share(same_true, same_true + same_false); }
  [[nodiscard]] double same_recall() const { return share(same_true, true_pairs); }
  [[nodiscard]] double blocking_recall() const { return share(blocked, true_pairs); }

 private:
  static double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
  }
};
[[nodiscard]] Tally tally(const std::vector<Subject>& subjects, const Candidates& candidates);

}  // namespace tillgate::bench
