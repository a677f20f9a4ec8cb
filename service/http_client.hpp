// One HTTP/1.1 request with a total deadline, over TCP or a Unix socket. For tools and health checks; TLS to vendors comes with
// the POS part.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "core/http.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tillgate {

struct HttpEndpoint {
  std::string unix_path;  // or
  std::string host;
  std::uint16_t port = 0;
};

// Errc::unavailable when the far side cannot be reached or does not answer in time; any HTTP status is a value.
[[nodiscard]] boost::asio::awaitable<Result<HttpResponse>> http_call(HttpEndpoint to, HttpRequest request, Duration deadline,
                                                                     std::size_t body_bytes_max);
// Blocking form for command-line tools; runs its own io_context.
[[nodiscard]] Result<HttpResponse> http_call_blocking(const HttpEndpoint& to, const HttpRequest& request, Duration deadline,
                                                      std::size_t body_bytes_max = 4 * 1024 * 1024);

}  // namespace tillgate
