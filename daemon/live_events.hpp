// Live events: what was committed, told to whoever listens at this moment. Not a durable feed: a listener that comes back with the
// position it had goes on from there out of the ledger, within bounds; beyond them it is told to read its lists anew.
//
// Nothing is kept for a listener. The ledger is the queue: each stream has a position and reads on from it when its reader has taken
// what came before. Streams that are up to date share one read of each run of rows; one that lags reads for itself, until its
// connection is closed for being slow (HttpLimits::write_time).
// Thread: logic.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "daemon/event_text.hpp"
#include "daemon/gateway.hpp"
#include "service/http_stream.hpp"

namespace tillgate {

struct EventLimits {
  std::size_t streams = 64;
  std::size_t streams_per_caller = 8;  // one terminal that leaves its streams open does not shut out the others
  std::int64_t resume_rows = 10'000;   // older positions are answered with a reset
  Duration ping = seconds(15);
  Duration gather = milliseconds(20);  // how long rows are collected before they are read: under load one read tells many
};

class LiveEvents {
 public:
  // Listens to the store and to gateway.notices from now on. The gateway outlives the io_context's running.
  LiveEvents(boost::asio::io_context& io, Gateway& gateway, EventLimits limits = {});

  // Errc::busy: too many listen, altogether or of this caller. `last`: what came in Last-Event-ID, as it came.
  [[nodiscard]] Result<std::shared_ptr<HttpStream>> listen(const std::string& caller, std::optional<std::string> last);
  [[nodiscard]] std::size_t streams() const;

 private:
  class Room;
  class Stream;
  std::shared_ptr<Room> room_;
};

}  // namespace tillgate
