// Stage: what everybody in a world shares: the virtual clock with its queue of events, the one source of chance, the faults in
// force, the story and the outcome. One seed gives one run, event for event; nothing here knows the time of the real world.
// Thread: none but the caller's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/random.hpp"
#include "sim/world/policy.hpp"

namespace tillgate::sim {

inline constexpr Timestamp kWorldBegins = timestamp_from_ms(1'795'000'000'000);  // 2026-11-18
inline constexpr std::int64_t kEventsMax = 200'000;

struct Options {
  std::uint64_t seed = 1;
  Policy policy{};
  bool is_told = false;       // print the story
  std::size_t receivers = 0;  // 0: one to three, drawn
  std::int64_t window = 0;    // batches in flight; 0: drawn, and so is the size of a batch; else one change each
};

// Odds. Per mille where nothing else is said.
struct Faults {
  int loss = 0, doubled = 0, straggler = 0;              // of each message
  int read_failure = 0;                                  // of each read of a batch
  int power = 0;                                         // of each step between two awaits of a store: the power goes
  int link = 0, partition = 0, crash = 0, restart = 0;   // weights against 1000 of writing
  int restore = 0, clone = 0, receiver = 0, office = 0;  // also weights
  int clock = 0, full = 0, lie = 0;                      // also weights
  int late_repeat = 0, key_reuse = 0;                    // of each request answered
  Duration delay_max = milliseconds(20);
};

struct Outcome {
  std::string violation;  // empty: all rules held
  bool is_calm = false;   // few faults: frugality is judged
  std::size_t receivers = 1;
  std::int64_t written = 0, sent = 0, events = 0, crashes = 0, awaits_cut = 0, commits_cut = 0, lost_tails = 0, restores = 0,
               clones = 0, office_restores = 0, forks = 0, rewinds = 0, timeouts = 0, partitions = 0, full_disks = 0,
               clock_jumps = 0, repeats = 0, reused_keys = 0;
  Duration settled_after{};  // since the last fault
};

class Stage {
 public:
  explicit Stage(const Options& options)
      : policy(options.policy), random(options.seed * 0x9e3779b97f4a7c15U + 1), is_told_(options.is_told) {}
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const Policy policy;
  Random random;
  Faults faults;
  Outcome outcome;

  // ---- time
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] Timestamp true_time() const {
    return kWorldBegins + std::chrono::duration_cast<milliseconds>(now_.time_since_epoch());
  }
  void after(Duration wait, std::function<void()> work) {
    queue_.push_back({now_ + wait, order_++, std::move(work)});
    std::push_heap(queue_.begin(), queue_.end());
  }
  [[nodiscard]] bool is_over() const { return queue_.empty() || !outcome.violation.empty(); }
  void next() {
    std::pop_heap(queue_.begin(), queue_.end());
    const Event event = std::move(queue_.back());
    queue_.pop_back();
    now_ = event.at;
    if (++outcome.events > kEventsMax) violate("the world does not come to rest");
    event.work();
  }

  // ---- chance
  [[nodiscard]] Duration spread(Duration max) { return random.uniform(max) + Duration{1}; }
  [[nodiscard]] bool chance(int per_mille) { return per_mille > 0 && static_cast<int>(random.below(1'000)) < per_mille; }
  [[nodiscard]] Uuid draw_id() {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      const std::uint64_t drawn = random.next();
      for (std::size_t j = 0; j < 8; ++j) bytes[i + j] = static_cast<std::uint8_t>(drawn >> (8 * j));
    }
    return uuid_v4(bytes);
  }

  // ---- the story, told only on demand
  template <class... Parts>
  void tell(const Parts&... parts) const {
    if (!is_told_) return;
    std::string line;
    (append(line, parts), ...);
    std::printf("%9.3f %s\n", static_cast<double>(now_.time_since_epoch().count()) / 1e9, line.c_str());
  }
  void violate(const std::string& what) {
    if (outcome.violation.empty()) outcome.violation = what;
    tell("VIOLATION ", what);
  }

 private:
  struct Event {
    Time at;
    std::uint64_t order;
    std::function<void()> work;
    bool operator<(const Event& other) const { return std::tie(other.at, other.order) < std::tie(at, order); }
  };
  template <class Part>
  static void append(std::string& line, const Part& part) {
    if constexpr (std::is_base_of_v<Uuid, Part>) {
      line += part.text().substr(0, 8);
    } else if constexpr (std::is_integral_v<Part>) {
      line += std::to_string(part);
    } else {
      line += part;
    }
  }

  std::vector<Event> queue_;
  Time now_{};
  std::uint64_t order_ = 0;
  bool is_told_;
};

}  // namespace tillgate::sim
