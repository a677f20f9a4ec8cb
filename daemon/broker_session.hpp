// The store's sessions with the broker, one after the other: when the next is tried, what is said at its beginning and its end, what
// of it people should know, and whether the link's thread still comes round. What is sent in a session is the replication shell's.
// Logic thread only. Shared, so that an answer posted from a foreign thread finds it or nothing.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/backoff.hpp"
#include "core/message.hpp"
#include "core/random.hpp"
#include "daemon/gateway.hpp"
#include "drivers/mqtt/link.hpp"

namespace tillgate {

class BrokerSession : public std::enable_shared_from_this<BrokerSession> {
 public:
  struct Place {  // of the ledger, as the status tells it
    EpochRoot current;
    Seq head = 0;
  };
  struct Events {
    std::function<void()> up, down;
    std::function<void(link::Message)> received;
    std::function<Place()> place;
  };
  BrokerSession(boost::asio::io_context& io, Gateway& gateway, Topic topic, Events events);

  // The first attempt, after its wait; from then on by itself.
  void start();
  // Says goodbye where there is somebody to hear it; no event after this.
  void stop();

  // False: no room in the link's queue.
  [[nodiscard]] bool post(link::Publish publish) { return link_->post(std::move(publish)); }
  // Ends the session, however long it takes until the link takes the order: one that has ended for the sender must end here too.
  void leave();
  // Head office was heard over this connection: the next loss is a fresh one.
  void was_useful() { policy_.session_was_useful(); }
  // How long ago the link's thread last came round.
  [[nodiscard]] Duration stuck_for() const;

 private:
  void open();
  void schedule();
  void connect();
  void on(link::Event event);
  void on_up();
  void on_down(const std::string& reason);
  void tell(bool is_online);
  [[nodiscard]] link::Message status_message(bool is_online) const;
  [[nodiscard]] Status status(bool is_online) const;

  boost::asio::io_context& io_;
  Gateway& gateway_;
  const Topic topic_;
  const Events events_;
  Random random_;
  ReconnectPolicy policy_;
  boost::asio::steady_timer connect_timer_;
  std::optional<Link> link_;
  std::int64_t n_ = 0;  // counts the sessions of this epoch
  bool is_up_ = false, is_stopped_ = false, has_reported_down_ = false, is_nobody_listening_ = false;
};

}  // namespace tillgate
