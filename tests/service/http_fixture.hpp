// A server on a thread of its own and clients that speak raw bytes, well or badly. Loopback only.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "service/http_server.hpp"
#include "service/router.hpp"

namespace tillgate::test {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class Scratch {
 public:
  Scratch() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base != nullptr ? base : "/tmp") + "/tillgate-http-XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Everything that passes within `limit` milliseconds is a pass; a wait never decides by luck.
template <class Condition>
bool eventually(Condition condition, Clock::duration limit = 5s) {
  for (const auto end = Clock::now() + limit; Clock::now() < end; std::this_thread::sleep_for(2ms))
    if (condition()) return true;
  return condition();
}

// A blocking client socket; every read ends after `patience`.
class Wire {
 public:
  explicit Wire(std::uint16_t port, const char* from = "127.0.0.1") : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto own = address_of(from, 0), far = address_of("127.0.0.1", port);
    is_open_ = bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0 &&
               connect(fd_, reinterpret_cast<const sockaddr*>(&far), sizeof far) == 0;
  }
  explicit Wire(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un far{};
    far.sun_family = AF_UNIX;
    path.copy(far.sun_path, sizeof far.sun_path - 1);
    is_open_ = connect(fd_, reinterpret_cast<const sockaddr*>(&far), sizeof far) == 0;
  }
  Wire(Wire&& other) noexcept : fd_(std::exchange(other.fd_, -1)), is_open_(other.is_open_), seen_(std::move(other.seen_)) {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] bool is_open() const { return is_open_; }
  [[nodiscard]] int fd() const { return fd_; }
  bool say(std::string_view text) {
    while (!text.empty()) {
      const auto sent = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish_saying() { shutdown(fd_, SHUT_WR); }

  // Some more bytes into seen_; false at the end, on a reset, or out of patience.
  bool hear(Clock::time_point until) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd waiting{fd_, POLLIN, 0};
    if (left <= 0 || poll(&waiting, 1, static_cast<int>(left)) <= 0) return false;
    char bytes[16 * 1024];
    const auto got = recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) {
      is_ended_ = true;
      return false;
    }
    seen_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  // One answer with its body; empty when none came in time. `without_body`: it answers a HEAD, or is a 100.
  std::string answer(Clock::duration patience = 5s, bool without_body = false) {
    const auto until = Clock::now() + patience;
    while (seen_.find("\r\n\r\n") == std::string::npos)
      if (!hear(until)) return {};
    auto size = seen_.find("\r\n\r\n") + 4;
    const auto length = seen_.find("Content-Length: ");
    if (!without_body && length < size) size += std::stoul(seen_.substr(length + 16));
    while (seen_.size() < size)
      if (!hear(until)) return {};
    auto text = seen_.substr(0, size);
    seen_.erase(0, size);
    return text;
  }
  // Everything until the far side closes; is_ended() tells whether it did.
  std::string rest(Clock::duration patience = 5s) {
    const auto until = Clock::now() + patience;
    while (hear(until)) {
    }
    return std::exchange(seen_, {});
  }
  [[nodiscard]] bool is_ended() const { return is_ended_; }

 private:
  static sockaddr_in address_of(const char* host, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, host, &address.sin_addr);
    return address;
  }
  int fd_;
  bool is_open_ = false, is_ended_ = false;
  std::string seen_;
};

inline int status_of_answer(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

inline std::string get(const std::string& target = "/live", const std::string& more = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more + "\r\n";
}
inline std::string post(const std::string& body, const std::string& more = {}) {
  return "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" +
         body;
}

// Limits small enough that no test waits for a second.
inline HttpLimits quick_limits() {
  HttpLimits limits;
  limits.handshake_time = limits.header_time = limits.idle_time = limits.write_time = 200ms;
  limits.body_time = 400ms;
  limits.handler_time = 200ms;
  return limits;
}

// Routes: GET /live (open), POST /echo (open), and whatever `add_routes` brings. The caller's token is his role's name.
class TestServer {
 public:
  using AddRoutes = std::function<void(Router&)>;
  explicit TestServer(HttpLimits limits = {}, HttpListen listen = {}, const AddRoutes& add_routes = {}) : router_(caller_of) {
    add("GET", "/live", Roles::anyone(), [](const HttpRequest&) {
      HttpResponse response;
      response.body = "{}";
      return response;
    });
    add("POST", "/echo", Roles::anyone(), [](const HttpRequest& request) {
      HttpResponse response;
      response.content_type = "text/plain";
      response.body = request.body;
      response.headers.emplace_back("Peer", request.peer + (request.peer_uid ? ":" + std::to_string(*request.peer_uid) : ""));
      return response;
    });
    if (add_routes) add_routes(router_);
    server_ = std::make_unique<HttpServer>(io_, router_, std::move(listen), limits);
    server_->start();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~TestServer() {
    on_logic([this] { server_.reset(); });
    work_.reset();
    io_.stop();
    thread_.join();
  }

  template <class Answer>
  void add(std::string method, std::string pattern, Roles roles, Answer answer) {
    router_.add({std::move(method), std::move(pattern), roles,
                 [answer](const HttpRequest& request, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
                   co_return answer(request);
                 }});
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  [[nodiscard]] HttpServer::Counters counters() {
    HttpServer::Counters counters;
    on_logic([&] { counters = server_->counters(); });
    return counters;
  }
  template <class Act>
  void on_logic(Act act) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      act();
      done.set_value();
    });
    done.get_future().wait();
  }
  HttpServer& server() { return *server_; }

  static Caller caller_of(const HttpRequest& request) {
    Caller caller;
    const auto given = request.header("authorization");
    if (given && given->starts_with("Bearer ")) caller.role = role_named(given->substr(7)).value_or(Role::nobody);
    return caller;
  }

 private:
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = boost::asio::make_work_guard(io_);
  Router router_;
  std::unique_ptr<HttpServer> server_;
  std::thread thread_;
};

}  // namespace tillgate::test
