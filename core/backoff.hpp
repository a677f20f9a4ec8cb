// When to try again. Backoff: growing, jittered delay for anything. ReconnectPolicy: the link's own numbers.
#pragma once

#include <algorithm>

#include "core/random.hpp"
#include "core/time.hpp"

namespace tillgate {

// Full jitter: uniform in (0, min(cap, first * 2^attempt)].
class Backoff {
 public:
  Backoff(Duration first, Duration cap) : first_(first), cap_(cap) {}
  [[nodiscard]] Duration next(Random& random) {
    const Duration ceiling = std::min(cap_, first_ * (std::int64_t{1} << std::min(attempt_, 20)));
    ++attempt_;
    return random.uniform(ceiling) + Duration{1};
  }
  void reset() { attempt_ = 0; }
  [[nodiscard]] int attempts() const { return attempt_; }

 private:
  Duration first_, cap_;
  int attempt_ = 0;
};

// Reconnecting to head office: uniform(0, 30 s) for the first attempt after loss or boot, then uniform(0, 45 s), never
// more. So a healed line is used within 60 s (attempt deadline 10 s included) and of 1,000 stores that lost a broker at
// once no second sees more than about 5 %. Resets only after a useful session (an ack), not after a mere CONNACK: a broker
// that accepts and kicks at once must not be hammered.
class ReconnectPolicy {
 public:
  struct Limits {
    Duration first = seconds(30);
    Duration then = seconds(45);
    Duration attempt_deadline = seconds(10);
  };
  ReconnectPolicy() = default;
  explicit ReconnectPolicy(Limits limits) : limits_(limits) {}
  [[nodiscard]] Duration next(Random& random) {
    const Duration ceiling = is_first_ ? limits_.first : limits_.then;
    is_first_ = false;
    return random.uniform(ceiling);
  }
  void session_was_useful() { is_first_ = true; }
  [[nodiscard]] const Limits& limits() const { return limits_; }

 private:
  Limits limits_{};
  bool is_first_ = true;
};

}  // namespace tillgate
