// A machine with a CrashDisk and a clock of our own, and commands run by hand on the store that lies on it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "sim/crash_disk.hpp"
#include "store/database.hpp"

namespace tillgate::sim::testing {

struct Machine {
  CrashDisk disk;
  Random random;
  std::int64_t now_ms = 1'795'390'000'000;  // 2026-11-22
  int faults = 0;
  StoreOptions options;

  explicit Machine(std::uint64_t seed) : disk(seed), random(seed ^ 0x5eed) {
    options.file = "tillgate.db";
    options.vfs = disk.vfs();
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
  std::unique_ptr<StoreDatabase> open() {
    auto database = StoreDatabase::open(options);
    EXPECT_TRUE(database.has_value()) << (database ? "" : database.error().what + " | " + database.error().detail);
    return database ? std::move(*database) : nullptr;
  }
};

inline Result<CommandOutcome> run(StoreDatabase& database, Command command) {
  Result<CommandOutcome> answer = fail(Errc::busy, "no answer");
  EXPECT_TRUE(
      database.writer()->submit(std::move(command), [&](Result<CommandOutcome> outcome) { answer = std::move(outcome); }));
  while (database.writer()->drain()) {
  }
  return answer;
}

inline CommandKey key_of(const std::string& key, const std::string& request = "body") {
  return CommandKey{key, "till-1 POST", hash_of(request)};
}

inline CreateCustomer create(const std::string& first, std::optional<CommandKey> key = {}) {
  CreateCustomer command;
  command.actor = Actor{"till-1", "", "cashier"};
  command.key = std::move(key);
  command.patch.fields = {{Field::first_name, first}, {Field::last_name, "Example"}};
  return command;
}

inline Committed commit(StoreDatabase& database, Command command) {
  auto outcome = run(database, std::move(command));
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().what + " | " + outcome.error().detail);
  return outcome && std::holds_alternative<Committed>(*outcome) ? std::get<Committed>(*outcome) : Committed{};
}

}  // namespace tillgate::sim::testing
