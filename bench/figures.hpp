// What every program of this folder shares: its arguments as `--name value`, its clock, and its one line of JSON.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace tillgate::bench {

[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

class Arguments {
 public:
  Arguments(int count, char** values, int from) {
    for (int i = from; i + 1 < count; i += 2) named_[std::string(values[i])] = values[i + 1];
  }
  [[nodiscard]] const std::string& text(const std::string& name) const {
    const auto found = named_.find("--" + name);
    if (found == named_.end()) give_up("missing: --" + name);
    return found->second;
  }
  [[nodiscard]] std::int64_t number(const std::string& name) const { return std::strtoll(text(name).c_str(), nullptr, 10); }

 private:
  std::map<std::string, std::string> named_;
};

inline std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// `times_us`: how long each operation took; comes back sorted. Prints {"perSecond","p50","p99","worst"}; times in milliseconds.
inline void print_figures(std::int64_t operations, std::int64_t took_us, std::vector<std::int64_t>& times_us) {
  if (operations <= 0 || took_us <= 0 || times_us.empty()) give_up("nothing was measured");
  std::sort(times_us.begin(), times_us.end());
  const auto at = [&](double share) {
    return static_cast<double>(times_us[static_cast<std::size_t>(share * static_cast<double>(times_us.size() - 1))]) / 1000.0;
  };
  std::printf("{\"perSecond\":%.1f,\"p50\":%.3f,\"p99\":%.3f,\"worst\":%.3f}\n",
              static_cast<double>(operations) * 1e6 / static_cast<double>(took_us), at(0.5), at(0.99), at(1.0));
}

}  // namespace tillgate::bench
