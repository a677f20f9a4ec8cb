// Opening the store on a Machine, and commands run by hand on it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "sim/machine.hpp"
#include "sim/oracle.hpp"

namespace tillgate::sim::testing {

inline std::unique_ptr<StoreDatabase> open(Machine& machine) {
  auto database = StoreDatabase::open(machine.options);
  EXPECT_TRUE(database.has_value()) << (database ? "" : database.error().what + " | " + database.error().detail);
  return database ? std::move(*database) : nullptr;
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
  auto outcome = run_on(database, std::move(command));
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().what + " | " + outcome.error().detail);
  return outcome && std::holds_alternative<Committed>(*outcome) ? std::get<Committed>(*outcome) : Committed{};
}

}  // namespace tillgate::sim::testing
