// Answers that go on: piece after piece, and every way in which they end.
#include "service/http_stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "tests/service/http_fixture.hpp"

namespace tillgate::test {
namespace {

namespace asio = boost::asio;

// Says what it is given, in order, or the same without end. Lives on the server's thread; the test looks at the counts.
struct Talk {
  std::deque<std::string> pieces;
  std::string forever;
  std::atomic<int> given{0}, alive{0};
  std::atomic<bool> is_closed{false};
};

class Talker : public HttpStream {
 public:
  Talker(asio::any_io_executor executor, Talk& talk) : talk_(talk), woken_(executor) { ++talk_.alive; }
  ~Talker() override { --talk_.alive; }
  asio::awaitable<std::string> next() override {
    while (!talk_.is_closed) {
      if (!talk_.pieces.empty()) {
        std::string piece = std::move(talk_.pieces.front());
        talk_.pieces.pop_front();
        ++talk_.given;
        co_return piece;
      }
      if (!talk_.forever.empty()) {
        ++talk_.given;
        co_return talk_.forever;
      }
      woken_.expires_after(10s);
      co_await woken_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return std::string();
  }
  void close() override {
    talk_.is_closed = true;
    woken_.cancel();
  }
  void wake() { woken_.cancel(); }

 private:
  Talk& talk_;
  asio::steady_timer woken_;
};

// One route, one stream at a time.
class Stage {
 public:
  explicit Stage(HttpLimits limits = {}, HttpListen listen = {})
      : server(limits, std::move(listen), [this](Router& router) {
          router.add({"GET", "/talk", Roles::anyone(),
                      [this](const HttpRequest&, const Caller&, const RouteArgs&) -> asio::awaitable<HttpResponse> {
                        auto talker = std::make_shared<Talker>(co_await asio::this_coro::executor, talk);
                        latest = talker;
                        HttpResponse response;
                        response.content_type = "text/event-stream";
                        response.stream = std::move(talker);
                        co_return response;
                      }});
        }) {}
  void say(std::string piece) {
    server.on_logic([&] {
      talk.pieces.push_back(std::move(piece));
      if (auto talker = latest.lock()) talker->wake();
    });
  }
  Talk talk;
  std::weak_ptr<Talker> latest;
  TestServer server;
};

std::string heard(Wire& wire, std::string_view end) {
  std::string text;
  const auto until = Clock::now() + 5s;
  while (text.find(end) == std::string::npos && Clock::now() < until) text += wire.rest(20ms);
  return text;
}

TEST(HttpStream, SendsPiecesAsTheyComeWithoutALength) {
  Stage stage;
  stage.talk.pieces = {"one ", "two "};
  Wire wire(stage.server.port());
  wire.say(get("/talk"));
  const auto head = heard(wire, "one two ");
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos);
  stage.say("three");
  EXPECT_EQ(heard(wire, "three"), "three");
  EXPECT_FALSE(wire.is_ended());
}

TEST(HttpStream, OutlivesTheLimitsOfAnswers) {
  Stage stage(quick_limits());  // 200 ms for a header, a handler, an idle connection, a write
  Wire wire(stage.server.port());
  wire.say(get("/talk"));
  heard(wire, "\r\n\r\n");
  wire.rest(700ms);
  EXPECT_FALSE(wire.is_ended());
  stage.say("still there");
  EXPECT_EQ(heard(wire, "there"), "still there");
}

TEST(HttpStream, EndsWhenTheReaderHangsUp) {
  Stage stage;
  {
    Wire wire(stage.server.port());
    wire.say(get("/talk"));
    heard(wire, "\r\n\r\n");
    EXPECT_EQ(stage.talk.alive, 1);
  }
  EXPECT_TRUE(eventually([&] { return stage.talk.alive == 0 && stage.server.counters().open == 0; }));
  EXPECT_TRUE(stage.talk.is_closed);
}

TEST(HttpStream, EndsWhenTheReaderSpeaks) {
  Stage stage;
  Wire wire(stage.server.port());
  wire.say(get("/talk"));
  heard(wire, "\r\n\r\n");
  wire.say(get("/live"));
  EXPECT_EQ(wire.rest(), "");
  EXPECT_TRUE(wire.is_ended());
}

TEST(HttpStream, ClosesASlowReaderAndHoldsOnePieceForHim) {
  auto limits = quick_limits();
  Stage stage(limits);
  stage.talk.forever = std::string(64 * 1024, 'x');
  Wire wire(stage.server.port());
  const int little = 4096;
  setsockopt(wire.fd(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
  wire.say(get("/talk"));
  EXPECT_TRUE(eventually([&] { return stage.talk.given > 0 && stage.talk.alive == 0; }))
      << "he takes nothing and was not closed";
  EXPECT_EQ(stage.server.counters().timeouts, 1);
  EXPECT_LT(stage.talk.given, 32) << "what he does not take is made all the same";
}

TEST(HttpStream, EndsAtOnceWhenTheServerStops) {
  Stage stage;
  stage.talk.pieces = {"one"};
  Wire wire(stage.server.port());
  wire.say(get("/talk"));
  heard(wire, "one");
  std::atomic<bool> is_drained{false};
  stage.server.on_logic([&] { stage.server.server().stop(60s, [&] { is_drained = true; }); });
  EXPECT_EQ(wire.rest(), "");
  EXPECT_TRUE(wire.is_ended());
  EXPECT_TRUE(eventually([&] { return is_drained.load(); }));
}

// Even one in the middle of a write that its reader does not take.
TEST(HttpStream, EndsASlowReaderAtOnceWhenTheServerStops) {
  Stage stage;  // 15 s for a write
  stage.talk.forever = std::string(64 * 1024, 'x');
  Wire wire(stage.server.port());
  wire.say(get("/talk"));
  int given = 0;
  EXPECT_TRUE(eventually([&] {
    std::this_thread::sleep_for(100ms);  // in a loop: until a whole moment has brought nothing
    return std::exchange(given, stage.talk.given.load()) == stage.talk.given && given > 0;
  }));
  std::atomic<bool> is_drained{false};
  stage.server.on_logic([&] { stage.server.server().stop(60s, [&] { is_drained = true; }); });
  EXPECT_TRUE(eventually([&] { return is_drained.load(); }));
}

TEST(HttpStream, IsNotBegunForHead) {
  Stage stage;
  stage.talk.pieces = {"one"};
  Wire wire(stage.server.port());
  wire.say("HEAD /talk HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const auto answer = wire.rest();
  EXPECT_EQ(status_of_answer(answer), 200);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(stage.talk.given, 0);
  EXPECT_TRUE(eventually([&] { return stage.talk.alive == 0; }));
}

TEST(HttpStream, EndsWithItsServer) {
  auto stage = std::make_unique<Stage>();
  stage->talk.pieces = {"one"};
  Wire wire(stage->server.port());
  wire.say(get("/talk"));
  heard(wire, "one");
  stage.reset();  // the sanitizers judge what it leaves
  EXPECT_EQ(wire.rest(), "");
  EXPECT_TRUE(wire.is_ended());
}

}  // namespace
}  // namespace tillgate::test
