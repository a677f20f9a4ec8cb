// The link against brokers and networks that misbehave.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <cstring>

#include "tests/drivers/broker.hpp"
#include "tests/drivers/fake_broker.hpp"
#include "tests/drivers/recorder.hpp"
#include "tests/drivers/tcp_proxy.hpp"

namespace {
std::atomic<bool> is_resolver_stuck{false};
std::atomic<int> stuck_calls{0};
}  // namespace

// Stands before the C library's: one name never gets an answer while the test says so.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** list) {
  const bool is_numeric = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
  if (node != nullptr && std::strcmp(node, "stuck.test") == 0 && !is_numeric) {
    ++stuck_calls;
    while (is_resolver_stuck) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    node = "localhost";
  }
  using Real = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, list);
}

namespace tillgate::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

FakeBroker::Script welcoming() {
  return {{FakeBroker::connect, [](const std::string&) { return FakeBroker::connack(); }}};
}

TEST(LinkFaults, SaysThatThePortRefuses) {
  Recorder store(plain_options(free_port()));
  EXPECT_EQ(store.failure(), "the broker's port refused the connection");
  EXPECT_EQ(store.link().health().reason, "the broker's port refused the connection");
  EXPECT_EQ(store.link().health().state, "down");
}

TEST(LinkFaults, AnswersABlackHoleWithinItsDeadline) {
  Listener silent;
  LinkOptions options = plain_options(silent.port());
  options.connect_deadline = 2s;
  Recorder store(options);
  const auto start = Clock::now();
  EXPECT_EQ(store.failure(), "the broker did not answer in time");
  EXPECT_LT(Clock::now() - start, 3s);
  EXPECT_GE(Clock::now() - start, 1900ms);
}

TEST(LinkFaults, IsDestroyedSoonWhileConnectingIntoABlackHole) {
  Listener silent;
  Recorder store(plain_options(silent.port()));
  ASSERT_TRUE(store.link().post(link::Connect{}));
  std::this_thread::sleep_for(300ms);  // into the attempt; any moment of it will do
  const auto start = Clock::now();
  store.destroy_link();
  EXPECT_LT(Clock::now() - start, 2500ms);
}

TEST(LinkFaults, IsDestroyedSoonWhenTheNetworkDiesUnderAFullWindow) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  TcpProxy line(broker.port());
  Recorder store(plain_options(line.port()));
  ASSERT_TRUE(store.connect());
  line.black_hole(true);
  for (std::uint64_t token = 0; token < 100; ++token) ASSERT_TRUE(store.publish(message("t", std::string(100000, 'x')), token));
  const auto start = Clock::now();
  store.destroy_link();
  EXPECT_LT(Clock::now() - start, 2500ms);
}

TEST(LinkFaults, DisconnectsOnRequestThoughTheNetworkIsDead) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  TcpProxy line(broker.port());
  Recorder store(plain_options(line.port()));
  ASSERT_TRUE(store.connect());
  line.black_hole(true);
  for (std::uint64_t token = 0; token < 30; ++token) ASSERT_TRUE(store.publish(message("t", "x"), token));
  ASSERT_TRUE(store.link().post(link::Disconnect{}));
  const auto down = store.next<link::Down>(5s);
  ASSERT_TRUE(down);
  EXPECT_EQ(down->reason, "disconnected as asked");
  EXPECT_EQ(store.kinds(), "U" + std::string(30, 'F') + "D");
}

TEST(LinkFaults, NoticesADeadPathByTheKeepalive) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  TcpProxy line(broker.port());
  LinkOptions options = plain_options(line.port());
  options.keepalive = seconds(1);
  Recorder store(options);
  ASSERT_TRUE(store.connect());
  line.black_hole(true);
  const auto down = store.next<link::Down>(30s);
  ASSERT_TRUE(down);
  EXPECT_EQ(down->reason, "the connection to the broker was lost");
}

TEST(LinkFaults, AResolverThatNeverAnswersCostsOneThreadAndOneDeadline) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  LinkOptions options = plain_options(broker.port());
  options.host = "stuck.test";
  options.connect_deadline = 3s;
  is_resolver_stuck = true;
  stuck_calls = 0;
  {
    Recorder store(options);
    for (int attempt = 0; attempt < 2; ++attempt) {
      const auto start = Clock::now();
      EXPECT_EQ(store.failure(), "name resolution of stuck.test did not answer");
      EXPECT_LT(Clock::now() - start, 4s);
    }
    EXPECT_EQ(stuck_calls, 1);
    // It answers at last: the attempt under way takes that answer.
    ASSERT_TRUE(store.link().post(link::Connect{}));
    is_resolver_stuck = false;
    EXPECT_TRUE(store.next<link::Up>());
    EXPECT_EQ(store.kinds(), "DDU");
  }
}

TEST(LinkFaults, ALinkMayGoWhileItsResolverIsStuck) {
  LinkOptions options = plain_options(1);
  options.host = "stuck.test";
  is_resolver_stuck = true;
  stuck_calls = 0;
  {
    Recorder store(options);
    ASSERT_TRUE(store.link().post(link::Connect{}));
    while (stuck_calls == 0) std::this_thread::sleep_for(1ms);
    const auto start = Clock::now();
    store.destroy_link();
    EXPECT_LT(Clock::now() - start, 2500ms);
  }
  is_resolver_stuck = false;
}

TEST(LinkFaults, SaysThatTheNameDoesNotExist) {
  LinkOptions options = plain_options(1);
  options.host = "no-such-name.invalid";
  Recorder store(options);
  const std::string reason = store.failure();
  EXPECT_NE(reason.find("no-such-name.invalid"), std::string::npos) << reason;
}

TEST(LinkFaults, ComesRoundEverySecondWhateverHappens) {
  Listener silent;
  LinkOptions options = plain_options(silent.port());
  options.connect_deadline = 2s;
  Recorder store(options);
  ASSERT_TRUE(store.link().post(link::Connect{}));
  const auto start = Clock::now();
  while (Clock::now() - start < 3s) {
    const auto now = std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
    ASSERT_LT(now - store.link().last_turn(), std::chrono::nanoseconds(5s).count());
    std::this_thread::sleep_for(10ms);
  }
}

struct Refusal {
  int code;
  const char* words;
};

TEST(LinkFaults, SaysWhyTheBrokerRefusedTheConnection) {
  for (const Refusal& refusal :
       {Refusal{0x87, "not authorised"}, Refusal{0x89, "server busy"}, Refusal{0x88, "server unavailable"},
        Refusal{0x86, "bad user name or password"}, Refusal{0x9f, "connection rate exceeded"}}) {
    FakeBroker broker({{FakeBroker::connect, [&](const std::string&) { return FakeBroker::connack(refusal.code); }}});
    Recorder store(plain_options(broker.port()));
    EXPECT_EQ(store.failure(), std::string("the broker refused the connection: ") + refusal.words);
  }
}

TEST(LinkFaults, SaysWhyTheBrokerEndedTheConnection) {
  for (const Refusal& refusal :
       {Refusal{0x8e, "session taken over: another client connected with our client id"}, Refusal{0x8b, "server shutting down"},
        Refusal{0x98, "administrative action"}, Refusal{0x95, "packet too large"}}) {
    FakeBroker::Script script = welcoming();
    script[FakeBroker::publish] = [&](const std::string&) { return FakeBroker::end(refusal.code); };
    FakeBroker broker(script);
    Recorder store(plain_options(broker.port()));
    ASSERT_TRUE(store.connect());
    ASSERT_TRUE(store.publish(message("t", "x"), 1));
    const auto down = store.next<link::Down>();
    ASSERT_TRUE(down);
    EXPECT_EQ(down->reason, std::string("the broker ended the connection: ") + refusal.words);
    EXPECT_EQ(store.kinds(), "UFD");
  }
}

TEST(LinkFaults, IsNotUpWhenAnySubscriptionIsRefused) {
  for (const std::string& codes :
       {std::string("\x87"), std::string("\x01\x87"), std::string("\x87\x01"), std::string("\x87\x87")}) {
    FakeBroker::Script script = welcoming();
    script[FakeBroker::subscribe] = [&](const std::string& body) { return FakeBroker::suback(body, codes); };
    FakeBroker broker(script);
    Recorder store(plain_options(broker.port()));
    const std::vector<std::string> topics =
        codes.size() == 1 ? std::vector<std::string>{"a"} : std::vector<std::string>{"a", "b"};
    EXPECT_EQ(store.failure(subscribing(topics)), "subscription refused: not authorised");
    EXPECT_EQ(store.kinds(), "D");
  }
}

TEST(LinkFaults, KeepsWhatTheBrokerSendsBeforeItGrantsTheSubscription) {
  FakeBroker::Script script = welcoming();
  script[FakeBroker::subscribe] = [](const std::string& body) {
    const std::string early = std::string("\0\x01t\0", 4) + "early";
    return FakeBroker::packet(0x31, early) + FakeBroker::suback(body, "\x01");
  };
  FakeBroker broker(script);
  Recorder store(plain_options(broker.port()));
  ASSERT_TRUE(store.connect(subscribing({"t"})));
  const auto received = store.next<link::Received>();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->message.payload, "early");
  EXPECT_TRUE(received->message.is_retained);
  EXPECT_EQ(store.kinds(), "UR");
}

TEST(LinkFaults, IsNotUpWhenASubscriptionIsNotAnswered) {
  FakeBroker broker(welcoming());
  LinkOptions options = plain_options(broker.port());
  options.connect_deadline = 3s;
  Recorder store(options);
  EXPECT_EQ(store.failure(subscribing({"a"})), "the broker did not answer the subscription in time");
}

TEST(LinkFaults, ABrokerThatHangsUpInsteadOfAnsweringIsNamed) {
  Listener rude;
  std::atomic<bool> is_stopping{false};
  std::thread server([&] {
    while (!is_stopping) {
      pollfd entry{rude.fd(), POLLIN, 0};
      if (poll(&entry, 1, 10) > 0) close(accept(rude.fd(), nullptr, nullptr));
    }
  });
  Recorder store(plain_options(rude.port()));
  EXPECT_EQ(store.failure(), "the broker closed the connection before it answered; does its port want TLS?");
  is_stopping = true;
  server.join();
}

TEST(LinkFaults, DropsAMessageLargerThanItAllows) {
  FakeBroker::Script script = welcoming();
  script[FakeBroker::publish] = [&](const std::string&) {
    const std::string body = std::string("\0\x01t\0", 4) + std::string(2 * 1024 * 1024 + 1, 'x');
    return FakeBroker::packet(0x30, body);
  };
  FakeBroker broker(script);
  Recorder store(plain_options(broker.port()));
  ASSERT_TRUE(store.connect());
  ASSERT_TRUE(store.publish(message("t", "x"), 1));
  const auto down = store.next<link::Down>();
  ASSERT_TRUE(down);
  EXPECT_EQ(down->reason, "the broker sent a message larger than allowed");
  EXPECT_EQ(store.kinds(), "UFD");
}

TEST(LinkFaults, TheQueueIsBounded) {
  FakeBroker broker(welcoming());  // acknowledges nothing
  LinkOptions options = plain_options(broker.port());
  options.queue_max = 10;
  options.in_flight_max = 5;
  Recorder store(options);
  ASSERT_TRUE(store.connect());
  std::uint64_t taken = 0;
  const auto start = Clock::now();
  while (Clock::now() - start < 500ms) {
    if (store.publish(message("t", "x"), taken)) ++taken;
  }
  EXPECT_EQ(taken, 15u);
  store.destroy_link();
  EXPECT_EQ(store.kinds(), "U" + std::string(15, 'F') + "D");
}

}  // namespace
}  // namespace tillgate::test
