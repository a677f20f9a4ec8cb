// Matching as a whole, against the truth: a town of families on every run, the public Febrl sets where TILLGATE_FEBRL_DIR names them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "bench/matching/febrl.hpp"
#include "bench/matching/trial.hpp"

namespace tillgate::bench {
namespace {

std::uint64_t seed() {
  const char* text = std::getenv("TILLGATE_TOWN_SEED");
  return text ? std::strtoull(text, nullptr, 10) : 42;
}

TEST(MatchingTrial, NobodyInTheTownIsMergedWithAnother) {
  std::cout << "TILLGATE_TOWN_SEED=" << seed() << '\n';
  const auto samples = town({seed(), 1500});
  const auto subjects = subjects_of(samples);
  const Candidates candidates = candidates_of(subjects);
  const Tally result = tally(subjects, candidates);
  ASSERT_GT(result.true_pairs, 1000U);
  EXPECT_EQ(result.same_false, 0U);
  for (const Pair& pair : result.false_same)
    ADD_FAILURE() << samples[pair.first].customer.text(Field::first_name) << ' '
                  << samples[pair.first].customer.text(Field::last_name) << " and "
                  << samples[pair.second].customer.text(Field::first_name) << ' '
                  << samples[pair.second].customer.text(Field::last_name);
  EXPECT_GE(result.blocking_recall(), 0.99);
  EXPECT_GE(result.recall(), 0.97);
  EXPECT_GE(result.same_recall(), 0.55);
  EXPECT_GE(result.precision(), 0.75) << "of the pairs that a person is asked about";
}

// The town must hold what it is there for; else the test above proves nothing.
TEST(MatchingTrial, TheTownHasTwinsNamesakesAndSharedPhones) {
  const auto subjects = subjects_of(town({seed(), 1500}));
  std::uint64_t twins = 0, namesakes = 0, shared_phones = 0, same_but_for_proof = 0;
  const Candidates candidates = candidates_of(subjects);
  const SurnameShares shares = shares_of(subjects);
  const MatchSettings settings = settings_for(subjects, candidates, shares);
  for (const auto& [first, second] : candidates.pairs) {
    const auto& a = subjects[first];
    const auto& b = subjects[second];
    if (a.person == b.person) continue;
    const Comparison levels = compare(a.identity, b.identity);
    const bool is_one_house = levels[Evidence::street] == Agreement::same && levels[Evidence::number] == Agreement::same;
    const bool is_one_surname = levels[Evidence::surname] == Agreement::same;
    twins += is_one_house && is_one_surname && levels[Evidence::birthday] == Agreement::same ? 1 : 0;
    namesakes += is_one_house && is_one_surname && levels[Evidence::given] == Agreement::same ? 1 : 0;
    shared_phones += levels[Evidence::phone] == Agreement::same ? 1 : 0;
    same_but_for_proof += judge(a.identity, b.identity, settings).probability >= kSameProbability ? 1 : 0;
  }
  EXPECT_GT(twins, 10U);
  EXPECT_GT(namesakes, 10U);
  EXPECT_GT(shared_phones, 300U);
  EXPECT_GT(same_but_for_proof, 10U) << "pairs of two people that the sum of weights alone would have merged";
}

void expect_found(const std::vector<Sample>& samples, const std::vector<std::uint8_t>& sides) {
  const auto subjects = subjects_of(samples);
  const Tally result = tally(subjects, candidates_of(subjects, sides));
  std::cout << "precision " << result.precision() << ", recall " << result.recall() << ", blocking " << result.blocking_recall()
            << '\n';
  EXPECT_EQ(result.same_false, 0U);
  EXPECT_GE(result.precision(), 0.999);
  EXPECT_GE(result.recall(), 0.985);
}

TEST(MatchingTrial, FindsThePairsOfFebrl1And4) {
  const char* folder = std::getenv("TILLGATE_FEBRL_DIR");
  if (!folder) GTEST_SKIP() << "TILLGATE_FEBRL_DIR is not set";
  const auto first = read_febrl(std::string(folder) + "/dataset1.csv");
  ASSERT_EQ(first.size(), 1000U);
  expect_found(first, {});
  auto fourth = read_febrl(std::string(folder) + "/dataset4a.csv");
  std::vector<std::uint8_t> sides(fourth.size(), 0);
  for (auto& sample : read_febrl(std::string(folder) + "/dataset4b.csv")) fourth.push_back(std::move(sample));
  sides.resize(fourth.size(), 1);
  ASSERT_EQ(fourth.size(), 10'000U);
  expect_found(fourth, sides);
}

}  // namespace
}  // namespace tillgate::bench
