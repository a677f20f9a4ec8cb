// News that no ledger row tells: whether the line is there, how far an import is. Of each topic only the latest word counts, so
// whoever listens late, or slowly, misses nothing that still matters, and nothing grows.
//
// Whoever has such news says it here; live events (daemon/live_events.hpp) pass it on. No personal data.
// Thread: logic.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tillgate {

inline constexpr std::size_t kNoticeTopicsMax = 32;  // the topic that was silent longest makes room

struct Notice {
  std::uint64_t number = 0;  // of the word; later ones have greater numbers
  std::string topic;         // what replaces what: "link", "import 01983f…"
  std::string event;         // the name that listeners see: "link", "import"
  std::string data;          // one line of JSON
};

class Notices {
 public:
  void say(std::string topic, std::string event, std::string data);
  // The latest word on every topic that was said after word `number`, in the order in which they were said.
  [[nodiscard]] std::vector<Notice> after(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t last() const { return last_; }
  void on_news(std::function<void()> listener) { listener_ = std::move(listener); }

 private:
  std::vector<Notice> notices_;  // by number
  std::uint64_t last_ = 0;
  std::function<void()> listener_;
};

}  // namespace tillgate
