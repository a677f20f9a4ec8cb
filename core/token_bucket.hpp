// How often: so many at once, then one per `interval`. On the monotonic clock, so that no clock that is set opens or closes it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/time.hpp"

namespace tillgate {

class TokenBucket {
 public:
  TokenBucket(std::int64_t burst, Duration interval, Time now) : span_(interval * burst), interval_(interval), full_at_(now) {}
  // True: this one may pass, and is counted.
  [[nodiscard]] bool take(Time now) {
    const Time full_at = std::max(full_at_, now) + interval_;
    if (full_at - now > span_) return false;
    full_at_ = full_at;
    return true;
  }
  // Until the next one may pass; zero: now.
  [[nodiscard]] Duration wait(Time now) const {
    return std::max(Duration{0}, std::max(full_at_, now) + interval_ - now - span_);
  }

 private:
  Duration span_, interval_;
  Time full_at_;  // when everything that was taken has come back
};

}  // namespace tillgate
