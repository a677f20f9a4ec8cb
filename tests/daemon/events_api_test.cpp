// GET /api/v1/events over the real route and a real store: what is told, from where, to how many.
#include <gtest/gtest.h>

#include <set>

#include <map>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

// The events of a text, comments left out.
struct Told {
  std::string id, event, data;
};
std::vector<Told> told_in(const std::string& text) {
  std::vector<Told> events;
  Told one;
  std::stringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("id: ")) one.id = line.substr(4);
    if (line.starts_with("event: ")) one.event = line.substr(7);
    if (line.starts_with("data: ")) one.data = line.substr(6);
    if (line.empty() && !one.event.empty()) events.push_back(std::exchange(one, {}));
  }
  return events;
}

class EventsApi : public ::testing::Test {
 protected:
  HttpResponse listen(const std::string& last = {}, Role as = Role::staff) {
    Call call{"GET", "/api/v1/events", {}, {}, {}};
    if (!last.empty()) call.headers.emplace_back("last-event-id", last);
    return rig.send(call, as);
  }
  // Listens until `count` events were told.
  std::vector<Told> hear(HttpStream& stream, std::size_t count) {
    std::vector<Told> events;
    while (events.size() < count)
      for (auto& event : told_in(rig.next(stream))) events.push_back(std::move(event));
    return events;
  }
  std::string create(const std::string& name) {
    const auto body = R"({"first_name":")" + name + R"(","last_name":"Quill","phone":"503 555 0142"})";
    const auto made = rig.send({"POST", "/api/v1/customers", body, {{"idempotency-key", "key-" + name}, {"prefer", "allow-duplicate"}}, {}});
    EXPECT_EQ(made.status, 201) << made.body;
    etags[std::string(json_of(made).at("customer").at("id").as_string())] = header_of(made, "ETag");
    return std::string(json_of(made).at("customer").at("id").as_string());
  }
  HttpResponse post(const std::string& path, const std::string& body, Role as = Role::manager) {
    return rig.send({"POST", path, body, {{"idempotency-key", "key-" + std::to_string(++keys_)}}, {}}, as);
  }
  GatewayRig rig;
  std::map<std::string, std::string> etags;

 private:
  int keys_ = 0;
};

TEST_F(EventsApi, BeginsWithWhereItIsAndWhetherTheStoreIsCutOff) {
  create("Ann");
  const auto response = listen();
  ASSERT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/event-stream");
  const auto events = hear(*response.stream, 1);
  EXPECT_EQ(events[0].event, "start");
  EXPECT_TRUE(events[0].id.starts_with("1-")) << events[0].id;
  EXPECT_EQ(events[0].data, R"({"seq":1,"head_office":"offline"})");
}

TEST_F(EventsApi, Row50_TellsWhenTheLineComesAndGoes) {
  const auto response = listen();
  hear(*response.stream, 1);
  rig.gateway().notices.say("link", "link", R"({"head_office":"online"})");
  auto events = hear(*response.stream, 1);
  EXPECT_EQ(events[0].event, "link");
  EXPECT_EQ(events[0].data, R"({"head_office":"online"})");
  EXPECT_EQ(events[0].id, "") << "it is in no ledger, so nobody goes on from it";
  // Of what one has not heard yet only the latest word is told.
  for (int i = 0; i < 3; ++i) rig.gateway().notices.say("link", "link", R"({"head_office":"offline"})");
  rig.gateway().notices.say("import 7", "import", R"({"rows":5})");
  events = told_in(rig.next(*response.stream));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].event, "link");
  EXPECT_EQ(events[1].event, "import");
}

TEST_F(EventsApi, TellsEveryKindOfChangeWithItsIdAndItsEtagAndNothingPersonal) {
  const auto response = listen();
  hear(*response.stream, 1);
  const auto ann = create("Ann"), bob = create("Bob");
  // Each ETag that Ann has from the change on: an event tells the one of the moment in which it is read.
  std::set<std::string> since;
  const auto did = [&](const HttpResponse& answer) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    since.insert(header_of(answer, "ETag"));
  };
  did(rig.patch(ann, R"({"notes":"likes engines"})", "p", etags[ann]));
  did(post("/api/v1/customers/" + ann + "/merge", R"({"with":")" + bob + R"("})"));
  did(post("/api/v1/customers/" + ann + "/choose", R"({"fields":["first_name"]})"));
  ASSERT_EQ(post("/api/v1/customers/" + ann + "/unmerge", "{}").status, 200);
  const auto placed = post("/api/v1/orders", R"({"lines":{"p1":{"quantity":1,"name":"Something"}},"notes":"for Bob"})");
  ASSERT_EQ(placed.status, 201) << placed.body;
  const auto order = std::string(json_of(placed).at("order").at("id").as_string());
  const auto moved = rig.send({"PATCH", "/api/v1/orders/" + order, R"({"payment":"paid"})", {{"idempotency-key", "m"}, {"if-match", "*"}}, {}});
  ASSERT_EQ(moved.status, 200) << moved.body;
  ASSERT_EQ(rig.send({"DELETE", "/api/v1/customers/" + bob, {}, {{"idempotency-key", "d"}, {"if-match", "*"}}, {}}, Role::manager).status, 200);

  const auto events = hear(*response.stream, 9);
  std::string names;
  Seq seq = 0;
  for (const auto& told : events) {
    names += told.event + " ";
    EXPECT_TRUE(told.id.starts_with(std::to_string(++seq) + "-")) << told.id;
    for (const char* personal : {"Ann", "Bob", "Quill", "0142", "engines", "Something"})
      EXPECT_EQ(told.data.find(personal), std::string::npos) << told.data;
  }
  EXPECT_EQ(names, "customer.created customer.created customer.changed customer.merged customer.changed customer.unmerged order.placed order.changed customer.erased ");
  did(rig.send({"GET", "/api/v1/customers/" + ann, {}, {}, {}}));
  const auto changed = boost::json::parse(events[2].data).as_object();
  EXPECT_EQ(changed.at("customer").as_string(), ann);
  EXPECT_TRUE(since.contains(std::string(changed.at("etag").as_string()))) << events[2].data;
  EXPECT_EQ(boost::json::parse(events[7].data).as_object().at("etag").as_string(), header_of(moved, "ETag"));
  const auto merged = boost::json::parse(events[3].data).as_object().at("records").as_array();
  EXPECT_EQ(merged.size(), 2u);
  EXPECT_EQ(boost::json::parse(events[5].data).as_object().at("records").as_array().size(), 2u) << "both are another than before";
  EXPECT_EQ(events[8].data, R"({"seq":9,"customer":")" + bob + R"(","records":[")" + bob + R"("],"etag":null})");
}

TEST_F(EventsApi, GoesOnFromWhereItsListenerWas) {
  auto first = listen();
  hear(*first.stream, 1);
  const auto ann = create("Ann");
  const auto seen = hear(*first.stream, 1).back().id;
  first.stream.reset();
  for (const char* name : {"Bob", "Cid", "Dot"}) create(name);
  const auto second = listen(seen);
  auto events = hear(*second.stream, 4);
  EXPECT_EQ(events[0].event, "start");
  EXPECT_EQ(events[0].id, seen);
  for (int i = 1; i < 4; ++i) EXPECT_TRUE(events[static_cast<std::size_t>(i)].id.starts_with(std::to_string(i + 1) + "-"));
  create("Eve");
  EXPECT_TRUE(hear(*second.stream, 1)[0].id.starts_with("5-"));
}

TEST_F(EventsApi, SaysWhenItCannotGoOnAndBeginsWithWhatIsNew) {
  create("Ann");
  for (const char* last : {"1-0123456789abcdef", "99-0123456789abcdef", "1", "x", "-1-0123456789abcdef", "1-0123456789ABCDEF", "99999999999999999999-0123456789abcdef"}) {
    const auto response = listen(last);
    const auto events = hear(*response.stream, 1);
    EXPECT_EQ(events[0].event, "reset") << last;
    EXPECT_EQ(events[0].data, R"({"reason":"unknown_position"})");
    EXPECT_TRUE(events[0].id.starts_with("1-"));
  }
}

TEST_F(EventsApi, DoesNotReadFurtherBackThanItsBound) {
  EventLimits limits;
  limits.resume_rows = 3;
  LiveEvents events(rig.io(), rig.gateway(), limits);
  auto stream = events.listen("a", std::nullopt);
  const auto begin = hear(**stream, 1)[0].id;
  for (const char* name : {"Ann", "Bob", "Cid"}) create(name);
  auto within = events.listen("a", begin);
  EXPECT_EQ(hear(**within, 4)[0].event, "start");
  create("Dot");
  auto beyond = events.listen("a", begin);
  const auto told = hear(**beyond, 1);
  EXPECT_EQ(told[0].event, "reset");
  EXPECT_EQ(told[0].data, R"({"reason":"too_old"})");
  EXPECT_TRUE(told[0].id.starts_with("4-"));
}

TEST_F(EventsApi, TakesOnlySoManyListenersAndMakesRoomAgain) {
  EventLimits limits;
  limits.streams = 5;
  limits.streams_per_caller = 2;
  LiveEvents events(rig.io(), rig.gateway(), limits);
  std::vector<std::shared_ptr<HttpStream>> streams;
  const auto listen_as = [&](const std::string& caller) {
    auto stream = events.listen(caller, std::nullopt);
    if (stream) streams.push_back(std::move(*stream));
    return static_cast<bool>(stream);
  };
  EXPECT_TRUE(listen_as("a") && listen_as("a"));
  EXPECT_FALSE(listen_as("a")) << "a third of one caller";
  EXPECT_TRUE(listen_as("b") && listen_as("b") && listen_as("c"));
  EXPECT_FALSE(listen_as("d")) << "a sixth altogether";
  EXPECT_EQ(events.streams(), 5u);
  streams.clear();
  EXPECT_EQ(events.streams(), 0u);
  EXPECT_TRUE(listen_as("a") && listen_as("d"));
}

TEST_F(EventsApi, Answers503ToTheListenerTooManyAnd400ToAToken) {
  std::vector<HttpResponse> held;
  for (int i = 0; i < 8; ++i) ASSERT_EQ(held.emplace_back(listen()).status, 200);
  const auto refused = listen();
  EXPECT_EQ(refused.status, 503);
  EXPECT_NE(header_of(refused, "Retry-After"), "");
  EXPECT_EQ(rig.send({"GET", "/api/v1/events", {}, {}, {{"token", "abc"}}}).status, 400);
}

TEST_F(EventsApi, PingsWhereNothingHappens) {
  EventLimits limits;
  limits.ping = std::chrono::milliseconds(20);
  LiveEvents events(rig.io(), rig.gateway(), limits);
  auto stream = events.listen("a", std::nullopt);
  hear(**stream, 1);
  EXPECT_EQ(rig.next(**stream), ": ping\n\n");
  EXPECT_EQ(rig.next(**stream), ": ping\n\n");
}

TEST_F(EventsApi, EndsWhenItIsClosed) {
  const auto response = listen();
  hear(*response.stream, 1);
  response.stream->close();
  EXPECT_EQ(rig.next(*response.stream), "");
  EXPECT_EQ(rig.next(*response.stream), "");
}

// A listener that is far behind reads for itself and is told everything once, in order, while others go on.
TEST_F(EventsApi, TellsEverythingOnceInOrderHoweverFarBehind) {
  const auto slow = listen(), fast = listen();
  hear(*slow.stream, 1);
  hear(*fast.stream, 1);
  Seq heard_of_fast = 0;
  for (int i = 0; i < 60; ++i) {
    create("N" + std::to_string(i));
    for (const auto& event : hear(*fast.stream, 1)) EXPECT_TRUE(event.id.starts_with(std::to_string(++heard_of_fast) + "-")) << event.id;
  }
  Seq seq = 0;
  for (const auto& event : hear(*slow.stream, 60)) EXPECT_TRUE(event.id.starts_with(std::to_string(++seq) + "-")) << event.id;
  EXPECT_EQ(seq, 60);
}

TEST(Notices, KeepTheLatestWordOfATopicAndNotMoreThanTheirNumber) {
  Notices notices;
  int news = 0;
  notices.on_news([&] { ++news; });
  for (std::size_t i = 0; i < kNoticeTopicsMax + 5; ++i) notices.say("topic " + std::to_string(i), "import", "{}");
  EXPECT_EQ(notices.after(0).size(), kNoticeTopicsMax);
  EXPECT_EQ(notices.after(0).front().topic, "topic 5") << "those that were silent longest made room";
  const auto last = notices.last();
  notices.say("topic 20", "import", R"({"rows":2})");
  ASSERT_EQ(notices.after(last).size(), 1u);
  EXPECT_EQ(notices.after(last)[0].data, R"({"rows":2})");
  EXPECT_EQ(notices.after(0).size(), kNoticeTopicsMax);
  EXPECT_EQ(static_cast<std::size_t>(news), kNoticeTopicsMax + 6);
}

}  // namespace
}  // namespace tillgate
