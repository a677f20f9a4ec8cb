// The link against a real broker, over plain TCP.
#include "drivers/mqtt/link.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "tests/drivers/broker.hpp"
#include "tests/drivers/recorder.hpp"
#include "tests/drivers/tcp_proxy.hpp"

namespace tillgate::test {
namespace {

using namespace std::chrono_literals;

std::size_t entries_of(const char* folder) {
  const auto all = std::filesystem::directory_iterator(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(Link, CarriesAMessageWithAllItsProperties) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  Recorder receiver(plain_options(broker.port(), "receiver")), sender(plain_options(broker.port(), "sender"));
  ASSERT_TRUE(receiver.connect(subscribing({"a/up/batch", "a/up/ack"})));
  ASSERT_TRUE(sender.connect());

  link::Message sent = message("a/up/batch", std::string("line\n\0 more", 11));
  sent.content_type = "application/vnd.tillgate.batch+x-ndjson;v=1";
  sent.content_encoding = "zstd";
  sent.user_properties = {{"key", "value"}, {"key", "again"}};
  sent.expiry = seconds(600);
  ASSERT_TRUE(sender.publish(sent, 77));

  const auto published = sender.next<link::Published>();
  ASSERT_TRUE(published);
  EXPECT_EQ(published->token, 77u);
  const auto received = receiver.next<link::Received>();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->message.topic, sent.topic);
  EXPECT_EQ(received->message.payload, sent.payload);
  EXPECT_EQ(received->message.content_type, sent.content_type);
  EXPECT_EQ(received->message.content_encoding, sent.content_encoding);
  EXPECT_EQ(received->message.user_properties, sent.user_properties);
  EXPECT_FALSE(received->message.is_retained);
  ASSERT_TRUE(received->message.expiry);
  EXPECT_LE(*received->message.expiry, seconds(600));
  EXPECT_GT(*received->message.expiry, seconds(500));
  EXPECT_TRUE(sender.link().health().is_up);
  EXPECT_EQ(sender.link().health().state, "connected");
}

TEST(Link, CarriesAnEmptyPayloadAndOneOfAMegabyte) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  Recorder link(plain_options(broker.port()));
  ASSERT_TRUE(link.connect(subscribing({"t"})));
  const std::string large(1024 * 1024, 'x');
  ASSERT_TRUE(link.publish(message("t", ""), 1));
  ASSERT_TRUE(link.publish(message("t", large), 2));
  const auto first = link.next<link::Received>();
  const auto second = link.next<link::Received>();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->message.payload, "");
  EXPECT_EQ(second->message.payload, large);
}

TEST(Link, TellsUpBeforeTheRetainedMessagesOfItsTopics) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  Recorder sender(plain_options(broker.port(), "sender"));
  ASSERT_TRUE(sender.connect());
  link::Message kept = message("a/status", "online");
  kept.is_retained = true;
  ASSERT_TRUE(sender.publish(kept, 1));
  ASSERT_TRUE(sender.next<link::Published>());

  Recorder late(plain_options(broker.port(), "late"));
  ASSERT_TRUE(late.link().post(subscribing({"+/status"})));
  const auto received = late.next<link::Received>();
  ASSERT_TRUE(received);
  EXPECT_TRUE(received->message.is_retained);
  EXPECT_EQ(received->message.payload, "online");
  EXPECT_EQ(late.kinds(), "UR");
}

link::Connect with_will() {
  link::Connect connect;
  connect.will = message("a/status", R"({"online":false})");
  connect.will->is_retained = true;
  connect.will->content_type = "application/json";
  return connect;
}

TEST(Link, LeavesItsWillWhenTheLineIsCut) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  TcpProxy line(broker.port());
  Recorder watcher(plain_options(broker.port(), "watcher")), store(plain_options(line.port(), "store"));
  ASSERT_TRUE(watcher.connect(subscribing({"a/status"})));
  ASSERT_TRUE(store.connect(with_will()));
  line.cut();

  const auto will = watcher.next<link::Received>();
  ASSERT_TRUE(will);
  EXPECT_EQ(will->message.payload, R"({"online":false})");
  EXPECT_EQ(will->message.content_type, "application/json");
  const auto down = store.next<link::Down>();
  ASSERT_TRUE(down);
  EXPECT_EQ(down->reason, "the connection to the broker was lost");
  EXPECT_FALSE(store.link().health().is_up);
  EXPECT_EQ(store.link().health().reason, down->reason);

  Recorder late(plain_options(broker.port(), "late"));
  ASSERT_TRUE(late.connect(subscribing({"a/status"})));
  const auto kept = late.next<link::Received>();
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->message.is_retained);
}

TEST(Link, LeavesNoWillAfterAnOrderlyDisconnectAndSendsWhatWasPostedBefore) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  Recorder watcher(plain_options(broker.port(), "watcher")), store(plain_options(broker.port(), "store"));
  ASSERT_TRUE(watcher.connect(subscribing({"a/#"})));
  ASSERT_TRUE(store.connect(with_will()));
  ASSERT_TRUE(store.publish(message("a/last", "words"), 5));
  ASSERT_TRUE(store.link().post(link::Disconnect{}));
  const auto down = store.next<link::Down>();
  ASSERT_TRUE(down);
  EXPECT_EQ(down->reason, "disconnected as asked");
  EXPECT_EQ(store.kinds(), "UPD");

  // What the broker did with the will it did before it took the next message.
  Recorder marker(plain_options(broker.port(), "marker"));
  ASSERT_TRUE(marker.connect());
  ASSERT_TRUE(marker.publish(message("a/marker", "here"), 1));
  const auto first = watcher.next<link::Received>();
  const auto second = watcher.next<link::Received>();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->message.payload, "words");
  EXPECT_EQ(second->message.payload, "here");
}

TEST(Link, LeavesNoWillWhenItIsDestroyed) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  Recorder watcher(plain_options(broker.port(), "watcher")), store(plain_options(broker.port(), "store"));
  ASSERT_TRUE(watcher.connect(subscribing({"a/#"})));
  ASSERT_TRUE(store.connect(with_will()));
  ASSERT_TRUE(store.publish(message("a/last", "words"), 5));
  store.destroy_link();
  EXPECT_EQ(store.kinds(), "UPD");
  ASSERT_TRUE(watcher.publish(message("a/marker", "here"), 1));
  const auto first = watcher.next<link::Received>();
  const auto second = watcher.next<link::Received>();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->message.payload, "words");
  EXPECT_EQ(second->message.payload, "here");
}

// The broker says 0x10; paho C 1.3.12 hands a success without its reason code. When a newer one passes it on, this test says so.
TEST(Link, CannotSeeThatNobodyIsSubscribed) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  TcpProxy line(broker.port());
  Recorder store(plain_options(line.port()));
  ASSERT_TRUE(store.connect());
  ASSERT_TRUE(store.publish(message("nobody/listens", "hello"), 1));
  const auto published = store.next<link::Published>();
  ASSERT_TRUE(published);
  const std::string answers = line.answers();
  const auto puback = answers.find('\x40');
  ASSERT_NE(puback, std::string::npos);
  EXPECT_EQ(answers.at(puback + 4), '\x10') << "the broker has changed";
  EXPECT_FALSE(published->has_no_subscribers) << "paho passes the reason code now: use it, and correct 0004-paho.md";
}

TEST(Link, AFloodIsPublishedToTheLastMessage) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  Recorder receiver(plain_options(broker.port(), "receiver")), sender(plain_options(broker.port(), "sender"));
  ASSERT_TRUE(receiver.connect(subscribing({"flood"})));
  ASSERT_TRUE(sender.connect());
  constexpr std::uint64_t count = 2000;
  int refused = 0;
  for (std::uint64_t token = 0; token < count; ++token) {
    while (!sender.publish(message("flood", std::to_string(token)), token)) {
      ++refused;  // the queue is full, and says so at once
      std::this_thread::sleep_for(1ms);
    }
  }
  std::set<std::uint64_t> published;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto event = sender.next<link::Published>();
    ASSERT_TRUE(event) << "after " << i;
    published.insert(event->token);
  }
  EXPECT_EQ(published.size(), count);
  EXPECT_GT(refused, 0);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto event = receiver.next<link::Received>();
    ASSERT_TRUE(event) << "after " << i;
    EXPECT_EQ(event->message.payload, std::to_string(i));
  }
  EXPECT_EQ(sender.kinds().find('F'), std::string::npos);
}

TEST(Link, SaysWhatTheBrokerRefused) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker("", "topic write allowed\ntopic read allowed\n");
  Recorder store(plain_options(broker.port()));
  ASSERT_TRUE(store.connect());
  ASSERT_TRUE(store.publish(message("forbidden", "x"), 9));
  const auto failed = store.next<link::PublishFailed>();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->token, 9u);
  EXPECT_EQ(failed->reason, "the broker refused it: not authorised");
  // The session goes on.
  ASSERT_TRUE(store.publish(message("allowed", "x"), 10));
  EXPECT_TRUE(store.next<link::Published>());
}

TEST(Link, RefusesWhatWouldMakeTheBrokerHangUp) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  Recorder store(plain_options(broker.port()));
  ASSERT_TRUE(store.connect());
  const std::string zero("a\0b", 3);
  for (const std::string& topic : {std::string(), std::string("a/#"), std::string("a/+/b"), zero, std::string("a\xff")}) {
    ASSERT_TRUE(store.publish(message(topic, "x"), 1));
    EXPECT_TRUE(store.next<link::PublishFailed>()) << topic;
  }
  ASSERT_TRUE(store.publish(message("t", std::string(2 * 1024 * 1024, 'x')), 2));
  EXPECT_TRUE(store.next<link::PublishFailed>());
  link::Message fat = message("t", "x");
  fat.user_properties = {{"name", std::string(70000, 'x')}};
  ASSERT_TRUE(store.publish(fat, 3));
  EXPECT_TRUE(store.next<link::PublishFailed>());
  ASSERT_TRUE(store.publish(message("t", "fine"), 4));
  EXPECT_TRUE(store.next<link::Published>());
  EXPECT_EQ(store.kinds(), "UFFFFFFFP");
}

TEST(Link, FailsWhatIsPostedWhileDown) {
  Recorder store(plain_options(free_port()));
  ASSERT_TRUE(store.publish(message("t", "x"), 3));
  const auto failed = store.next<link::PublishFailed>();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->token, 3u);
  EXPECT_EQ(failed->reason, "not connected");
}

TEST(Link, NoticesThatTheBrokerWasKilledAndFailsWhatWasInFlight) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  TcpProxy line(broker.port());
  Recorder store(plain_options(line.port()));
  ASSERT_TRUE(store.connect());
  line.black_hole(true);
  for (std::uint64_t token = 0; token < 50; ++token) ASSERT_TRUE(store.publish(message("t", "x"), token));
  EXPECT_FALSE(store.next<link::Published>(200ms));
  broker.stop(SIGKILL);
  line.black_hole(false);
  const auto down = store.next<link::Down>(10s);
  ASSERT_TRUE(down);
  EXPECT_EQ(down->reason, "the connection to the broker was lost");
  std::set<std::uint64_t> answered;
  while (const auto failed = store.next<link::PublishFailed>(0ms)) answered.insert(failed->token);
  while (const auto published = store.next<link::Published>(0ms)) answered.insert(published->token);
  EXPECT_EQ(answered.size(), 50u);
  EXPECT_EQ(store.kinds().back(), 'D') << "publishes are answered before the Down";
}

TEST(Link, ComesBackWithAnotherConnectAndLeaksNothing) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  TcpProxy line(broker.port());
  Recorder store(plain_options(line.port()));
  std::size_t files = 0, threads = 0;
  for (int round = 0; round < 20; ++round) {
    ASSERT_TRUE(store.connect(subscribing({"t", "u"}))) << round;
    ASSERT_TRUE(store.publish(message("t", "x"), 1));
    ASSERT_TRUE(store.next<link::Published>());
    ASSERT_TRUE(store.next<link::Received>());
    if (round == 0) {
      files = entries_of("/proc/self/fd");
      threads = entries_of("/proc/self/task");
    }
    if (round == 19) break;
    line.cut();
    ASSERT_TRUE(store.next<link::Down>(10s)) << round;
  }
  EXPECT_EQ(entries_of("/proc/self/task"), threads);
  EXPECT_EQ(entries_of("/proc/self/fd"), files);
}

TEST(Link, AConnectWhileUpReplacesTheSession) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  Recorder store(plain_options(broker.port()));
  ASSERT_TRUE(store.connect());
  ASSERT_TRUE(store.connect());
  EXPECT_EQ(store.kinds(), "UDU");
}

}  // namespace
}  // namespace tillgate::test
