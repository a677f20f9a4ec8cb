// World: shops, a network and head office on one stage. A seed is a phase of faults, then calm, then judgement. Scenarios script the
// same parts by hand. The world is also the judge: judge.cpp says what must hold.
#pragma once

#include <deque>
#include <memory>

#include "sim/world/clerk.hpp"
#include "sim/world/network.hpp"
#include "sim/world/office.hpp"
#include "sim/world/receiver.hpp"
#include "sim/world/shop.hpp"

namespace tillgate::sim {

using MakeDisk = std::function<std::unique_ptr<Disk>(const StoreId&, Surroundings, Stage&)>;
// Disks in memory: the pure world.
[[nodiscard]] std::unique_ptr<Disk> make_memory_disk(const StoreId& store, Surroundings around, Stage& stage);

class World {
 public:
  World(const Options& options, MakeDisk make_disk);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // A whole seed.
  Outcome run();

  // ---- for scenarios
  void open_shop(const std::string& store = "store-001");
  std::size_t copy(std::size_t shop, bool is_running);
  void pass(Duration time);
  Outcome settle();  // ends all faults, waits until everything is at head office, judges
  [[nodiscard]] Stage& stage() { return stage_; }
  [[nodiscard]] Shop& shop(std::size_t number) { return shops_.at(number); }
  [[nodiscard]] std::size_t shops() const { return shops_.size(); }
  [[nodiscard]] Receiver& receiver(std::size_t number) { return receivers_.at(number); }
  [[nodiscard]] Office& office() { return office_; }
  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] Clerk& clerk() { return clerk_; }
  // Asked at every await point before chance is; false: the power goes.
  std::function<bool(std::size_t shop, Await)> script;

 private:
  [[nodiscard]] Network::Ends ends();
  void draw_faults();
  void mischief();
  void office_mischief();
  void clock_mischief(std::size_t shop);
  void disk_mischief(std::size_t shop, bool fills);
  [[nodiscard]] bool has_power(std::size_t shop, Await await);
  void calm_down();
  [[nodiscard]] bool is_settled();
  [[nodiscard]] bool is_followed();

  // judge.cpp
  void account(std::size_t shop, std::optional<Time> since);
  void judge();
  void judge_shop(std::size_t shop);
  void judge_requests();
  void judge_office();
  void judge_states(std::size_t shop);
  [[nodiscard]] bool has_gone_back() const;  // any store lost, restored or copied something

  Stage stage_;
  Office office_;
  Network network_;
  Clerk clerk_;
  Shop::World around_;
  std::deque<Shop> shops_;
  std::deque<Receiver> receivers_;
  Time chaos_ends_{};
};

}  // namespace tillgate::sim
