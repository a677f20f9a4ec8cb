#include "sim/world/campaign.hpp"

#include <cstdlib>

namespace tillgate::sim {
namespace {

constexpr double kSentPerWritten = 1.10;
constexpr std::int64_t kEnoughWritten = 600;  // before a sum is judged

void add(Outcome& sum, const Outcome& one) {
  sum.written += one.written, sum.sent += one.sent, sum.events += one.events, sum.crashes += one.crashes;
  sum.awaits_cut += one.awaits_cut, sum.commits_cut += one.commits_cut, sum.lost_tails += one.lost_tails,
      sum.restores += one.restores, sum.clones += one.clones;
  sum.office_restores += one.office_restores, sum.forks += one.forks, sum.rewinds += one.rewinds;
  sum.timeouts += one.timeouts, sum.partitions += one.partitions, sum.full_disks += one.full_disks;
  sum.clock_jumps += one.clock_jumps, sum.repeats += one.repeats, sum.reused_keys += one.reused_keys;
  sum.settled_after = std::max(sum.settled_after, one.settled_after);
}

}  // namespace

std::string Frugality::add(const Outcome& outcome) {
  if (!outcome.is_calm) return "";
  if (outcome.sent * 2 > outcome.written * 3 + 60)
    return "wasteful: " + std::to_string(outcome.sent) + " sent for " + std::to_string(outcome.written) + " written";
  Sum& sum = by_receivers_.at(outcome.receivers);
  sum.written += outcome.written;
  sum.sent += outcome.sent;
  if (!is_judged(outcome.receivers) || sent_per_written(outcome.receivers) <= kSentPerWritten) return "";
  return "wasteful with " + std::to_string(outcome.receivers) + " receivers: " + std::to_string(sum.sent) + " sent for " +
         std::to_string(sum.written) + " written";
}

bool Frugality::is_judged(std::size_t receivers) const {
  return by_receivers_.at(receivers).written >= kEnoughWritten;
}

double Frugality::sent_per_written(std::size_t receivers) const {
  const Sum& sum = by_receivers_.at(receivers);
  return sum.written == 0 ? 1 : static_cast<double>(sum.sent) / static_cast<double>(sum.written);
}

Tally campaign(std::uint64_t seeds, const Policy& policy, const MakeDisk& make_disk) {
  Tally tally;
  while (tally.seeds < seeds) {
    const std::uint64_t seed = ++tally.seeds;
    World world(Options{seed, policy, false, 0, 0}, make_disk);
    const Outcome outcome = world.run();
    add(tally.sum, outcome);
    std::string how = outcome.violation;
    if (how.empty()) how = tally.frugality.add(outcome);
    if (how.empty()) continue;
    tally.found = Found{seed, how};
    break;
  }
  return tally;
}

void print(const Tally& tally) {
  const Outcome& sum = tally.sum;
  const auto n = [](std::int64_t number) { return static_cast<long long>(number); };
  std::printf(
      "%llu seeds: %lld events, %lld written, %lld sent (calm, with 1, 2, 3 receivers: %.3f %.3f %.3f each), %lld crashes, "
      "%lld at "
      "an await, %lld during a commit, %lld lost tails, %lld restores, %lld clones, %lld forks, %lld restores of head office, "
      "%lld partitions, %lld full "
      "disks, %lld clock jumps, %lld repeats, %lld keys reused, %lld rewinds, %lld timeouts; settled within %.1f s\n",
      static_cast<unsigned long long>(tally.seeds), n(sum.events), n(sum.written), n(sum.sent),
      tally.frugality.sent_per_written(1), tally.frugality.sent_per_written(2), tally.frugality.sent_per_written(3),
      n(sum.crashes), n(sum.awaits_cut), n(sum.commits_cut), n(sum.lost_tails), n(sum.restores), n(sum.clones), n(sum.forks),
      n(sum.office_restores), n(sum.partitions), n(sum.full_disks), n(sum.clock_jumps), n(sum.repeats), n(sum.reused_keys),
      n(sum.rewinds), n(sum.timeouts), static_cast<double>(sum.settled_after.count()) / 1e9);
}

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

}  // namespace tillgate::sim
