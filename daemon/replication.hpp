// Replication: the shell around core's Sender. Performs what the machine decides (read a batch, publish, save an ack, end a
// session), feeds back what happened. It decides nothing itself. Connecting is BrokerSession's.
//
// Thread: logic. Link and store answer on their own threads; every answer is posted here first.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "core/backoff.hpp"
#include "daemon/gateway.hpp"

namespace tillgate {

class Replication {
 public:
  // `opened` is what the store found when it was opened. `die` ends the process with an exit code and a reason (a stuck link: 71).
  Replication(boost::asio::io_context& io, Gateway& gateway, const OpenReport& opened,
              std::function<void(int, std::string)> die);
  ~Replication();
  Replication(const Replication&) = delete;
  Replication& operator=(const Replication&) = delete;

  // Asks the feed for its cursor, then starts connecting. Not called when no uplink is configured.
  void start();
  // Says offline to the broker, then lets go. At most 2 s.
  void stop();

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace tillgate
