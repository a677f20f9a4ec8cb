// Everything that comes to the link thread, from whichever thread: what it is asked to do, what the MQTT client's threads tell, what
// the resolver found. Internal to drivers/mqtt.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>

#include "core/mailbox.hpp"
#include "drivers/mqtt/link.hpp"
#include "drivers/mqtt/resolve.hpp"

namespace tillgate::link {

inline constexpr std::size_t kPacketBytesMax = std::size_t{2} * 1024 * 1024;  // told to the broker, and held ourselves
inline constexpr std::size_t kArrivalsMax = 1024;                             // received and not yet handed on
inline constexpr std::size_t kArrivalBytesMax = 8 * kPacketBytesMax;

enum class Deed : std::uint8_t { connect, subscribe, publish };
struct Settled {
  Deed deed;
  std::uint64_t attempt;
  std::size_t slot;
  bool is_ok;
  int code;  // MQTT reason code, or one of paho's negative ones
};
struct Lost {
  std::uint64_t attempt;
  int code;  // 0: without a word
};
struct Arrived {
  std::uint64_t attempt;
  Message message;
};
struct Resolved {
  Resolution resolution;
};
struct Stop {};
using Item = std::variant<Outgoing, Settled, Lost, Arrived, Resolved, Stop>;

// Shared: a resolver that never answers may outlive the Link.
struct Inbox {
  explicit Inbox(std::size_t capacity) : items(capacity) {}

  // For callbacks: nothing may be thrown into paho, and what does not fit must end the session, not vanish.
  void note(Item&& item) noexcept {
    try {
      if (!items.push(std::move(item))) is_overrun = true;
    } catch (...) {
      is_overrun = true;
    }
  }

  Mailbox<Item> items;
  std::atomic<std::size_t> queued{0};  // Outgoing that paho has not got yet
  std::atomic<std::size_t> arrivals{0}, arrival_bytes{0};
  std::atomic<bool> is_overrun{false}, is_oversize{false};
};

}  // namespace tillgate::link
