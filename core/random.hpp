// A seeded generator for jitter, salts in tests and simulations. Not for secrets: keys, salts and epochs of
// the real daemon come from the kernel (service/entropy.hpp).
#pragma once

#include <cstdint>
#include <random>

#include "core/time.hpp"

namespace tillgate {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  [[nodiscard]] std::uint64_t next() { return engine_(); }
  // Uniform in [0, bound). `bound` > 0. The modulo bias of a 64-bit draw is far below anything we measure,
  // and unlike std::uniform_int_distribution it gives the same numbers with every standard library.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  [[nodiscard]] Duration uniform(Duration max) {
    return max.count() <= 0 ? Duration{0} : Duration(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(max.count()))));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace tillgate
