// One connection: read a head, decide who speaks, read the body, run the handler, write the answer, again. Private to
// http_server.cpp, which runs it over TCP, TLS and Unix sockets.
//
// Every wait has a deadline: the session sets it per phase, and one sweep of the server over all sessions cancels whatever
// has passed it. A request costs no timer; the sweep costs a few microseconds, some times a second, while anyone is connected.
//
// Thread: logic. Nothing here is shared with another.
#pragma once

#include <algorithm>
#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "core/ids.hpp"
#include "service/clock.hpp"
#include "service/http_head.hpp"
#include "service/http_server.hpp"
#include "service/http_stream.hpp"
#include "service/http_text.hpp"
#include "service/problem.hpp"
#include "service/router.hpp"

namespace tillgate {

namespace asio = boost::asio;
using SessionClock = std::chrono::steady_clock;

// After an answer that ends the connection we read on for this long, so that the reset which unread bytes provoke does not
// overtake the answer.
inline constexpr Duration kLingerTime = seconds(1);
inline constexpr std::size_t kLingerBytesMax = 1024 * 1024;
inline constexpr std::size_t kReadBytes = 16 * 1024;
// What the kernel keeps of a stream that its reader does not take; without this it would be megabytes each.
inline constexpr int kStreamBufferBytes = 64 * 1024;

// What the server sees of a session.
class HttpSessionControl {
 public:
  virtual ~HttpSessionControl() = default;
  virtual void sweep(SessionClock::time_point now) = 0;  // cancels what is overdue
  virtual void wind_down() = 0;                          // closes now if idle, else after the answer
  virtual void close() = 0;                              // closes now
};

// What a session sees of the server.
class HttpSessionHost {
 public:
  virtual ~HttpSessionHost() = default;
  virtual void enter(HttpSessionControl& session, const std::string& peer) = 0;
  virtual void leave(HttpSessionControl& session, const std::string& peer) = 0;

  const Router* router = nullptr;
  HttpLimits limits;
  HeadRules rules;
  HttpServer::Counters counters;
  std::size_t bodies_bytes = 0;  // of all requests being read or handled
  bool is_stopping = false;
};

struct HttpPeer {
  std::string address;  // or "unix"
  std::optional<unsigned> uid;
  bool is_local_socket = false;
};

// The bytes of an answer before its body.
[[nodiscard]] std::string head_text(const HttpResponse& response, std::string_view correlation_id, bool will_close);

template <class Stream>
class HttpSession : public HttpSessionControl {
 public:
  HttpSession(std::shared_ptr<HttpSessionHost> host, Stream stream, HttpPeer peer)
      : host_(std::move(host)), stream_(std::move(stream)), peer_(std::move(peer)) {
    host_->enter(*this, peer_.address);
  }
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  ~HttpSession() override { host_->leave(*this, peer_.address); }

  asio::awaitable<void> run() {
    if (!co_await shake_hands()) co_return;
    for (std::size_t n = 1; !is_over_; ++n) {
      is_last_ = n == host_->limits.requests_per_connection;
      co_await serve_one(n == 1);
    }
    co_await part();
  }

  void sweep(SessionClock::time_point now) override {
    if (now < deadline_) return;
    deadline_ = SessionClock::time_point::max();
    is_expired_ = true;
    cancel();
  }
  void wind_down() override {
    if (streamed_) streamed_->close();
    if (!is_idle_ && !streamed_) return;
    is_over_ = true;
    cancel();
  }
  void close() override {
    is_over_ = is_gone_ = true;
    if (streamed_) streamed_->close();
    boost::system::error_code ignored;
    lowest().close(ignored);
  }

 private:
  static constexpr bool kIsTls = !requires(Stream & s) { s.available(); };
  static constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

  // A request on its way through its handler. Shared with the coroutine that runs the handler, which may outlast us.
  struct Exchange {
    Exchange(std::shared_ptr<HttpSessionHost> its_host, const asio::any_io_executor& executor)
        : host(std::move(its_host)), done(executor) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange() { host->bodies_bytes -= body_bytes_held; }
    std::shared_ptr<HttpSessionHost> host;
    std::size_t body_bytes_held = 0;  // of host->bodies_bytes
    HttpHead head;
    Router::Admission admission;
    std::optional<HttpResponse> response;
    asio::steady_timer done;  // fires when the handler has had its time; cancelled when it has answered
  };

  auto& lowest() {
    if constexpr (kIsTls)
      return stream_.next_layer();
    else
      return stream_;
  }
  void cancel() {
    boost::system::error_code ignored;
    lowest().cancel(ignored);
  }

  void allow(Duration time) { allow_until(SessionClock::now() + std::chrono::duration_cast<SessionClock::duration>(time)); }
  void allow_until(SessionClock::time_point at) {
    deadline_ = at;
    is_expired_ = false;
  }

  // 0: the far side has finished, the deadline has passed (is_expired_), or we were told to close.
  asio::awaitable<std::size_t> read_some(char* to, std::size_t bytes_max) {
    if (is_gone_ || is_expired_) co_return 0;
    const auto [error, bytes] = co_await stream_.async_read_some(asio::buffer(to, bytes_max), kTuple);
    if (error && !is_expired_) is_gone_ = error != asio::error::eof;
    co_return error ? 0 : bytes;
  }
  asio::awaitable<bool> write(std::string_view first, std::string_view second = std::string_view()) {
    if (is_gone_) co_return false;
    allow(host_->limits.write_time);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
    const auto [error, bytes] = co_await asio::async_write(stream_, buffers, kTuple);
    if (error) {
      if (is_expired_) ++host_->counters.timeouts;
      is_gone_ = is_over_ = true;
    }
    co_return !error;
  }

  asio::awaitable<bool> shake_hands() {
    if constexpr (kIsTls) {
      allow(host_->limits.handshake_time);
      const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kTuple);
      if (!error) co_return true;
      ++(is_expired_ ? host_->counters.timeouts : host_->counters.malformed);
      // OpenSSL has said its alert; no answer of ours could be read.
      co_await hang_up();
      co_return false;
    }
    co_return true;
  }

  asio::awaitable<void> serve_one(bool is_first) {
    auto exchange = std::make_shared<Exchange>(host_, stream_.get_executor());
    auto& request = exchange->head.request;
    auto refused = co_await read_head(is_first, exchange->head);
    if (!refused && is_over_) co_return;
    name_request(request);
    if (!refused) {
      ++host_->counters.requests;
      exchange->admission = host_->router->admit(request);
      refused = co_await read_body(*exchange);
      if (is_over_ && !refused) co_return;
    }
    if (refused) {
      auto response = problem(refused->status, refused->code, refused->sentence);
      response.close = true;
      if (refused->status == 503) response.headers.emplace_back("Retry-After", "1");
      co_await answer(exchange->head, std::move(response));
      co_return;
    }
    co_await handle(exchange);
    co_await answer(exchange->head, std::move(*exchange->response));
  }

  void name_request(HttpRequest& request) {
    request.peer = peer_.address;
    request.peer_uid = peer_.uid;
    request.is_local_socket = peer_.is_local_socket;
    const auto given = request.header("x-request-id");
    if (given && is_request_id(*given)) {
      request.correlation_id = *given;
    } else {
      std::array<std::uint8_t, 10> random{};
      fill_random(random);
      request.correlation_id = uuid_v7(utc_now(), random).text();
    }
  }

  HeadRefusal malformed(HeadRefusal refusal) {
    ++host_->counters.malformed;
    return refusal;
  }
  HeadRefusal timed_out() {
    ++host_->counters.timeouts;
    return {408, "timeout", "The request did not arrive in time."};
  }

  // A refusal, or is_over_, or a head.
  asio::awaitable<std::optional<HeadRefusal>> read_head(bool is_first, HttpHead& head) {
    HeadScan scan;
    const auto& limits = host_->limits;
    allow(is_first || !in_.empty() ? limits.header_time : limits.idle_time);
    for (;;) {
      const auto state = scan.look(in_);
      if (state == HeadScan::State::faulty)
        co_return malformed({400, "malformed", "This is not an HTTP request, or its lines do not end as they must."});
      if (state == HeadScan::State::complete) break;
      if (in_.size() >= limits.header_bytes) co_return malformed({431, "head_too_large", "The request head is too large."});
      const auto had = in_.size();
      if (had == 0 && host_->is_stopping) is_over_ = true;
      if (is_over_) co_return std::nullopt;
      in_.resize(limits.header_bytes);
      is_idle_ = had == 0;
      const auto got = co_await read_some(in_.data() + had, in_.size() - had);
      is_idle_ = false;
      in_.resize(had + got);
      if (got == 0) {
        // Silence needs no answer; half a request does.
        if (had > 0 && is_expired_) co_return timed_out();
        if (had == 0 && is_expired_ && is_first) ++host_->counters.timeouts;
        is_over_ = true;
        co_return std::nullopt;
      }
      if (had == 0) allow(limits.header_time);
    }
    auto parsed = parse_head(std::string_view(in_).substr(0, scan.head_bytes()), host_->rules);
    if (!parsed) co_return malformed(parsed.error());
    head = std::move(*parsed);
    in_.erase(0, scan.head_bytes());
    co_return std::nullopt;
  }

  // Of a request that the table has already answered only what has arrived is taken; if that is not all, the connection ends.
  asio::awaitable<std::optional<HeadRefusal>> read_body(Exchange& exchange) {
    const auto& limits = host_->limits;
    const auto wanted = exchange.head.body_bytes;
    auto& body = exchange.head.request.body;
    body.assign(in_, 0, std::min(wanted, in_.size()));
    in_.erase(0, body.size());
    if (body.size() == wanted) co_return std::nullopt;
    if (exchange.admission.answer) {
      exchange.admission.answer->close = true;
      co_return std::nullopt;
    }
    if (wanted > limits.bodies_bytes - std::min(limits.bodies_bytes, host_->bodies_bytes))
      co_return HeadRefusal{503, "busy", "Too much is being received at this moment; try again shortly."};
    host_->bodies_bytes += exchange.body_bytes_held = wanted;
    if (exchange.head.expects_continue && !co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return std::nullopt;

    const auto began = SessionClock::now();
    while (body.size() < wanted) {
      allow_until(began + std::chrono::duration_cast<SessionClock::duration>(time_for_body(body.size())));
      const auto had = body.size();
      body.resize(std::min(wanted, had + kReadBytes));
      const auto got = co_await read_some(body.data() + had, body.size() - had);
      body.resize(had + got);
      if (got > 0) continue;
      if (is_expired_) co_return timed_out();
      if (!is_gone_) co_return malformed({400, "body_too_short", "The request body ended before its Content-Length."});
      is_over_ = true;
      co_return std::nullopt;
    }
    co_return std::nullopt;
  }
  // How long after the first wait for the body the next byte may come when `received` are here.
  Duration time_for_body(std::size_t received) const {
    const auto& limits = host_->limits;
    const auto at_rate = Duration(seconds(1)) * static_cast<std::int64_t>(received) /
                         static_cast<std::int64_t>(std::max<std::size_t>(1, limits.body_bytes_per_second_min));
    return std::min(limits.body_time, limits.header_time + at_rate);
  }

  static asio::awaitable<void> run_handler(const Router& router, std::shared_ptr<Exchange> exchange) {
    exchange->response = co_await router.run(exchange->admission, exchange->head.request);
    exchange->done.cancel();
  }
  asio::awaitable<void> handle(const std::shared_ptr<Exchange>& exchange) {
    deadline_ = SessionClock::time_point::max();
    if (exchange->admission.answer) {
      exchange->response = std::move(exchange->admission.answer);
      co_return;
    }
    exchange->done.expires_after(host_->limits.handler_time);
    asio::co_spawn(stream_.get_executor(), run_handler(*host_->router, exchange), asio::detached);
    if (!exchange->response) co_await exchange->done.async_wait(kTuple);
    if (exchange->response) co_return;
    // The handler may yet finish, and what it has started may yet be saved; its answer is dropped with the exchange.
    ++host_->counters.timeouts;
    exchange->response = problem(503, "timeout", "This took too long; asking again with the same Idempotency-Key is safe.");
    exchange->response->headers.emplace_back("Retry-After", "1");
  }

  asio::awaitable<void> answer(const HttpHead& head, HttpResponse response) {
    if (response.close || response.stream || head.wants_close || is_last_ || host_->is_stopping) is_over_ = true;
    const bool has_body = head.request.method != "HEAD" && response.status != 204 && response.status != 304;
    const auto text = head_text(response, head.request.correlation_id, is_over_);
    const bool is_told = co_await write(text, has_body ? std::string_view(response.body) : std::string_view());
    if (is_told && has_body && response.stream && !host_->is_stopping) co_await stream_out(std::move(response.stream));
  }

  // Piece after piece, until there are no more, one is not taken in time, or the far side hangs up. It may say nothing meanwhile:
  // the connection ends with this answer, and whoever speaks has not understood that.
  asio::awaitable<void> stream_out(std::shared_ptr<HttpStream> stream) {
    boost::system::error_code ignored;
    lowest().set_option(asio::socket_base::send_buffer_size(kStreamBufferBytes), ignored);
    streamed_ = stream;
    asio::steady_timer unwatched(stream_.get_executor(), asio::steady_timer::time_point::max());
    asio::co_spawn(stream_.get_executor(), watch(unwatched), asio::detached);
    for (bool is_taken = true; is_taken;) {
      deadline_ = SessionClock::time_point::max();  // it may be long until there is something to say
      const std::string piece = co_await stream->next();
      is_taken = !piece.empty() && co_await write(piece);
    }
    cancel();
    while (streamed_) co_await unwatched.async_wait(kTuple);
  }
  // Only a read shows that the far side is gone. Ends with the stream, which waits for it.
  asio::awaitable<void> watch(asio::steady_timer& unwatched) {
    std::array<char, 1> said;
    co_await stream_.async_read_some(asio::buffer(said), kTuple);
    streamed_->close();
    streamed_.reset();
    unwatched.cancel();
  }

  asio::awaitable<void> part() {
    if (is_gone_) co_return;
    if constexpr (kIsTls) {
      allow(kLingerTime);
      co_await stream_.async_shutdown(kTuple);
    }
    co_await hang_up();
  }
  // Says that no more will come, then reads on until the far side closes, for a bounded time and amount.
  asio::awaitable<void> hang_up() {
    boost::system::error_code failed;
    lowest().shutdown(asio::socket_base::shutdown_send, failed);
    if (failed) co_return;
    allow(kLingerTime);
    in_.resize(kReadBytes);
    for (std::size_t dropped = 0; dropped < kLingerBytesMax && !is_gone_ && !is_expired_;) {
      const auto [error, bytes] = co_await lowest().async_read_some(asio::buffer(in_), kTuple);
      if (error) break;
      dropped += bytes;
    }
  }

  std::shared_ptr<HttpSessionHost> host_;
  Stream stream_;
  HttpPeer peer_;
  std::shared_ptr<HttpStream> streamed_;  // while its pieces are being sent
  std::string in_;  // received, not yet used; at most limits.header_bytes
  SessionClock::time_point deadline_ = SessionClock::time_point::max();
  bool is_expired_ = false;  // the deadline has passed
  bool is_idle_ = false;     // waiting for the first byte of a request
  bool is_last_ = false;     // this request is the last one of the connection
  bool is_over_ = false;     // no further request is read
  bool is_gone_ = false;     // the connection is of no more use
};

}  // namespace tillgate
