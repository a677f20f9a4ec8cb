// PowerLab: a mixed workload of real commands on the real store over a CrashDisk; at many moments it asks what a power cut would
// leave, opens that with the store's own opening code on another disk, and lets the Oracle compare. The workload itself is cut,
// killed and reopened too, and goes on from what was left. Single-threaded; all from the seed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/oracle.hpp"

namespace tillgate::sim {

struct LabOptions {
  std::uint64_t seed = 1;
  std::int64_t cuts_max = 1000;
  int steps = 40;              // of one life of a disk; then a new disk and a first start
  bool is_exhaustive = false;  // at every change of the disk every kind of cut, instead of some of both
  std::int64_t lives_max = 1'000'000;
  std::size_t singles_max = 6;  // exhaustive: unsynced changes kept or lost one by one; where there are more, some of them
  bool stops_at_first = false;  // one complaint is enough
  // Plant a mistake (canaries): in a life's database when it was opened; in what every store, the judge's too, is opened with.
  std::int64_t wal_pages_max = 840;  // small, so that a short life sees checkpoints and a WAL begun anew
  std::function<void(StoreDatabase&)> on_open;
  std::function<void(StoreOptions&)> on_options;
};

struct LabReport {
  std::int64_t cuts = 0, lives = 0, answers = 0, checkpoints = 0, failures = 0;
  std::vector<std::string> complaints;     // the first few, with the cut's number
  [[nodiscard]] std::string text() const;  // one line, with the bound that a zero stands for
};

class PowerLab {
 public:
  explicit PowerLab(LabOptions options);
  [[nodiscard]] LabReport run();

 private:
  struct Taken {
    Image image;
    Oracle::Moment moment;
  };
  void live();
  void take_cuts();
  void check_taken();
  void complain(const std::string& what);
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] bool open();
  void step();
  void ask_group();
  [[nodiscard]] Command draw_command();
  void acknowledge();
  void rechain();

  LabOptions options_;
  LabReport report_;
  Random random_;
  Machine judge_;  // the disk on which cuts are opened
  std::optional<Machine> machine_;
  std::optional<Oracle> oracle_;
  std::unique_ptr<StoreDatabase> database_;
  std::vector<Taken> taken_;
  std::vector<CustomerId> customers_;
  int asked_ = 0;
};

}  // namespace tillgate::sim
