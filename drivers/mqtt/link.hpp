// Link: a connection to the broker that may vanish at any moment. It decides nothing: one attempt when told, no reconnect of
// its own, no buffering, no persistence (the ledger is the queue). MQTT 5, QoS 1, clean start, session expiry 0.
//
// Threads: one thread of its own makes every call into paho and delivers every event, in order: the handler must copy and post,
// nothing else, and must not throw. post() may be called from any thread.
//
// Rules for paho C++ 1.2.0 / C 1.3.12 (docs/decisions/0004-paho.md): a fresh client object per attempt, destroyed on the link
// thread; callbacks set before connect, one by one, never set_callback; no call into paho from inside a callback; no wait
// without a deadline; nothing thrown out of a callback.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "drivers/driver.hpp"

namespace tillgate {

struct LinkTls {
  std::string ca_file;           // our CA only; the system store is never trusted
  std::string cert_file, key_file;
};

struct LinkOptions {
  std::string host;
  int port = 8883;
  std::string client_id;                // stable; bound to the certificate at the broker
  std::optional<LinkTls> tls;           // none: plain TCP, for a broker on this machine only
  // paho asks for a sign of life after one keepalive of silence and gives up 1.5 later: 15 s notices a dead path within 40 s.
  seconds keepalive{15};
  Duration connect_deadline = seconds(10);   // resolve + TCP + TLS + CONNACK
  int in_flight_max = 20;               // paho scans lists: keep 20-100
  std::size_t queue_max = 256;          // Outgoing mailbox
  std::string thread_name = "link";
};

namespace link {
struct Message {
  std::string topic;
  std::string payload;
  bool is_retained = false;
  std::string content_type, content_encoding;  // MQTT 5 content type; user property content-encoding
  std::vector<std::pair<std::string, std::string>> user_properties;
  std::optional<seconds> expiry;
};

// --- what it is asked to do
struct Connect {
  std::optional<Message> will;          // QoS 1
  std::vector<std::string> subscribe;   // QoS 1, done before Up is reported
};
struct Publish { Message message; std::uint64_t token = 0; };  // QoS 1
struct Disconnect {};                    // orderly; the Will is not sent
using Outgoing = std::variant<Connect, Publish, Disconnect>;

// --- what it reports
// Every Connect ends in Up or Down, every Up in one Down. Every Publish that post() took ends in one Published or
// PublishFailed, told before the Down it belongs to; no Received is told before Up.
struct Up {};                            // connected and every subscription granted
struct Down { std::string reason; };     // one sentence for the log, a different one per cause: wrong host name, refused, ...
struct Received { Message message; };
struct Published {                       // the broker has it; not a receipt
  std::uint64_t token;
  bool has_no_subscribers = false;       // reason 0x10: nobody is listening. Never set by paho C 1.3.12, which drops that code
};
struct PublishFailed {                   // refused by the broker, or unknown because the link fell
  std::uint64_t token;
  std::string reason;
};
using Event = std::variant<Up, Down, Received, Published, PublishFailed>;
}  // namespace link

class Link {
 public:
  using Handler = std::function<void(link::Event)>;
  Link(LinkOptions options, Handler handler);
  // Orderly: what was posted before has 1 s to be acknowledged, then it disconnects and joins, within 2 s. A link thread stuck
  // inside paho is left behind after that, muted: the handler is never called once this has returned.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // False: queue full or stopping.
  [[nodiscard]] bool post(link::Outgoing outgoing);
  // When the link thread last came round; for supervision (decisions: stuck 60 s alert, 180 s exit 71). Nanoseconds of the steady clock.
  [[nodiscard]] std::int64_t last_turn() const;
  [[nodiscard]] Health health() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;  // shared with the link thread, which may have to be left behind
};

}  // namespace tillgate
