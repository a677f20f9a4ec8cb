// How far something long is: a bar that stays on its line in a terminal, a line now and then elsewhere, so that a log is readable.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "core/time.hpp"

namespace tillgate {

struct ProgressAt {
  std::string doing;                 // "checking"
  std::int64_t done = 0, total = 0;  // of bytes or whatever else is known beforehand; total 0: unknown
  std::int64_t count = 0;            // of `unit`, what people count in
  std::string unit;                  // "rows"
};

// "41,200/s, 14 s left", once there is something to judge by: what was done between the two in `took` seconds.
[[nodiscard]] std::string pace_of(const ProgressAt& first, const ProgressAt& at, double took);
// At most 79 columns.
[[nodiscard]] std::string progress_bar(const ProgressAt& at, const std::string& pace);
[[nodiscard]] std::string progress_words(const ProgressAt& at, const std::string& pace);

class Progress {
 public:
  explicit Progress(std::FILE* out, bool is_terminal) : out_(out), is_terminal_(is_terminal) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Another `doing` begins anew; what was there before (after a restart of either side) does not count for the rate.
  void show(const ProgressAt& at, Time now);
  void clear();

 private:
  std::FILE* out_;
  const bool is_terminal_;
  ProgressAt first_;
  Time began_at_{}, shown_at_{};
  bool has_line_ = false;
};

}  // namespace tillgate
