// Machine: a CrashDisk, a clock and a source of randomness, and the options by which the real store opens on them.
// Deterministic from its seed; the clock moves a millisecond each time it is read.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/crash_disk.hpp"
#include "store/database.hpp"

namespace tillgate::sim {

struct Machine {
  CrashDisk disk;
  Random random;
  std::int64_t now_ms = 1'795'390'000'000;  // 2026-11-22
  int faults = 0;                           // calls of on_fault
  StoreOptions options;

  explicit Machine(std::uint64_t seed) : disk(seed), random(seed ^ 0x5eed) {
    options.file = "tillgate.db";
    options.vfs = disk.vfs();
    options.flush_folder = [this] { return disk.flush_folder(); };
    options.store = StoreId{"store-7"};
    options.keys.id = "k1";
    options.keys.pii.fill(0x11);
    options.keys.index.fill(0x22);
    options.read_clock = [this] {
      ++now_ms;
      return HlcClock::Reading{timestamp_from_ms(now_ms), Time(milliseconds(now_ms))};
    };
    options.fill_random = [this](std::span<std::uint8_t> out) {
      for (auto& byte : out) byte = static_cast<std::uint8_t>(random.next());
    };
    options.on_fault = [this](const Error&) { ++faults; };
  }
};

}  // namespace tillgate::sim
