// HTTP/1.1 server on the logic thread: plain TCP, TLS, or a Unix socket. All limits are enforced here, before a handler sees
// anything; the numbers are docs/security.md "Limits" (reliability promise P15).
//
// Boost.Beast 1.81's own limits have holes (chunk extensions, trailers, other codings), so every request that carries
// Transfer-Encoding is refused with 501 and the connection closed; authorisation is read from the header-only parse.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"
#include "service/router.hpp"

namespace tillgate {

struct HttpLimits {
  std::size_t header_bytes = 8 * 1024;
  std::size_t header_fields = 64;
  std::size_t body_bytes = 1024 * 1024;
  std::size_t body_bytes_per_second_min = 1024;
  Duration header_time = seconds(5);    // whole header
  Duration body_time = seconds(15);
  Duration idle_time = seconds(30);     // between requests
  Duration write_time = seconds(15);    // slow readers
  Duration handler_time = seconds(30);  // backstop
  std::size_t connections = 256;
  std::size_t connections_per_address = 32;
  std::size_t requests_per_connection = 10'000;
};

struct HttpListen {
  std::string address = "127.0.0.1";  // or a Unix socket path when it begins with '/'
  std::uint16_t port = 0;             // 0: any free port
  struct Tls { std::string cert_file, key_file; };
  std::optional<Tls> tls;
  std::uint32_t socket_mode = 0660;   // Unix socket
  std::vector<std::string> hosts;     // allowed Host values (without port); empty: any literal address and localhost only
};

class HttpServer {
 public:
  // Binds and listens at once (throws std::runtime_error with one readable sentence when it cannot).
  HttpServer(boost::asio::io_context& io, const Router& router, HttpListen listen, HttpLimits limits);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  void start();
  // Stops accepting; requests being handled are answered, idle connections closed. `drained` is called when none is left
  // or after `deadline`.
  void stop(Duration deadline, std::function<void()> drained);
  [[nodiscard]] std::uint16_t port() const;

  struct Counters {
    std::int64_t connections = 0, requests = 0, refused_connections = 0, malformed = 0, timeouts = 0;
  };
  [[nodiscard]] Counters counters() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace tillgate
