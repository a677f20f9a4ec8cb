// Campaign: many seeds in a row, what they add up to, and how many of them a planted mistake survives.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sim/world/world.hpp"

namespace tillgate::sim {

// Few faults: everything goes up once, but for what was in flight when a session ended. One run may be unlucky; all of them
// together may not, whatever the number of receivers.
class Frugality {
 public:
  // Empty: frugal so far.
  [[nodiscard]] std::string add(const Outcome& outcome);
  [[nodiscard]] double sent_per_written(std::size_t receivers) const;
  [[nodiscard]] bool is_judged(std::size_t receivers) const;  // enough was written to say anything

 private:
  struct Sum {
    std::int64_t written = 0, sent = 0;
  };
  std::array<Sum, 4> by_receivers_{};  // index: how many
};

struct Found {
  std::uint64_t seed = 0;  // 0: nothing
  std::string how;
};
struct Tally {
  Found found;
  Outcome sum;
  Frugality frugality;
  std::uint64_t seeds = 0;
};
// Seeds 1..seeds until one is found guilty. `layer` names the world for the command that replays a seed.
[[nodiscard]] Tally campaign(std::uint64_t seeds, const Policy& policy, const MakeDisk& make_disk);
// The figures, one line.
void print(const Tally& tally);
// A number from the environment: TILLGATE_SEEDS for longer runs.
[[nodiscard]] std::uint64_t number_in(const char* variable, std::uint64_t otherwise);

}  // namespace tillgate::sim
