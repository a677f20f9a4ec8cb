// P6: damage is found. Single bits flipped in what a life of a store left on its disk: harmless, or found, never wrong data
// given as good. TILLGATE_FLIPS and TILLGATE_SEED set the size and the seed of the long run.
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/flip_lab.hpp"

namespace tillgate::sim {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::int64_t kFlips = 300;
#else
constexpr std::int64_t kFlips = 2000;
#endif

std::int64_t from_environment(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoll(text, nullptr, 10) : otherwise;
}

TEST(BitFlip, EachIsHarmlessOrFound) {
  FlipOptions options;
  options.flips_max = from_environment("TILLGATE_FLIPS", kFlips);
  options.seed = static_cast<std::uint64_t>(from_environment("TILLGATE_SEED", 20261127));
  const FlipReport report = FlipLab(options).run();
  std::printf("bit flips, seed %llu: %s\n", static_cast<unsigned long long>(options.seed), report.text().c_str());
  EXPECT_EQ(report.wrong, 0);
  EXPECT_GT(report.refused, 0);
  EXPECT_GT(report.errors, 0);
  EXPECT_GT(report.found_running, report.refused_database * 9 / 10) << "the weekly check sees less than a start does";
  for (std::size_t i = 0; i < kPlaces; ++i) EXPECT_GT(report.at[i], 0) << name_of(static_cast<Place>(i));
}

}  // namespace
}  // namespace tillgate::sim
