// Talks to systemd (Type=notify): readiness, stopping, and the watchdog, which is fed only while every registered part has
// come round since the last feed. Without NOTIFY_SOCKET everything is a no-op.
// Thread: feed() on the logic thread; beat() on any.
#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <string>

#include "core/time.hpp"

namespace tillgate {

class Watchdog {
 public:
  // A part that must come round. The reference stays valid for the watchdog's life.
  class Part {
   public:
    explicit Part(std::string name) : name_(std::move(name)) {}
    void beat() { beats_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] const std::string& name() const { return name_; }

   private:
    friend class Watchdog;
    std::string name_;
    std::atomic<std::uint64_t> beats_{0};
    std::uint64_t seen_ = 0;
  };
  [[nodiscard]] Part& part(std::string name);

  // Half of WATCHDOG_USEC; nullopt when systemd asked for none.
  [[nodiscard]] std::optional<Duration> interval() const;
  // Feeds systemd if every part has beaten since the last successful feed; otherwise names the first that has not.
  [[nodiscard]] std::optional<std::string> feed();

  void ready(std::string status);
  void status(std::string status);
  void stopping();

 private:
  std::deque<Part> parts_;
};

}  // namespace tillgate
