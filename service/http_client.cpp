#include "service/http_client.hpp"

#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "service/http_text.hpp"

namespace tillgate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using LocalStream = beast::basic_stream<asio::local::stream_protocol>;
using Request = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeaderBytesMax = 16 * 1024;

std::string name_of(const HttpEndpoint& to) {
  return to.unix_path.empty() ? to.host + ":" + std::to_string(to.port) : to.unix_path;
}

// Who answers, when nobody has spoken yet; the reason goes to `detail`.
tl::unexpected<Error> unreachable(const HttpEndpoint& to, const boost::system::error_code& error) {
  return fail(Errc::unavailable, "nobody answers at " + name_of(to), error.message());
}

// Text from elsewhere must not become a header or a second request.
bool is_sendable(const HttpRequest& request) {
  if (!is_token(request.method) || !request.target.starts_with('/') || !is_field_value(request.target)) return false;
  if (request.target.find(' ') != std::string::npos) return false;
  for (const auto& [name, value] : request.headers)
    if (!is_token(name) || !is_field_value(value)) return false;
  return true;
}

std::string host_field(const HttpEndpoint& to) {
  if (!to.unix_path.empty()) return "localhost";
  const bool is_ipv6 = to.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + to.host + "]" : to.host) + ":" + std::to_string(to.port);
}

Request message_of(const HttpEndpoint& to, const HttpRequest& request) {
  Request message;
  message.version(11);
  message.method_string(request.method);
  message.target(request.target);
  message.set(http::field::host, host_field(to));
  message.set(http::field::connection, "close");
  for (const auto& [name, value] : request.headers) message.insert(name, value);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

HttpResponse response_of(const Parser& parser) {
  HttpResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get())
    response.headers.emplace_back(to_lower(std::string_view(field.name_string())), std::string(field.value()));
  response.content_type = std::string(parser.get()[http::field::content_type]);
  response.body = parser.get().body();
  response.close = true;
  return response;
}

// Over a connected stream whose deadline is set.
template <class Stream>
asio::awaitable<Result<HttpResponse>> exchange(const HttpEndpoint& to, const HttpRequest& request, Stream& stream,
                                               std::size_t body_bytes_max) {
  auto message = message_of(to, request);
  // A server that refuses may answer and close before it has read everything: its answer counts, not our broken write.
  const auto [write_error, written] = co_await http::async_write(stream, message, kTuple);
  if (write_error == beast::error::timeout) co_return fail(Errc::unavailable, "no answer in time from " + name_of(to));

  beast::flat_buffer buffer(kHeaderBytesMax + 64 * 1024);
  Parser parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(body_bytes_max);
  parser.skip(request.method == "HEAD");
  auto [error, bytes] = co_await http::async_read_header(stream, buffer, parser, kTuple);
  // Our servers never chunk; and chunk extensions and trailers are where Beast's limits do not reach.
  if (!error && parser.get().find(http::field::transfer_encoding) != parser.get().end())
    co_return fail(Errc::unavailable, "the answer of " + name_of(to) + " is coded in a way we do not accept");
  if (!error && !parser.is_done()) {
    const auto [body_error, body_bytes] = co_await http::async_read(stream, buffer, parser, kTuple);
    error = body_error;
  }
  if (error == beast::error::timeout) co_return fail(Errc::unavailable, "no answer in time from " + name_of(to));
  if (error == http::error::body_limit) co_return fail(Errc::unavailable, "the answer of " + name_of(to) + " is too large");
  if (error == http::error::end_of_stream || error == http::error::partial_message)
    co_return fail(Errc::unavailable, name_of(to) + " closed the connection without a full answer", error.message());
  if (error) co_return fail(Errc::unavailable, "what " + name_of(to) + " answered is not HTTP", error.message());
  co_return response_of(parser);
}

asio::awaitable<Result<HttpResponse>> call_unix(const HttpEndpoint& to, const HttpRequest& request, Duration deadline,
                                                std::size_t body_bytes_max) {
  LocalStream stream(co_await asio::this_coro::executor);
  stream.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(deadline));
  const asio::local::stream_protocol::endpoint endpoint(to.unix_path);
  const auto [error] = co_await stream.async_connect(endpoint, kTuple);
  if (error) co_return unreachable(to, error);
  co_return co_await exchange(to, request, stream, body_bytes_max);
}

asio::awaitable<Result<HttpResponse>> call_tcp(const HttpEndpoint& to, const HttpRequest& request, Duration deadline,
                                               std::size_t body_bytes_max) {
  const auto executor = co_await asio::this_coro::executor;
  beast::tcp_stream stream(executor);
  stream.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(deadline));
  asio::ip::tcp::resolver resolver(executor);
  const auto port = std::to_string(to.port);
  const auto [lookup_error, endpoints] = co_await resolver.async_resolve(to.host, port, kTuple);
  if (lookup_error) co_return unreachable(to, lookup_error);
  const auto [error, endpoint] = co_await stream.async_connect(endpoints, kTuple);
  if (error) co_return unreachable(to, error);
  co_return co_await exchange(to, request, stream, body_bytes_max);
}

}  // namespace

asio::awaitable<Result<HttpResponse>> http_call(HttpEndpoint to, HttpRequest request, Duration deadline,
                                                std::size_t body_bytes_max) {
  if (!is_sendable(request)) co_return fail(Errc::invalid, "the request holds what HTTP cannot carry");
  if (to.unix_path.size() >= sizeof(sockaddr_un{}.sun_path)) co_return fail(Errc::invalid, "the socket path is too long");
  if (!to.unix_path.empty()) co_return co_await call_unix(to, request, deadline, body_bytes_max);
  co_return co_await call_tcp(to, request, deadline, body_bytes_max);
}

Result<HttpResponse> http_call_blocking(const HttpEndpoint& to, const HttpRequest& request, Duration deadline,
                                        std::size_t body_bytes_max) {
  asio::io_context io(1);
  std::optional<Result<HttpResponse>> answer;
  asio::co_spawn(io, http_call(to, request, deadline, body_bytes_max),
                 [&](std::exception_ptr failed, Result<HttpResponse> result) {
                   if (!failed) answer = std::move(result);
                 });
  io.run();
  if (!answer) return fail(Errc::unavailable, "the request failed");
  return std::move(*answer);
}

}  // namespace tillgate
