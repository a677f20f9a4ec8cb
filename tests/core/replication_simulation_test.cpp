// The rules of replication against thousands of small worlds. A failing seed replays exactly:
//   TILLGATE_SEED=<seed> core_tests --gtest_filter='ReplicationSimulation.*'      prints its whole story;
//   TILLGATE_SEEDS=<n>                                                            tries n seeds instead (long runs).
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/core/replication_world.hpp"

namespace tillgate::world {
namespace {

constexpr std::uint64_t kSeeds = 2'500;

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

Outcome run(std::uint64_t seed, Policy policy = {}, bool is_traced = false) {
  World world(Options{seed, policy, is_traced});
  return world.run();
}

// Few faults: everything goes up once, but for what was in flight when a session ended. One run may be unlucky (a batch put
// aside before a reconnection asks for a rewind after it); all of them together may not.
bool is_frugal(const Outcome& outcome) {
  return !outcome.is_calm || outcome.sent * 2 <= outcome.written * 3 + 60;
}
constexpr double kCalmSentPerWritten = 1.08;

TEST(ReplicationSimulation, EveryRuleHoldsInEverySeed) {
  if (const auto seed = number_in("TILLGATE_SEED", 0)) {
    const auto outcome = run(seed, {}, true);
    EXPECT_EQ(outcome.violation, "");
    EXPECT_TRUE(is_frugal(outcome)) << outcome.sent << " sent for " << outcome.written << " written";
    return;
  }
  const std::uint64_t seeds = number_in("TILLGATE_SEEDS", kSeeds);
  Outcome sum;
  std::int64_t calm_written = 0, calm_sent = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto outcome = run(seed);
    ASSERT_EQ(outcome.violation, "") << "seed " << seed << "; TILLGATE_SEED=" << seed << " prints its story";
    ASSERT_TRUE(is_frugal(outcome)) << "seed " << seed << ": " << outcome.sent << " sent for " << outcome.written << " written";
    if (outcome.is_calm) calm_written += outcome.written, calm_sent += outcome.sent;
    sum.written += outcome.written, sum.sent += outcome.sent, sum.events += outcome.events, sum.crashes += outcome.crashes;
    sum.lost_tails += outcome.lost_tails, sum.restores += outcome.restores, sum.clones += outcome.clones;
    sum.office_restores += outcome.office_restores, sum.forks += outcome.forks, sum.rewinds += outcome.rewinds;
    sum.timeouts += outcome.timeouts;
  }
  const double calm_each = static_cast<double>(calm_sent) / static_cast<double>(calm_written);
  std::printf(
      "%llu seeds: %lld events, %lld written, %lld sent (calm: %.3f each), %lld crashes, %lld lost tails, %lld "
      "restores, %lld clones, %lld forks, %lld restores of head office, %lld rewinds, %lld timeouts\n",
      static_cast<unsigned long long>(seeds), static_cast<long long>(sum.events), static_cast<long long>(sum.written),
      static_cast<long long>(sum.sent), calm_each, static_cast<long long>(sum.crashes), static_cast<long long>(sum.lost_tails),
      static_cast<long long>(sum.restores), static_cast<long long>(sum.clones), static_cast<long long>(sum.forks),
      static_cast<long long>(sum.office_restores), static_cast<long long>(sum.rewinds), static_cast<long long>(sum.timeouts));
  // A world in which nothing happens proves nothing.
  if (seeds < kSeeds) return;
  EXPECT_LE(calm_each, kCalmSentPerWritten);
  for (const auto figure :
       {sum.crashes, sum.lost_tails, sum.restores, sum.clones, sum.forks, sum.office_restores, sum.rewinds, sum.timeouts})
    EXPECT_GT(figure, 50);
}

TEST(ReplicationSimulation, ASeedReplaysExactly) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto once = run(seed), again = run(seed);
    EXPECT_EQ(once.events, again.events) << "seed " << seed;
    EXPECT_EQ(once.sent, again.sent) << "seed " << seed;
  }
}

// A harness that cannot fail is no harness.
TEST(ReplicationSimulation, EveryPlantedMistakeIsCaught) {
  struct Canary {
    const char* name;
    bool Policy::*mistake;
  };
  for (const auto& canary :
       {Canary{"acks before commit", &Policy::acks_before_commit},
        Canary{"applies across a gap", &Policy::applies_across_a_gap}, Canary{"ignores digests", &Policy::ignores_digests},
        Canary{"opens an epoch anywhere", &Policy::opens_anywhere},
        Canary{"keeps its ho_epoch when restored", &Policy::keeps_ho_epoch},
        Canary{"takes a PUBACK for a receipt", &Policy::trusts_puback},
        Canary{"asks for a rewind with every ack", &Policy::gap_on_every_ack},
        Canary{"applies what it knows again", &Policy::applies_what_it_knows}}) {
    Policy policy;
    policy.*canary.mistake = true;
    std::uint64_t seed = 0;
    std::string how;
    while (how.empty() && ++seed <= kSeeds) {
      const auto outcome = run(seed, policy);
      how = !outcome.violation.empty() ? outcome.violation : is_frugal(outcome) ? "" : "wasteful";
    }
    EXPECT_NE(how, "") << canary.name << " was not noticed in " << kSeeds << " seeds";
    std::printf("  %-36s caught after %3llu seeds: %s\n", canary.name, static_cast<unsigned long long>(seed), how.c_str());
  }
}

}  // namespace
}  // namespace tillgate::world
