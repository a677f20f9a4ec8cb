// The full world: the same rules, faults and canaries as in core's simulation, with the real store on SQLite in every shop. A failing
// seed replays exactly:  scripts/replay SEED [--canary NAME]; TILLGATE_SEEDS=<n> tries n seeds instead.
#include <gtest/gtest.h>

#include "sim/store_disk.hpp"
#include "sim/world/campaign.hpp"

namespace tillgate::sim {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kSeeds = 30;
#else
constexpr std::uint64_t kSeeds = 150;
#endif

TEST(FullWorld, EveryRuleHoldsWithTheRealStore) {
  const std::uint64_t seeds = number_in("TILLGATE_SEEDS", kSeeds);
  const Tally tally = campaign(seeds, Policy{}, make_store_disk);
  ASSERT_EQ(tally.found.how, "") << "seed " << tally.found.seed << "; scripts/replay " << tally.found.seed
                                 << " prints its story";
  print(tally);
  if (seeds < 150) return;  // too few to have seen everything
  for (const std::size_t receivers : {1U, 2U, 3U}) EXPECT_TRUE(tally.frugality.is_judged(receivers)) << receivers;
  const Outcome& sum = tally.sum;
  for (const auto figure : {sum.crashes, sum.awaits_cut, sum.commits_cut, sum.lost_tails, sum.restores, sum.clones, sum.forks,
                            sum.office_restores, sum.rewinds, sum.partitions, sum.full_disks, sum.clock_jumps, sum.repeats})
    EXPECT_GT(figure, 5);
}

TEST(FullWorld, ASeedReplaysExactly) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    World once(Options{seed, {}, false, 0, 0}, make_store_disk), again(Options{seed, {}, false, 0, 0}, make_store_disk);
    const Outcome first = once.run(), second = again.run();
    EXPECT_EQ(first.events, second.events) << "seed " << seed;
    EXPECT_EQ(first.sent, second.sent) << "seed " << seed;
    EXPECT_EQ(first.written, second.written) << "seed " << seed;
  }
}

TEST(FullWorld, EveryPlantedMistakeIsCaught) {
  for (const Canary& canary : kCanaries) {
    Policy policy;
    policy.*canary.mistake = true;
    const Tally tally = campaign(150, policy, make_store_disk);
    EXPECT_NE(tally.found.how, "") << canary.what << " was not noticed in " << tally.seeds << " seeds";
    std::printf("  %-44s caught after %3llu seeds: %s\n", std::string(canary.what).c_str(),
                static_cast<unsigned long long>(tally.found.seed), tally.found.how.c_str());
  }
}

}  // namespace
}  // namespace tillgate::sim
