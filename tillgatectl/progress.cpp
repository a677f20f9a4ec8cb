#include "tillgatectl/progress.hpp"

#include <algorithm>

#include "tillgatectl/render.hpp"

namespace tillgate {

namespace {

constexpr milliseconds kBarEvery{100};
constexpr seconds kLineEvery{5};
constexpr std::size_t kBarWidth = 20;

double share_of(const ProgressAt& at) {
  if (at.total <= 0) return 0;
  return std::clamp(static_cast<double>(at.done) / static_cast<double>(at.total), 0.0, 1.0);
}

std::string percent_of(const ProgressAt& at) {
  return std::to_string(static_cast<int>(share_of(at) * 100)) + " %";
}

}  // namespace

std::string pace_of(const ProgressAt& first, const ProgressAt& at, double took) {
  if (took < 0.5 || at.count <= first.count) return "";
  std::string pace = human_count(static_cast<std::int64_t>(static_cast<double>(at.count - first.count) / took)) + "/s";
  const auto done = static_cast<double>(at.done - first.done), left = static_cast<double>(at.total - at.done);
  if (done > 0 && left > 0) pace += ", " + human_duration(took * left / done) + " left";
  return pace;
}

std::string progress_bar(const ProgressAt& at, const std::string& pace) {
  const auto full = static_cast<std::size_t>(share_of(at) * kBarWidth);
  std::string line = at.doing;
  line.resize(std::max<std::size_t>(line.size() + 1, 10), ' ');
  line += "[" + std::string(full, '#') + std::string(kBarWidth - full, '-') + "] " + percent_of(at);
  line += "  " + human_count(at.count) + " " + at.unit;
  if (!pace.empty()) line += "  " + pace;
  line.resize(std::min<std::size_t>(line.size(), 79));
  return line;
}

std::string progress_words(const ProgressAt& at, const std::string& pace) {
  return at.doing + ": " + percent_of(at) + ", " + human_count(at.count) + " " + at.unit + (pace.empty() ? "" : ", " + pace);
}

void Progress::show(const ProgressAt& at, Time now) {
  const bool is_other = at.doing != first_.doing;
  if (is_other) {
    clear();
    first_ = at;
    began_at_ = now;
  }
  const Duration every = is_terminal_ ? Duration(kBarEvery) : Duration(kLineEvery);
  if (!is_other && now - shown_at_ < every) return;
  shown_at_ = now;
  const std::string pace = pace_of(first_, at, std::chrono::duration<double>(now - began_at_).count());
  if (is_terminal_) {
    std::fprintf(out_, "\r%s\033[K", progress_bar(at, pace).c_str());
    has_line_ = true;
  } else {
    std::fprintf(out_, "%s\n", progress_words(at, pace).c_str());
  }
  std::fflush(out_);
}

void Progress::clear() {
  if (has_line_) std::fputs("\r\033[K", out_);
  has_line_ = false;
  std::fflush(out_);
}

}  // namespace tillgate
