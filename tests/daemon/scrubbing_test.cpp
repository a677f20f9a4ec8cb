// A full check asked for over HTTP: it comes to its end beside the store's work, tells what it found, and what it found is an alarm
// that a restart does not silence.
#include <gtest/gtest.h>

#include "store/sqlite.hpp"
#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

boost::json::object scrubbed(GatewayRig& rig) {
  auto answer = rig.send({"POST", "/api/v1/scrub", "", {}, {}}, Role::administrator);
  EXPECT_EQ(answer.status, 202);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (auto state = json_of(answer); std::chrono::steady_clock::now() < end; rig.turn()) {
    state = json_of(rig.send({"GET", "/api/v1/scrub", "", {}, {}}, Role::administrator));
    if (!state.at("is_running").as_bool()) return state.at("last").as_object();
  }
  ADD_FAILURE() << "the check does not end";
  return {};
}

std::string alarms(GatewayRig& rig) {
  return boost::json::serialize(json_of(rig.send({"GET", "/api/v1/status", "", {}, {}})).at("alarms"));
}

TEST(Scrubbing, ASoundStoreGivesNoAlarm) {
  GatewayRig rig;
  ASSERT_EQ(rig.create(R"({"first_name":"Ada","last_name":"Example"})", "k1").status, 201);
  EXPECT_TRUE(json_of(rig.send({"GET", "/api/v1/scrub", "", {}, {}}, Role::service)).at("last").is_null());
  const auto last = scrubbed(rig);
  EXPECT_EQ(last.at("found").as_int64(), 0);
  EXPECT_EQ(last.at("customers").as_int64(), 1);
  EXPECT_EQ(last.at("changes").as_int64(), 1);
  EXPECT_EQ(alarms(rig).find("full check"), std::string::npos);
}

TEST(Scrubbing, IsDueOnceAWeek) {
  const auto now = utc_now();
  const auto at = [&](milliseconds ago) {
    ScrubResult last;
    last.finished_at = now - ago;
    return std::optional(last);
  };
  constexpr milliseconds kWeek{std::int64_t{7} * 24 * 3600 * 1000};
  EXPECT_TRUE(is_scrub_due(std::nullopt, now));
  EXPECT_FALSE(is_scrub_due(at(milliseconds(0)), now));
  EXPECT_FALSE(is_scrub_due(at(kWeek - milliseconds(1)), now));
  EXPECT_TRUE(is_scrub_due(at(kWeek), now));
  EXPECT_TRUE(is_scrub_due(at(milliseconds(-1)), now)) << "a date from the future is nothing to wait for";
}

TEST(Scrubbing, DamageIsToldAndStaysAnAlarmOverARestart) {
  GatewayRig rig;
  ASSERT_EQ(rig.create(R"({"first_name":"Ada","last_name":"Example"})", "k1").status, 201);
  {
    auto db = Connection::open({(rig.folder() / "tillgate.db").string(), "", false, 0});
    ASSERT_TRUE(db.has_value());
    ASSERT_TRUE((*db)->execute("UPDATE customers SET state = replace(state, 'Ada', 'Eve')").has_value());
  }
  const auto last = scrubbed(rig);
  EXPECT_EQ(last.at("found").as_int64(), 1);
  EXPECT_EQ(last.at("findings").as_array().at(0).as_string(), "customers row 1 is not what was written");
  EXPECT_NE(alarms(rig).find("found damage in 1 place"), std::string::npos);
  EXPECT_NE(rig.send({"GET", "/metrics", "", {}, {}}, Role::service).body.find("tillgate_scrub_findings 1"), std::string::npos);
  rig.gateway().scrub = {};
  boost::asio::io_context io;
  const Scrubbing again(io, rig.gateway());
  EXPECT_EQ(rig.gateway().scrub.last->findings.size(), 1u);
  EXPECT_NE(alarms(rig).find("found damage in 1 place"), std::string::npos);
}

}  // namespace
}  // namespace tillgate
