// The rules of replication against thousands of small worlds, with disks in memory. A failing seed replays exactly:
//   scripts/replay --memory SEED [--canary NAME]    prints its whole story;
//   TILLGATE_SEEDS=<n>                              tries n seeds instead (long runs).
#include <gtest/gtest.h>

#include "sim/world/campaign.hpp"

namespace tillgate::sim {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kSeeds = 150;
#else
constexpr std::uint64_t kSeeds = 2'500;
#endif

Outcome run(std::uint64_t seed, Policy policy = {}) {
  World world(Options{seed, policy, false, 0, 0}, make_memory_disk);
  return world.run();
}

TEST(ReplicationSimulation, EveryRuleHoldsInEverySeed) {
  const std::uint64_t seeds = number_in("TILLGATE_SEEDS", kSeeds);
  const Tally tally = campaign(seeds, Policy{}, make_memory_disk);
  ASSERT_EQ(tally.found.how, "") << "seed " << tally.found.seed << "; scripts/replay --memory " << tally.found.seed
                                 << " prints its story";
  print(tally);
  // A world in which nothing happens proves nothing.
  if (seeds < 1'000) return;
  for (const std::size_t receivers : {1U, 2U, 3U}) EXPECT_TRUE(tally.frugality.is_judged(receivers)) << receivers;
  const Outcome& sum = tally.sum;
  for (const auto figure :
       {sum.crashes, sum.awaits_cut, sum.lost_tails, sum.restores, sum.clones, sum.forks, sum.office_restores, sum.rewinds,
        sum.timeouts, sum.partitions, sum.full_disks, sum.clock_jumps, sum.repeats, sum.reused_keys})
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
  for (const Canary& canary : kCanaries) {
    Policy policy;
    policy.*canary.mistake = true;
    const Tally tally = campaign(2'500, policy, make_memory_disk);
    EXPECT_NE(tally.found.how, "") << canary.what << " was not noticed in " << tally.seeds << " seeds";
    std::printf("  %-44s caught after %3llu seeds: %s\n", std::string(canary.what).c_str(),
                static_cast<unsigned long long>(tally.found.seed), tally.found.how.c_str());
  }
}

}  // namespace
}  // namespace tillgate::sim
