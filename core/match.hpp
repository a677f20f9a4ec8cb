// May these two records be the same person? Fellegi and Sunter's sum of weights: per field log2(P(agreement | one person) / P(agreement |
// two people)), from core/match_weights.hpp, plus what one may expect before looking. Three answers: same, ask a person, different.
// docs/matching.md tells where the figures come from and what this cannot do.
//
// A sum of weights believes that fields err independently. Households do not: so address, phone and e-mail count as one group, twins'
// birthday counts little, and "same" needs proof beyond the sum. A false merge shows one customer another's record; a missed one
// costs a question.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/compare.hpp"
#include "core/surname_shares.hpp"

namespace tillgate {

enum class Sameness : std::uint8_t { different, ask, same };

enum class ReasonKind : std::uint8_t {
  names,
  middle_name,
  birthday,
  licence,
  phone,
  email,
  address,
  gender,
  suffix,
  household
};

struct Reason {
  ReasonKind kind;
  Agreement agreement;        // of all fields of the kind together
  float bits;                 // for (positive) or against; the reasons' bits and the prior make the score
  bool is_conflict;           // forbids "same" whatever the score
  std::string_view sentence;  // for people; names no value of the record
};

inline constexpr std::size_t kReasonsMax = 12;
inline constexpr double kSameProbability = 0.99;
inline constexpr double kAskProbability = 0.2;  // a person is asked from one chance in five

struct Judgement {
  Sameness verdict = Sameness::different;
  double score = 0;  // bits
  double probability = 0;
  std::array<Reason, kReasonsMax> reasons{};
  std::uint8_t reason_count = 0;
  bool has_conflict = false;
  bool has_proof = false;  // licence, or given name and birthday: what a household does not share
};

struct MatchSettings {
  double population = 50'000;  // records that one record is compared with, by blocks or not; fewer than 1,000 count as 1,000
  double duplicates_per_record =
      0.05;  // expected before looking: half of what is wrong in a shop's own list; 1 where two lists of the same people meet
  const SurnameShares* surnames =
      nullptr;  // two Smiths agree less than two Brightwaters; without it all surnames weigh the same
};

// Symmetric. Uses no memory but the stack; below a microsecond or two.
[[nodiscard]] Judgement judge(const Identity& a, const Identity& b, const MatchSettings& settings);

}  // namespace tillgate
