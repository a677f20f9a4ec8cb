// What the canaries of the bit flips share: each plants its mistake in a program of its own, and this must notice it.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>

#include "sim/flip_lab.hpp"

namespace tillgate::sim {

inline void expect_flips_notice(const char* mistake) {
  FlipOptions options;
  options.stops_at_first = true;
  const FlipReport report = FlipLab(options).run();
  std::printf("%s: caught after %lld flips\n", mistake, static_cast<long long>(report.flips));
  EXPECT_GT(report.wrong, 0) << report.text();
}

}  // namespace tillgate::sim
