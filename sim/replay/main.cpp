// sim_replay: tells the story of one seed, line by line.  sim_replay SEED [--memory] [--canary NAME]
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "sim/store_disk.hpp"
#include "sim/world/world.hpp"

namespace {

int usage() {
  std::fprintf(
      stderr,
      "usage: sim_replay SEED [--memory] [--canary NAME]\n  --memory  disks in memory instead of the real store\ncanaries:\n");
  for (const auto& canary : tillgate::sim::kCanaries)
    std::fprintf(stderr, "  %-14s %s\n", std::string(canary.name).c_str(), std::string(canary.what).c_str());
  return 2;
}

}  // namespace

int main(int count, char** words) {
  using namespace tillgate::sim;
  Options options;
  options.is_told = true;
  options.seed = 0;
  Policy policy;
  MakeDisk make_disk = make_store_disk;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--canary" && i + 1 < count) {
      const Canary* canary = canary_named(words[++i]);
      if (!canary) return usage();
      policy.*canary->mistake = true;
    } else if (word == "--memory") {
      make_disk = make_memory_disk;
    } else {
      char* end = nullptr;
      options.seed = std::strtoull(words[i], &end, 10);
      if (*end != '\0') return usage();
    }
  }
  if (options.seed == 0) return usage();
  World world(Options{options.seed, policy, true, 0, 0}, make_disk);
  const Outcome outcome = world.run();
  std::printf("%lld written, %lld sent, %lld events: %s\n", static_cast<long long>(outcome.written),
              static_cast<long long>(outcome.sent), static_cast<long long>(outcome.events),
              outcome.violation.empty() ? "every rule held" : outcome.violation.c_str());
  return outcome.violation.empty() ? 0 : 1;
}
