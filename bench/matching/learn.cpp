// Where core/match_weights.hpp comes from: u from random pairs of an invented town, m by expectation maximisation over pairs that share
// a key, without looking at the truth. Prints the header.
//   bench_matching_learn --seed 20
#include <cmath>
#include <map>

#include "bench/figures.hpp"
#include "bench/matching/trial.hpp"
#include "core/random.hpp"

namespace tillgate::bench {
namespace {

using Table = std::array<std::array<double, kAgreementCount>, kEvidenceCount>;
constexpr std::uint32_t kHouseholds = 20000;
constexpr std::size_t kRandomPairs = 3'000'000;
constexpr int kRounds = 30;

constexpr std::array<const char*, kEvidenceCount> kEvidenceNames{"given",       "surname", "middle", "birthday", "licence",
                                                                 "phone",       "email",   "number", "street",   "city",
                                                                 "postal_code", "region",  "gender"};
constexpr std::array<const char*, kAgreementCount> kAgreementNames{"unknown", "same",  "weak",  "variant",  "part",
                                                                   "typo",    "close", "alike", "different"};

// Which agreements a field knows: bits of Agreement, as compare.cpp answers.
constexpr std::uint32_t bits(std::initializer_list<Agreement> levels) {
  std::uint32_t set = 0;
  for (const Agreement level : levels) set |= 1U << static_cast<unsigned>(level);
  return set;
}
using enum Agreement;
constexpr std::array<std::uint32_t, kEvidenceCount> kKnown{bits({same, variant, part, typo, close, alike, different}),
                                                           bits({same, part, typo, close, alike, different}),
                                                           bits({same, part, different}),
                                                           bits({same, weak, typo, alike, different}),
                                                           bits({same, different}),
                                                           bits({same, typo, different}),
                                                           bits({same, variant, typo, alike, different}),
                                                           bits({same, typo, different}),
                                                           bits({same, typo, alike, different}),
                                                           bits({same, typo, different}),
                                                           bits({same, typo, different}),
                                                           bits({same, different}),
                                                           bits({same, different})};
bool is_known(std::size_t field, std::size_t level) {
  return ((kKnown[field] >> level) & 1U) != 0;
}

// Counts -> shares of what is known. Half a pair more everywhere: what was not seen is rare, not impossible.
Table shares_of(const Table& counts) {
  Table shares{};
  for (std::size_t field = 0; field < kEvidenceCount; ++field) {
    double total = 0;
    for (std::size_t level = 1; level < kAgreementCount; ++level)
      total += is_known(field, level) ? counts[field][level] + 0.5 : 0;
    for (std::size_t level = 1; level < kAgreementCount; ++level)
      shares[field][level] = is_known(field, level) ? (counts[field][level] + 0.5) / total : 0;
  }
  return shares;
}

Table learn_u(const std::vector<Subject>& subjects, std::uint64_t seed) {
  Random random(seed);
  Table counts{};
  for (std::size_t n = 0; n < kRandomPairs; ++n) {
    const auto& a = subjects[random.below(subjects.size())];
    const auto& b = subjects[random.below(subjects.size())];
    if (&a == &b) continue;
    const Comparison levels = compare(a.identity, b.identity);
    for (std::size_t field = 0; field < kEvidenceCount; ++field) ++counts[field][static_cast<std::size_t>(levels.of[field])];
  }
  return shares_of(counts);
}

// The fields that made the block agree by choice and say nothing.
Table learn_m(const std::vector<Subject>& subjects, BlockKind kind, const std::vector<Evidence>& blocked_by, const Table& u) {
  std::map<std::uint64_t, std::vector<const Subject*>> blocks;
  for (const Subject& subject : subjects) {
    for (std::size_t k = 0; k < subject.keys.count; ++k) {
      if (subject.keys.kinds[k] == kind) blocks[subject.keys.keys[k]].push_back(&subject);
    }
  }
  std::vector<Comparison> pairs;
  for (const auto& [key, records] : blocks) {
    if (records.size() > kBlockMax) continue;
    for (std::size_t a = 0; a < records.size(); ++a) {
      for (std::size_t b = a + 1; b < records.size(); ++b) {
        pairs.push_back(compare(records[a]->identity, records[b]->identity));
        for (const Evidence field : blocked_by) pairs.back()[field] = Agreement::unknown;
      }
    }
  }
  Table m{};
  for (auto& field : m) {
    field.fill(0.03);
    field[static_cast<std::size_t>(Agreement::same)] = 0.8;
  }
  double lambda = 0.2;
  for (int round = 0; round < kRounds; ++round) {
    Table counts{};
    double expected = 0;
    for (const Comparison& levels : pairs) {
      double score = std::log2(lambda / (1 - lambda));
      for (std::size_t field = 0; field < kEvidenceCount; ++field) {
        const auto level = static_cast<std::size_t>(levels.of[field]);
        if (level != 0) score += std::log2(m[field][level] / u[field][level]);
      }
      const double probability = 1 / (1 + std::exp2(-score));
      expected += probability;
      for (std::size_t field = 0; field < kEvidenceCount; ++field)
        counts[field][static_cast<std::size_t>(levels.of[field])] += probability;
    }
    m = shares_of(counts);
    lambda = expected / static_cast<double>(pairs.size());
  }
  std::fprintf(stderr, "key %d: %zu pairs, %.3f of them one person\n", static_cast<int>(kind), pairs.size(), lambda);
  return m;
}

void print_header(const Table& m, const Table& u, std::uint64_t seed) {
  std::printf(
      "// P(agreement | one person) and P(agreement | two people) of every field, as bits of evidence. Written by "
      "bench_matching_learn\n"
      "// --seed %llu from an invented town (bench/matching/town.cpp); docs/matching.md says how. Not to be tuned by hand.\n"
      "#pragma once\n\n#include \"core/compare.hpp\"\n\nnamespace tillgate {\n\n"
      "inline constexpr double kSurnameSameM = %.3f;  // over the share of a surname, where that is known\n"
      "inline constexpr double kSuffixBits = -5;  // by judgement: few fathers and sons are in the town\n\n"
      "// clang-format off\n"
      "inline constexpr double kWeights[kEvidenceCount][kAgreementCount] = {\n    //",
      static_cast<unsigned long long>(seed),
      m[static_cast<std::size_t>(Evidence::surname)][static_cast<std::size_t>(Agreement::same)]);
  for (const char* name : kAgreementNames) std::printf(" %9s", name);
  std::printf("\n");
  for (std::size_t field = 0; field < kEvidenceCount; ++field) {
    std::printf("    { ");
    for (std::size_t level = 0; level < kAgreementCount; ++level) {
      std::printf(" %8.2f%s", is_known(field, level) ? std::log2(m[field][level] / u[field][level]) : 0.0,
                  level + 1 < kAgreementCount ? "," : "");
    }
    std::printf(" },  // %s\n", kEvidenceNames[field]);
  }
  std::printf("};\n// clang-format on\n\n// What they were made of: level, m, u.\n");
  for (std::size_t field = 0; field < kEvidenceCount; ++field) {
    std::printf("// %s:", kEvidenceNames[field]);
    for (std::size_t level = 1; level < kAgreementCount; ++level) {
      if (is_known(field, level)) std::printf(" %s %.5f %.7f;", kAgreementNames[level], m[field][level], u[field][level]);
    }
    std::printf("\n");
  }
  std::printf("\n}  // namespace tillgate\n");
}

int learn(const Arguments& given) {
  const auto seed = static_cast<std::uint64_t>(given.number("seed"));
  const auto subjects = subjects_of(town({seed, kHouseholds}));
  const Table u = learn_u(subjects, seed);
  // Who shares a licence is one person but for a slip; what that block cannot tell, the licence itself, comes from those who share
  // a birthday. Blocks of names or of contacts hold too many relatives for independence to be a good guess.
  Table m = learn_m(subjects, BlockKind::licence, {Evidence::licence}, u);
  constexpr auto licence = static_cast<std::size_t>(Evidence::licence);
  m[licence] = learn_m(subjects, BlockKind::birthday, {Evidence::birthday}, u)[licence];
  print_header(m, u, seed);
  return 0;
}

}  // namespace
}  // namespace tillgate::bench

int main(int count, char** values) {
  return tillgate::bench::learn(tillgate::bench::Arguments(count, values, 1));
}
