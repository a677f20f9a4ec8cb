#include "service/http_server.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <cerrno>
#include <cstring>
#include <map>
#include <stdexcept>
#include <unordered_set>

#include "core/check.hpp"
#include "service/http_session.hpp"
#include "service/log.hpp"

namespace tillgate {
namespace {

using Tcp = asio::ip::tcp;
using Local = asio::local::stream_protocol;
using TlsStream = asio::ssl::stream<Tcp::socket>;

constexpr std::size_t kUnixConnectionsMax = 32;
constexpr Duration kAcceptPause = milliseconds(100);  // after EMFILE and its like: the reason does not go away by asking

bool is_ours(std::string_view header) {  // written by head_text itself
  for (const auto name : {"content-length", "content-type", "connection", "transfer-encoding", "x-request-id"})
    if (equals_ignoring_case(header, name)) return true;
  return false;
}

[[noreturn]] void refuse_to_listen(const HttpListen& listen, const std::string& reason) {
  const bool is_unix = listen.address.starts_with('/');
  throw std::runtime_error("cannot listen on " + listen.address + (is_unix ? "" : ":" + std::to_string(listen.port)) + ": " +
                           reason);
}

asio::ssl::context tls_context(const HttpListen& listen) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  try {
    auto* native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");  // TLS 1.2; those of 1.3 are all fit
    // A key with a passphrase is refused instead of asking for it on a terminal that nobody watches.
    context.set_password_callback([](std::size_t, asio::ssl::context::password_purpose) { return std::string(); });
    context.use_certificate_chain_file(listen.tls->cert_file);
    context.use_private_key_file(listen.tls->key_file, asio::ssl::context::pem);
  } catch (const boost::system::system_error& fault) {
    refuse_to_listen(listen, "the certificate " + listen.tls->cert_file + " or its key " + listen.tls->key_file +
                                 " cannot be used (" + fault.code().message() + ")");
  }
  return context;
}

// A socket file outlives the process that made it. It may be removed when nobody answers on it, and only then.
void remove_stale_socket(const HttpListen& listen) {
  struct stat found {};
  if (lstat(listen.address.c_str(), &found) != 0) {
    if (errno == ENOENT) return;
    refuse_to_listen(listen, std::strerror(errno));
  }
  if (!S_ISSOCK(found.st_mode)) refuse_to_listen(listen, "there is a file of another kind in its place");
  asio::io_context io;
  Local::socket probe(io);
  boost::system::error_code error;
  probe.open();
  probe.non_blocking(true);
  probe.connect(Local::endpoint(listen.address), error);
  if (error != asio::error::connection_refused) refuse_to_listen(listen, "another process listens there");
  if (unlink(listen.address.c_str()) != 0) refuse_to_listen(listen, std::strerror(errno));
}

std::optional<unsigned> peer_uid(Local::socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

template <class Stream>
asio::awaitable<void> run_session(std::shared_ptr<HttpSessionHost> host, Stream stream, HttpPeer peer) {
  HttpSession<Stream> session(std::move(host), std::move(stream), std::move(peer));
  co_await session.run();
}

}  // namespace

std::string head_text(const HttpResponse& response, std::string_view correlation_id, bool will_close) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " ";
  const auto field = [&](std::string_view name, std::string_view value) {
    text.append("\r\n").append(name).append(": ").append(value);
  };
  text += reason_of(response.status);
  if (response.status != 204) {
    if (response.status != 304 && !response.stream) field("Content-Length", std::to_string(response.body.size()));
    if (!response.body.empty() || response.stream) field("Content-Type", response.content_type);
  }
  bool has_cache_rule = false;
  for (const auto& [name, value] : response.headers) {
    if (is_ours(name)) continue;
    if (!is_token(name) || !is_field_value(value)) {
      // Whatever got in there, it must not become a header of its own.
      log::warn_limited("http-header", seconds(60), "http", "a response header held control characters and was left out");
      continue;
    }
    has_cache_rule = has_cache_rule || equals_ignoring_case(name, "cache-control");
    field(name, value);
  }
  field("X-Content-Type-Options", "nosniff");
  if (!has_cache_rule) field("Cache-Control", "no-store");
  if (!correlation_id.empty()) field("X-Request-Id", correlation_id);
  if (will_close) field("Connection", "close");
  return text += "\r\n\r\n";
}

class HttpServer::Parts : public HttpSessionHost, public std::enable_shared_from_this<Parts> {
 public:
  Parts(asio::io_context& io, HttpListen listen) : listen_(std::move(listen)), accept_pause_(io), sweep_(io), stop_timer_(io) {
    if (listen_.tls) tls_.emplace(tls_context(listen_));
    if (listen_.address.starts_with('/'))
      bind_unix(io);
    else
      bind_tcp(io);
  }
  ~Parts() override { unlink_socket(); }

  void enter(HttpSessionControl& session, const std::string& peer) override {
    sessions_.insert(&session);
    ++per_address_[peer];
    ++counters.open;
    if (sessions_.size() == 1) sweep_later();
  }
  void leave(HttpSessionControl& session, const std::string& peer) override {
    sessions_.erase(&session);
    if (auto count = per_address_.find(peer); --count->second == 0) per_address_.erase(count);
    --counters.open;
    if (!sessions_.empty()) return;
    sweep_.cancel();
    if (is_stopping) finish_stop();
  }

  void start() {
    if (unix_)
      asio::co_spawn(unix_->get_executor(), accept_from(shared_from_this(), *unix_), asio::detached);
    else
      asio::co_spawn(tcp_->get_executor(), accept_from(shared_from_this(), *tcp_), asio::detached);
  }

  void stop(Duration deadline, std::function<void()> drained) {
    CHECK(!drained_ && drained);
    drained_ = std::move(drained);
    stop_listening();
    for (auto* session : sessions_) session->wind_down();
    if (sessions_.empty()) return finish_stop();
    stop_timer_.expires_after(deadline);
    stop_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error) return;
      log::warn("http", "not all requests were answered in time; closing their connections",
                {{"connections", self->counters.open}});
      self->close_all();
      self->finish_stop();
    });
  }

  void stop_listening() {
    is_stopping = true;
    boost::system::error_code ignored;
    if (tcp_) tcp_->close(ignored);
    if (unix_) unix_->close(ignored);
    accept_pause_.cancel();
    unlink_socket();
  }
  void close_all() {
    for (auto* session : sessions_) session->close();
  }
  void forget() {
    drained_ = nullptr;
    sweep_.cancel();
    stop_timer_.cancel();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void bind_tcp(asio::io_context& io) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(listen_.address, error);
    if (error) refuse_to_listen(listen_, "this is not a literal address");
    try {
      tcp_.emplace(io, Tcp::endpoint(address, listen_.port));
      port_ = tcp_->local_endpoint().port();
    } catch (const boost::system::system_error& fault) {
      refuse_to_listen(listen_, fault.code().message());
    }
  }
  void bind_unix(asio::io_context& io) {
    if (listen_.address.size() >= sizeof(sockaddr_un{}.sun_path))
      refuse_to_listen(listen_, "the path is too long for a socket");
    remove_stale_socket(listen_);
    try {
      unix_.emplace(io);
      unix_->open();
      unix_->bind(Local::endpoint(listen_.address));
      // Nobody can connect before listen(), so the mode is in force from the first connection on.
      if (chmod(listen_.address.c_str(), listen_.socket_mode) != 0) refuse_to_listen(listen_, std::strerror(errno));
      unix_->listen();
      if (stat(listen_.address.c_str(), &socket_file_) != 0) refuse_to_listen(listen_, std::strerror(errno));
    } catch (const boost::system::system_error& fault) {
      refuse_to_listen(listen_, fault.code().message());
    }
  }
  // Only if it is still the one we made: a successor may have put its own there.
  void unlink_socket() {
    if (socket_file_.st_ino == 0) return;
    struct stat found {};
    if (stat(listen_.address.c_str(), &found) == 0 && found.st_ino == socket_file_.st_ino &&
        found.st_dev == socket_file_.st_dev)
      unlink(listen_.address.c_str());
    socket_file_ = {};
  }

  template <class Acceptor>
  static asio::awaitable<void> accept_from(std::shared_ptr<Parts> self, Acceptor& acceptor) {
    while (!self->is_stopping) {
      auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (self->is_stopping) co_return;
      if (!error) {
        self->admit(std::move(socket));
        continue;
      }
      if (error == asio::error::connection_aborted) continue;
      ++self->counters.accept_failures;
      log::warn_limited("http-accept", seconds(60), "http", "cannot accept connections; trying again every 100 ms",
                        {{"reason", error.message()}});
      self->accept_pause_.expires_after(kAcceptPause);
      co_await self->accept_pause_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }

  void admit(Tcp::socket socket) {
    boost::system::error_code error;
    const auto far = socket.remote_endpoint(error);
    if (error) return;  // gone already
    socket.set_option(Tcp::no_delay(true), error);
    HttpPeer peer{far.address().to_string(), std::nullopt, false};
    if (!has_room(peer.address, limits.connections, limits.connections_per_address)) return turn_away(socket, peer.address);
    ++counters.connections;
    if (tls_)
      spawn(TlsStream(std::move(socket), *tls_), std::move(peer));
    else
      spawn(std::move(socket), std::move(peer));
  }
  void admit(Local::socket socket) {
    HttpPeer peer{"unix", peer_uid(socket), true};
    const auto most = std::min(limits.connections, kUnixConnectionsMax);
    if (!has_room(peer.address, most, most)) return turn_away(socket, peer.address);
    ++counters.connections;
    spawn(std::move(socket), std::move(peer));
  }
  template <class Stream>
  void spawn(Stream stream, HttpPeer peer) {
    auto executor = stream.get_executor();
    asio::co_spawn(executor,
                   run_session(std::shared_ptr<HttpSessionHost>(shared_from_this()), std::move(stream), std::move(peer)),
                   asio::detached);
  }

  bool has_room(const std::string& address, std::size_t most, std::size_t most_per_address) const {
    const auto found = per_address_.find(address);
    return sessions_.size() < most && (found == per_address_.end() || found->second < most_per_address);
  }
  // Said without waiting for anything: what does not fit into the socket's buffer is not said.
  template <class Socket>
  void turn_away(Socket& socket, const std::string& address) {
    ++counters.refused_connections;
    log::warn_limited("http-full", seconds(60), "http", "too many connections; refusing more", {{"peer", address}});
    if (tls_) return;
    auto response = problem(Error{Errc::busy, "There are too many connections; try again shortly.", {}});
    const auto text = head_text(response, {}, true) + response.body;
    std::array<char, 1024> dropped;
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
    socket.shutdown(asio::socket_base::shutdown_send, ignored);
    socket.read_some(asio::buffer(dropped), ignored);
  }

  // One timer for all sessions, running while there are any.
  void sweep_later() {
    sweep_.expires_after(sweep_step());
    sweep_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      const auto self = weak.lock();
      if (error || !self || self->sessions_.empty()) return;
      const auto now = SessionClock::now();
      for (auto* session : self->sessions_) session->sweep(now);
      self->sweep_later();
    });
  }
  Duration sweep_step() const {
    const Duration shortest = std::min(
        {limits.handshake_time, limits.header_time, limits.body_time, limits.idle_time, limits.write_time, kLingerTime});
    return std::clamp<Duration>(shortest / 8, milliseconds(5), milliseconds(250));
  }

  void finish_stop() {
    stop_timer_.cancel();
    if (!drained_) return;
    asio::post(sweep_.get_executor(), std::exchange(drained_, nullptr));
  }

  HttpListen listen_;
  std::optional<asio::ssl::context> tls_;
  std::optional<Tcp::acceptor> tcp_;
  std::optional<Local::acceptor> unix_;
  std::uint16_t port_ = 0;
  struct stat socket_file_ {};
  asio::steady_timer accept_pause_, sweep_, stop_timer_;
  std::unordered_set<HttpSessionControl*> sessions_;
  std::map<std::string, std::size_t> per_address_;
  std::function<void()> drained_;
};

HttpServer::HttpServer(asio::io_context& io, const Router& router, HttpListen listen, HttpLimits limits) {
  HeadRules rules{limits.header_fields, limits.body_bytes, {}};
  for (const auto& host : listen.hosts) rules.hosts.push_back(to_lower(host));
  parts_ = std::make_shared<Parts>(io, std::move(listen));
  parts_->router = &router;
  parts_->limits = limits;
  parts_->rules = std::move(rules);
}

HttpServer::~HttpServer() {
  parts_->stop_listening();
  parts_->close_all();
  parts_->forget();
}

void HttpServer::start() {
  parts_->start();
}
void HttpServer::stop(Duration deadline, std::function<void()> drained) {
  parts_->stop(deadline, std::move(drained));
}
std::uint16_t HttpServer::port() const {
  return parts_->port();
}
HttpServer::Counters HttpServer::counters() const {
  return parts_->counters;
}

}  // namespace tillgate
