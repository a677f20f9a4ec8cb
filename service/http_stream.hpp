// A body that goes on for as long as both sides want it: whoever makes it is asked for one piece after the other. The server holds
// one piece and never more, so whoever reads slowly is waited for in nobody's memory.
// Thread: logic.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

namespace tillgate {

class HttpStream {
 public:
  virtual ~HttpStream() = default;
  // The next piece, however long it takes to come; empty: that was all. Asked for again once the one before has left. A piece that
  // the far side does not take within the server's write_time ends the connection, so pieces are small (64 KiB at most).
  [[nodiscard]] virtual boost::asio::awaitable<std::string> next() = 0;
  // Nobody listens any more, or the server stops: next() answers empty at once, then and from then on.
  virtual void close() = 0;
};

}  // namespace tillgate
