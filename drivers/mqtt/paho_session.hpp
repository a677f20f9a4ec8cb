// One attempt at a session with the broker, as paho makes it. The door to paho: nothing else includes it. It decides nothing; what
// paho's threads have to tell goes into the Inbox, marked with the attempt.
//
// Link thread only; paho's threads call back into the listeners here, so the Inbox outlives the session.
// The calls answer with one sentence of what went wrong, empty where it is under way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/mqtt/inbox.hpp"

namespace tillgate::link {

// Empty: it can be sent. A broker answers a bad packet by hanging up, so one bad message would end every session it is tried in.
[[nodiscard]] std::string fault_of(const Message& message);

class PahoSession {
 public:
  // `slots`: publishes in flight at once, numbered from 0; a slot is used again once it has settled.
  PahoSession(Inbox& inbox, std::size_t slots);
  ~PahoSession();
  PahoSession(const PahoSession&) = delete;
  PahoSession& operator=(const PahoSession&) = delete;

  [[nodiscard]] std::string connect(const LinkOptions& options, const std::optional<Message>& will, std::uint64_t attempt);
  [[nodiscard]] std::string subscribe(const std::vector<std::string>& topics);
  // Once the subscription has settled well: what was refused of `topics` all the same. For several topics paho calls it a success
  // even if each of them was refused.
  [[nodiscard]] std::string refused_of(const std::vector<std::string>& topics) const;
  [[nodiscard]] std::string publish(std::size_t slot, const Message& message);
  // Destroys the client. That of a connected one sends DISCONNECT, so the Will is not published; that of a broken one just closes.
  void close();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate::link
