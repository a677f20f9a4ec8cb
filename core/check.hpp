// CHECK(condition): an invariant that only a bug can break. Stays on in release builds, because a
// gateway that goes on with a broken invariant writes wrong data into a ledger that never forgets.
// Never for input: input gets a Result.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace tillgate::detail {
[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "<2>CHECK failed: %s at %s:%d; stopping, systemd restarts\n", condition, file, line);
  std::fflush(stderr);
  std::abort();
}
}  // namespace tillgate::detail

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::tillgate::detail::check_failed(#condition, __FILE__, __LINE__))
