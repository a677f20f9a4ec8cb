// Promises P1 to P3 of the store under power cuts: what was answered is there, all of it or none, and repeats have one effect.
// And the proof that the laboratory would see otherwise: mistakes planted on purpose must be found.
// TILLGATE_CUTS and TILLGATE_SEED set the size and the seed of the long run.
#include <gtest/gtest.h>

#include <cstdlib>

#include "sim/power_lab.hpp"

namespace tillgate::sim {
namespace {

std::int64_t from_environment(const char* name, std::int64_t otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoll(text, nullptr, 10) : otherwise;
}

LabReport run_lab(const char* what, const LabOptions& options) {
  LabReport report = PowerLab(options).run();
  std::printf("%s, seed %llu: %s\n", what, static_cast<unsigned long long>(options.seed), report.text().c_str());
  return report;
}

TEST(PowerCut, NothingAnsweredIsLostAndNothingIsHalfDone) {
  LabOptions options;
  options.cuts_max = from_environment("TILLGATE_CUTS", 500);
  options.seed = static_cast<std::uint64_t>(from_environment("TILLGATE_SEED", 20261127));
  const LabReport report = run_lab("random cuts", options);
  EXPECT_EQ(report.failures, 0);
  EXPECT_GE(report.cuts, options.cuts_max);
  EXPECT_GT(report.answers, report.cuts / 20) << "hardly anything was at stake";
  EXPECT_GT(report.checkpoints, 0);
}

TEST(PowerCut, EveryCutOfAShortLifeLeavesAWholeStore) {
  LabOptions options;
  options.seed = 5;
  options.steps = 8;
  options.is_exhaustive = true;
  options.lives_max = 1;
  options.cuts_max = 1'000'000;
  options.wal_pages_max = 112;  // a checkpoint with almost every group
  options.singles_max = std::getenv("TILLGATE_CUTS") ? 12 : 1;
  const LabReport report = run_lab("every change of one life", options);
  EXPECT_EQ(report.failures, 0);
  EXPECT_GT(report.answers, 0);
  EXPECT_GE(report.checkpoints, 4);
}

struct Canary {
  const char* name;
  std::function<void(StoreDatabase&)> plant;
  std::function<void(StoreOptions&)> opened_with = {};
};

TEST(PowerCutCanary, EachPlantedMistakeIsFound) {
  const auto says = [](const char* sql) {
    return [sql](StoreDatabase& database) { EXPECT_TRUE(database.connection().execute(sql).has_value()); };
  };
  const Canary canaries[] = {
      {"synchronous=NORMAL", says("PRAGMA synchronous=NORMAL")},
      {"synchronous=OFF", says("PRAGMA synchronous=OFF")},
      {"answers cleared at start", says("DELETE FROM answers")},
      {"ids of changes cleared at start", says("DELETE FROM ids WHERE id IN (SELECT change_id FROM ledger)")},
      {"keys free again at once", {}, [](StoreOptions& options) { options.answers_kept = -std::chrono::hours(24 * 3650); }},
  };
  for (const auto& [name, plant, opened_with] : canaries) {
    LabOptions options;
    options.cuts_max = 3000;
    options.stops_at_first = true;
    options.on_open = plant;
    options.on_options = opened_with;
    EXPECT_GT(run_lab(name, options).failures, 0) << name << " was not noticed";
  }
}

}  // namespace
}  // namespace tillgate::sim
