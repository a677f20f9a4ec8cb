#include "service/http_client.hpp"

#include <gtest/gtest.h>

#include "tests/service/http_fixture.hpp"

namespace tillgate::test {
namespace {

HttpRequest request_of(std::string method, std::string target, std::string body = {}) {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  return request;
}
HttpEndpoint at(std::uint16_t port) {
  return {"", "127.0.0.1", port};
}

// Listens, takes one connection, hears something, says `text`, and closes when it goes.
class Canned {
 public:
  explicit Canned(std::string text, bool stays_open = false) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(fd_, 4) != 0) std::abort();
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, text = std::move(text), stays_open] {
      const int peer = accept(fd_, nullptr, nullptr);
      if (peer < 0) return;
      char heard[4096];
      if (recv(peer, heard, sizeof heard, 0) > 0) send(peer, text.data(), text.size(), MSG_NOSIGNAL);
      if (stays_open)
        while (recv(peer, heard, sizeof heard, 0) > 0) {
        }
      close(peer);
    });
  }
  ~Canned() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  std::uint16_t port = 0;

 private:
  int fd_;
  std::thread thread_;
};

TEST(HttpClient, AsksOverTcp) {
  TestServer server;
  const auto answer = http_call_blocking(at(server.port()), request_of("POST", "/echo", "hello"), 5s);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_type, "text/plain");
  EXPECT_EQ(answer->body, "hello");
}

TEST(HttpClient, AsksOverAUnixSocket) {
  Scratch scratch;
  HttpListen listen;
  listen.address = scratch.file("s");
  TestServer server({}, listen);
  const auto answer = http_call_blocking({listen.address, "", 0}, request_of("GET", "/live"), 5s);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->body, "{}");
}

TEST(HttpClient, GivesAnyStatusAsAValueWithItsHeaders) {
  TestServer server;
  const auto answer = http_call_blocking(at(server.port()), request_of("GET", "/api/none"), 5s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  const std::pair<std::string, std::string> expected{"www-authenticate", "Bearer"};
  EXPECT_NE(std::find(answer->headers.begin(), answer->headers.end(), expected), answer->headers.end());
}

TEST(HttpClient, SendsTheHeadersItIsGiven) {
  TestServer server({}, {}, [](Router& router) {
    router.add({"GET", "/secret", Roles::of({Role::staff}),
                [](const HttpRequest&, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
                  co_return HttpResponse{};
                }});
  });
  auto request = request_of("GET", "/secret");
  request.headers.emplace_back("authorization", "Bearer staff");
  EXPECT_EQ(http_call_blocking(at(server.port()), request, 5s)->status, 200);
}

TEST(HttpClient, ReadsAHeadAnswer) {
  TestServer server;
  const auto answer = http_call_blocking(at(server.port()), request_of("HEAD", "/live"), 5s);
  ASSERT_TRUE(answer) << answer.error().what << answer.error().detail;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "");
}

TEST(HttpClient, SaysWhoDoesNotAnswer) {
  std::uint16_t closed = 0;
  {
    Canned gone("");
    closed = gone.port;
  }
  const auto tcp = http_call_blocking(at(closed), request_of("GET", "/"), 5s);
  ASSERT_FALSE(tcp);
  EXPECT_EQ(tcp.error().code, Errc::unavailable);
  EXPECT_EQ(tcp.error().what, "nobody answers at 127.0.0.1:" + std::to_string(closed));
  EXPECT_EQ(http_call_blocking({"/nowhere/at/all", "", 0}, request_of("GET", "/"), 5s).error().what,
            "nobody answers at /nowhere/at/all");
}

TEST(HttpClient, KeepsItsDeadlineWhenNothingOrTooLittleComes) {
  for (const char* said : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}) {
    Canned silent(said, true);
    const auto began = Clock::now();
    const auto answer = http_call_blocking(at(silent.port), request_of("GET", "/"), 200ms);
    EXPECT_LT(Clock::now() - began, 5s);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::unavailable);
    EXPECT_NE(answer.error().what.find("no answer in time"), std::string::npos) << answer.error().what;
  }
}

TEST(HttpClient, RefusesWhatIsNotAFullPlainAnswer) {
  for (const char* said : {"", "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"}) {
    Canned odd(said);
    const auto answer = http_call_blocking(at(odd.port), request_of("GET", "/"), 5s);
    ASSERT_FALSE(answer) << said;
    EXPECT_EQ(answer.error().code, Errc::unavailable) << said;
  }
  Canned large("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_FALSE(http_call_blocking(at(large.port), request_of("GET", "/"), 5s));
}

TEST(HttpClient, BoundsTheBody) {
  TestServer server;
  const auto request = request_of("POST", "/echo", std::string(1000, 'a'));
  EXPECT_TRUE(http_call_blocking(at(server.port()), request, 5s, 1000));
  const auto answer = http_call_blocking(at(server.port()), request, 5s, 999);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().what.find("too large"), std::string::npos) << answer.error().what;
}

TEST(HttpClient, HearsARefusalThatComesBeforeItsBodyIsRead) {
  TestServer server;
  const auto answer = http_call_blocking(at(server.port()), request_of("POST", "/echo", std::string(1024 * 1024 + 1, 'a')), 5s);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(answer->status, 413);
}

TEST(HttpClient, LetsNoTextBecomeAHeader) {
  auto request = request_of("GET", "/live");
  request.headers.emplace_back("X-A", "b\r\nX-C: d");
  EXPECT_EQ(http_call_blocking(at(1), request, 5s).error().code, Errc::invalid);
  EXPECT_EQ(http_call_blocking(at(1), request_of("GET", "/ HTTP/1.1\r\nX: y"), 5s).error().code, Errc::invalid);
  EXPECT_EQ(http_call_blocking(at(1), request_of("G T", "/"), 5s).error().code, Errc::invalid);
}

}  // namespace
}  // namespace tillgate::test
