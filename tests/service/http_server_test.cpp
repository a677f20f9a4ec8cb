#include "service/http_server.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <set>

#include "tests/service/http_fixture.hpp"

namespace tillgate::test {
namespace {

namespace asio = boost::asio;

void sleep_on(Router& router, std::string path, Clock::duration time) {
  router.add({"POST", std::move(path), Roles::anyone(),
              [time](const HttpRequest&, const Caller&, const RouteArgs&) -> asio::awaitable<HttpResponse> {
                asio::steady_timer timer(co_await asio::this_coro::executor, time);
                co_await timer.async_wait(asio::use_awaitable);
                HttpResponse response;
                response.body = "slept";
                co_return response;
              }});
}

TEST(HttpServer, AnswersWithItsOwnHeaders) {
  TestServer server;
  Wire wire(server.port());
  wire.say(get());
  const auto answer = wire.answer();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  for (const char* header :
       {"\r\nContent-Length: 2\r\n", "\r\nContent-Type: application/json\r\n", "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nCache-Control: no-store\r\n", "\r\nX-Request-Id: "})
    EXPECT_NE(answer.find(header), std::string::npos) << header << answer;
  EXPECT_EQ(answer.find("Server:"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n{}"));
}

TEST(HttpServer, KeepsTheConnectionAndCountsRequests) {
  TestServer server;
  Wire wire(server.port());
  for (int i = 0; i < 5; ++i) {
    wire.say(post("body " + std::to_string(i)));
    EXPECT_TRUE(wire.answer().ends_with("\r\n\r\nbody " + std::to_string(i)));
  }
  EXPECT_EQ(server.counters().requests, 5);
  EXPECT_EQ(server.counters().connections, 1);
  EXPECT_EQ(server.counters().open, 1);
}

TEST(HttpServer, ClosesWhenAsked) {
  TestServer server;
  Wire wire(server.port());
  wire.say(get("/live", "Connection: close\r\n"));
  EXPECT_NE(wire.answer().find("\r\nConnection: close\r\n"), std::string::npos);
  wire.rest();
  EXPECT_TRUE(wire.is_ended());
}

TEST(HttpServer, ClosesAfterTheMostRequestsOfAConnection) {
  HttpLimits limits;
  limits.requests_per_connection = 2;
  TestServer server(limits);
  Wire wire(server.port());
  wire.say(get() + get() + get());
  EXPECT_EQ(wire.answer().find("Connection: close"), std::string::npos);
  EXPECT_NE(wire.answer().find("Connection: close"), std::string::npos);
  EXPECT_EQ(wire.rest(), "");
  EXPECT_TRUE(wire.is_ended());
}

TEST(HttpServer, TakesABodyInAnyPieces) {
  TestServer server;
  Wire wire(server.port());
  std::string body;
  for (int i = 0; body.size() < 300'000; ++i) body += std::to_string(i) + ",";
  wire.say(post(body));
  EXPECT_TRUE(wire.answer().ends_with("\r\n\r\n" + body));
  for (const char c : post("abc")) wire.say(std::string(1, c));
  EXPECT_TRUE(wire.answer().ends_with("\r\n\r\nabc"));
}

TEST(HttpServer, LeavesTheBodyOutForHead) {
  TestServer server;
  Wire wire(server.port());
  wire.say("HEAD /live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = wire.answer(5s, true);
  EXPECT_NE(answer.find("Content-Length: 2\r\n"), std::string::npos);
  wire.say(get());
  EXPECT_EQ(status_of_answer(wire.answer()), 200) << "no stray body byte stands before the next answer";
}

TEST(HttpServer, SendsNoLengthWith204) {
  TestServer server;
  Wire wire(server.port());
  wire.say("OPTIONS /live HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = wire.answer(5s, true);
  EXPECT_EQ(status_of_answer(answer), 204);
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
  EXPECT_NE(answer.find("Allow: GET, HEAD, OPTIONS"), std::string::npos);
}

TEST(HttpServer, SaysContinueBeforeABodyThatWaitsForIt) {
  TestServer server;
  Wire wire(server.port());
  wire.say("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.answer(5s, true), "HTTP/1.1 100 Continue\r\n\r\n");
  wire.say("body");
  EXPECT_TRUE(wire.answer().ends_with("body"));
}

TEST(HttpServer, RefusesBeforeItReadsTheBody) {
  TestServer server({}, {}, [](Router& router) { sleep_on(router, "/api/x", 0s); });
  Wire wire(server.port());
  wire.say("POST /api/none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  const auto answer = wire.answer();
  EXPECT_EQ(status_of_answer(answer), 401) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(HttpServer, KeepsTheConnectionAfterARefusalWhoseBodyHasCome) {
  TestServer server;
  Wire wire(server.port());
  wire.say("POST /api/none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody" + get());
  EXPECT_EQ(status_of_answer(wire.answer()), 401);
  EXPECT_EQ(status_of_answer(wire.answer()), 200);
}

TEST(HttpServer, EchoesASaneRequestIdAndMakesOneOtherwise) {
  TestServer server;
  Wire wire(server.port());
  std::set<std::string> ids;
  for (const auto& given : {std::string("till-3.17_a"), std::string("a b"), std::string("<script>"), std::string(65, 'a')}) {
    wire.say(get("/live", "X-Request-Id: " + given + "\r\n"));
    const auto answer = wire.answer();
    const auto at = answer.find("X-Request-Id: ") + 14;
    ids.insert(answer.substr(at, answer.find("\r\n", at) - at));
  }
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_TRUE(ids.contains("till-3.17_a"));
  EXPECT_FALSE(ids.contains("a b") || ids.contains("<script>") || ids.contains(std::string(65, 'a')));
}

TEST(HttpServer, LetsNoHandlerWriteASecondHeaderIntoAValue) {
  TestServer server({}, {}, [](Router& router) {
    router.add({"GET", "/bad", Roles::anyone(),
                [](const HttpRequest&, const Caller&, const RouteArgs&) -> asio::awaitable<HttpResponse> {
                  HttpResponse response;
                  response.headers = {{"X-A", "b\r\nSet-Cookie: c=d"},
                                      {"X B", "c"},
                                      {"content-length", "7"},
                                      {"ETag", "\"1\""},
                                      {"Cache-Control", "max-age=1"}};
                  co_return response;
                }});
  });
  Wire wire(server.port());
  wire.say(get("/bad") + get());
  const auto answer = wire.answer();
  EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(answer.find("X B"), std::string::npos);
  EXPECT_NE(answer.find("ETag: \"1\"\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Cache-Control: max-age=1\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("no-store"), std::string::npos);
  EXPECT_EQ(status_of_answer(wire.answer()), 200);
}

TEST(HttpServer, GivesUpOnAHandlerAndDropsItsLateAnswer) {
  TestServer server(quick_limits(), {}, [](Router& router) { sleep_on(router, "/slow", 400ms); });
  Wire wire(server.port());
  wire.say("POST /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = wire.answer();
  EXPECT_EQ(status_of_answer(answer), 503);
  EXPECT_NE(answer.find("Idempotency-Key is safe"), std::string::npos);
  EXPECT_EQ(server.counters().timeouts, 1);
  EXPECT_EQ(wire.rest(600ms).find("slept"), std::string::npos);
}

TEST(HttpServer, ServesOthersWhileAHandlerWaits) {
  TestServer server({}, {}, [](Router& router) { sleep_on(router, "/slow", 300ms); });
  Wire slow(server.port()), quick(server.port());
  slow.say("POST /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  quick.say(get());
  EXPECT_EQ(status_of_answer(quick.answer(250ms)), 200);
  EXPECT_TRUE(slow.answer().ends_with("slept"));
}

TEST(HttpServer, AnswersWhatIsUnderWayWhenItStopsAndClosesTheRest) {
  TestServer server({}, {}, [](Router& router) { sleep_on(router, "/slow", 300ms); });
  Wire busy(server.port()), idle(server.port());
  idle.say(get());
  EXPECT_EQ(status_of_answer(idle.answer()), 200);
  busy.say("POST /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.counters().requests == 2; }));

  std::atomic<int> drained{0};
  server.on_logic([&] { server.server().stop(10s, [&] { ++drained; }); });
  EXPECT_FALSE(Wire(server.port()).is_open()) << "accepts no more";
  idle.rest();
  EXPECT_TRUE(idle.is_ended());
  EXPECT_EQ(drained, 0);
  const auto answer = busy.answer();
  EXPECT_TRUE(answer.ends_with("slept"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(eventually([&] { return drained == 1; }));
}

TEST(HttpServer, StopsAtItsDeadlineWhateverIsLeft) {
  TestServer server({}, {}, [](Router& router) { sleep_on(router, "/slow", 20s); });
  Wire busy(server.port());
  busy.say("POST /slow HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server.counters().requests == 1; }));
  std::atomic<int> drained{0};
  server.on_logic([&] { server.server().stop(100ms, [&] { ++drained; }); });
  EXPECT_TRUE(eventually([&] { return drained == 1; }));
  EXPECT_EQ(busy.rest(), "");
  EXPECT_TRUE(busy.is_ended());
}

TEST(HttpServer, StopsAtOnceWhenNobodyIsThere) {
  TestServer server;
  std::atomic<int> drained{0};
  server.on_logic([&] { server.server().stop(10s, [&] { ++drained; }); });
  EXPECT_TRUE(eventually([&] { return drained == 1; }));
}

TEST(HttpServer, SaysWhyItCannotListen) {
  asio::io_context io;
  Router router(TestServer::caller_of);
  TestServer taken;
  HttpListen listen;
  listen.port = taken.port();
  const auto reason = [&](const HttpListen& where) -> std::string {
    try {
      HttpServer server(io, router, where, {});
    } catch (const std::runtime_error& fault) {
      return fault.what();
    }
    return "";
  };
  EXPECT_EQ(reason(listen), "cannot listen on 127.0.0.1:" + std::to_string(listen.port) + ": Address already in use");
  listen.address = "store.example";
  EXPECT_NE(reason(listen).find("not a literal address"), std::string::npos);
  listen.address = "/" + std::string(200, 'a');
  EXPECT_NE(reason(listen).find("too long"), std::string::npos);
}

TEST(HttpServerUnix, TellsWhoIsAtTheOtherEnd) {
  Scratch scratch;
  HttpListen listen;
  listen.address = scratch.file("admin.sock");
  listen.socket_mode = 0600;
  TestServer server({}, listen);
  struct stat found {};
  ASSERT_EQ(stat(listen.address.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  Wire wire(listen.address);
  wire.say(post("hello"));
  const auto answer = wire.answer();
  EXPECT_TRUE(answer.ends_with("hello"));
  EXPECT_NE(answer.find("Peer: unix:" + std::to_string(getuid()) + "\r\n"), std::string::npos) << answer;
}

TEST(HttpServerUnix, IsExemptFromTheAddressLimitButHasItsOwn) {
  Scratch scratch;
  HttpListen listen;
  listen.address = scratch.file("s");
  HttpLimits limits;
  limits.connections_per_address = 2;
  TestServer server(limits, listen);
  std::vector<Wire> wires;
  for (int i = 0; i < 32; ++i) {
    wires.emplace_back(listen.address);
    wires.back().say(get());
    ASSERT_EQ(status_of_answer(wires.back().answer()), 200) << i;
  }
  Wire more(listen.address);
  EXPECT_EQ(status_of_answer(more.rest()), 503);
}

TEST(HttpServerUnix, ReplacesAStaleSocketAndRemovesItsOwn) {
  Scratch scratch;
  HttpListen listen;
  listen.address = scratch.file("s");
  const int stale = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  listen.address.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  close(stale);
  {
    TestServer server({}, listen);
    Wire wire(listen.address);
    wire.say(get());
    EXPECT_EQ(status_of_answer(wire.answer()), 200);
    EXPECT_THROW(TestServer second({}, listen), std::runtime_error) << "somebody answers there";
    wire.say(get());
    EXPECT_EQ(status_of_answer(wire.answer()), 200);
  }
  EXPECT_FALSE(std::filesystem::exists(listen.address));
}

TEST(HttpServerUnix, LeavesAFileThatIsNoSocketAlone) {
  Scratch scratch;
  HttpListen listen;
  listen.address = scratch.file("precious");
  std::ofstream(listen.address) << "data";
  asio::io_context io;
  Router router(TestServer::caller_of);
  EXPECT_THROW(HttpServer(io, router, listen, {}), std::runtime_error);
  EXPECT_EQ(std::filesystem::file_size(listen.address), 4u);
}

}  // namespace
}  // namespace tillgate::test
