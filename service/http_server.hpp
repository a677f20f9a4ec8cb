// HTTP/1.1 server on the logic thread: plain TCP, TLS, or a Unix socket. All limits are enforced here, before a handler sees
// anything; the numbers are docs/security.md "Limits" (reliability promise P15).
//
// Requests are read by http_head, not by Boost.Beast, whose 1.81 limits have holes (chunk extensions, trailers, other
// codings). Every request that carries Transfer-Encoding is refused with 501 and the connection closed; who may speak is
// decided from the head alone, before any body is read.
//
// Everything runs on the thread that runs the io_context; no call here blocks. The router must outlive the io_context: a
// handler that outlasted its time still runs on.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "service/router.hpp"

namespace boost::asio {
class io_context;
}

namespace tillgate {

struct HttpLimits {
  std::size_t header_bytes = 8 * 1024;
  std::size_t header_fields = 64;
  std::size_t body_bytes = 1024 * 1024;
  std::size_t bodies_bytes = 64 * 1024 * 1024;  // of all requests together; more is answered 503
  std::size_t body_bytes_per_second_min = 1024;
  Duration handshake_time = seconds(5);
  Duration header_time = seconds(5);    // whole header
  Duration body_time = seconds(15);     // whole body; the rate above counts once header_time is over
  Duration idle_time = seconds(30);     // between requests
  Duration write_time = seconds(15);    // slow readers
  Duration handler_time = seconds(30);  // backstop
  std::size_t connections = 256;        // a Unix socket: at most 32
  std::size_t connections_per_address = 32;
  std::size_t requests_per_connection = 10'000;
};

struct HttpListen {
  std::string address = "127.0.0.1";  // or a Unix socket path when it begins with '/'
  std::uint16_t port = 0;             // 0: any free port
  struct Tls { std::string cert_file, key_file; };
  std::optional<Tls> tls;
  std::uint32_t socket_mode = 0660;   // Unix socket
  std::vector<std::string> hosts;     // allowed Host values (without port), besides literal addresses and localhost
};

class HttpServer {
 public:
  // Binds and listens at once (throws std::runtime_error with one readable sentence when it cannot). A Unix socket file that
  // nobody answers on is replaced; anything else that stands in its place is left alone and is an error.
  HttpServer(boost::asio::io_context& io, const Router& router, HttpListen listen, HttpLimits limits);
  // Closes every connection and forgets `drained`; stop() first for a polite end.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start();
  // Stops accepting; requests being handled are answered, idle connections closed. `drained` is called once, from the
  // io_context, when none is left or after `deadline`, when what is left has been closed.
  void stop(Duration deadline, std::function<void()> drained);
  [[nodiscard]] std::uint16_t port() const;

  struct Counters {
    std::int64_t open = 0;  // connections now; the others count since the start
    std::int64_t connections = 0, requests = 0, refused_connections = 0, malformed = 0, timeouts = 0, accept_failures = 0;
  };
  [[nodiscard]] Counters counters() const;

 private:
  class Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace tillgate
