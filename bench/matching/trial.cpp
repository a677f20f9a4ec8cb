#include "bench/matching/trial.hpp"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace tillgate::bench {

namespace {

std::uint64_t pair_bits(Pair pair) {
  return (std::uint64_t{pair.first} << 32U) | pair.second;
}

std::vector<Pair> true_pairs(const std::vector<Subject>& subjects, const std::vector<std::uint8_t>& sides) {
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> by_person;
  for (std::uint32_t i = 0; i < subjects.size(); ++i) by_person[subjects[i].person].push_back(i);
  std::vector<Pair> pairs;
  for (const auto& [person, records] : by_person) {
    for (std::size_t a = 0; a < records.size(); ++a) {
      for (std::size_t b = a + 1; b < records.size(); ++b) {
        if (sides.empty() || sides[records[a]] != sides[records[b]]) pairs.emplace_back(records[a], records[b]);
      }
    }
  }
  return pairs;
}

}  // namespace

std::vector<Subject> subjects_of(const std::vector<Sample>& samples) {
  const OwnContacts own{"", "tillshop.com"};
  std::vector<Subject> subjects;
  subjects.reserve(samples.size());
  for (const Sample& sample : samples) {
    Identity identity = identity_of(sample.customer, sample.licence, own);
    const BlockKeys keys = block_keys(identity);
    subjects.push_back({std::move(identity), keys, sample.person});
  }
  return subjects;
}

Candidates candidates_of(const std::vector<Subject>& subjects, const std::vector<std::uint8_t>& sides) {
  Candidates out;
  const std::vector<Pair> truth = true_pairs(subjects, sides);
  out.true_pairs = truth.size();
  const auto all = static_cast<double>(subjects.size());
  const auto second = static_cast<double>(std::count(sides.begin(), sides.end(), 1));
  out.all_pairs = sides.empty() ? all * (all - 1) / 2 : (all - second) * second;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> blocks;
  std::unordered_map<std::uint64_t, BlockKind> kind_of;
  for (std::uint32_t i = 0; i < subjects.size(); ++i) {
    const BlockKeys& keys = subjects[i].keys;
    for (std::size_t k = 0; k < keys.count; ++k) {
      blocks[keys.keys[k]].push_back(i);
      kind_of[keys.keys[k]] = keys.kinds[k];
    }
  }
  std::unordered_map<std::uint64_t, std::uint32_t> kinds;  // pair -> bits of kinds
  for (const auto& [key, records] : blocks) {
    if (records.size() > kBlockMax) {
      ++out.blocks_dropped;
      continue;
    }
    const auto kind = static_cast<std::size_t>(kind_of[key]);
    for (std::size_t a = 0; a < records.size(); ++a) {
      for (std::size_t b = a + 1; b < records.size(); ++b) {
        if (!sides.empty() && sides[records[a]] == sides[records[b]]) continue;
        kinds[pair_bits({records[a], records[b]})] |= 1U << kind;
        ++out.pairs_of[kind];
      }
    }
  }
  out.pairs.reserve(kinds.size());
  for (const auto& [bits, set] : kinds) {
    const Pair pair{static_cast<std::uint32_t>(bits >> 32U), static_cast<std::uint32_t>(bits)};
    out.pairs.push_back(pair);
    if (subjects[pair.first].person != subjects[pair.second].person) continue;
    out.kinds_of_true.push_back(set);
    for (std::size_t kind = 0; kind < kBlockKinds; ++kind) out.found[kind] += (set >> kind) & 1U;
  }
  for (const Pair& pair : truth) {
    if (!kinds.contains(pair_bits(pair))) out.unblocked.push_back(pair);
  }
  std::sort(out.pairs.begin(), out.pairs.end());
  return out;
}

SurnameShares shares_of(const std::vector<Subject>& subjects) {
  SurnameShares shares;
  for (const Subject& subject : subjects) {
    if (subject.identity.surname.is_identity()) shares.count(subject.identity.surname.letters);
  }
  return shares;
}

MatchSettings settings_for(const std::vector<Subject>& subjects, const Candidates& candidates, const SurnameShares& shares) {
  constexpr double share_of_exact = 0.5;
  double exact = 1;
  for (const Pair& pair : candidates.pairs) {
    const Comparison levels = compare(subjects[pair.first].identity, subjects[pair.second].identity);
    const bool is_exact = levels[Evidence::given] == Agreement::same && levels[Evidence::surname] == Agreement::same &&
                          levels[Evidence::birthday] == Agreement::same;
    exact += is_exact ? 1 : 0;
  }
  const auto records = static_cast<double>(subjects.size());
  return {2 * candidates.all_pairs / records, 2 * exact / share_of_exact / records, &shares};
}

Tally tally(const std::vector<Subject>& subjects, const Candidates& candidates) {
  const SurnameShares shares = shares_of(subjects);
  const MatchSettings settings = settings_for(subjects, candidates, shares);
  Tally out;
  out.true_pairs = candidates.true_pairs;
  out.blocked = candidates.kinds_of_true.size();
  for (const Pair& pair : candidates.pairs) {
    const Judgement judgement = judge(subjects[pair.first].identity, subjects[pair.second].identity, settings);
    if (judgement.verdict == Sameness::different) continue;
    const bool is_true = subjects[pair.first].person == subjects[pair.second].person;
    (is_true ? out.found_true : out.found_false) += 1;
    if (!is_true) out.false_found.push_back(pair);
    if (judgement.verdict != Sameness::same) continue;
    (is_true ? out.same_true : out.same_false) += 1;
    if (!is_true) out.false_same.push_back(pair);
  }
  return out;
}

}  // namespace tillgate::bench
