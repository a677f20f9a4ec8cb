#include "tillgatectl/render.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace tillgate {
namespace {

constexpr const char* kOnline = R"({"store":{"org":"acme","id":"store-001"},"software":"0.1.0","mode":"normal","uptime_seconds":7500,
  "head_office":{"state":"online","since":"2026-11-22T08:00:00.000Z","reason":null,"last_receipt_at":"2026-11-22T09:00:00.000Z",
  "waiting":0,"oldest_waiting_seconds":0,"drained_in_seconds":0},
  "storage":{"customers":1234567,"database_bytes":1048576,"wal_bytes":0,"max_bytes":4294967296},"clock":{"state":"confirmed"},"alarms":[]})";

TEST(RenderStatus, SaysThatAllIsWellInWordsNotInFields) {
  const auto text = render_status(boost::json::parse(kOnline), Style{});
  EXPECT_NE(text.find("Store acme/store-001"), std::string::npos);
  EXPECT_NE(text.find("up 2 h 05 min"), std::string::npos);
  EXPECT_NE(text.find("online since 2026-11-22T08:00:00.000Z"), std::string::npos);
  EXPECT_NE(text.find("nothing: head office has committed everything"), std::string::npos);
  EXPECT_NE(text.find("1.0 MiB of 4.0 GiB (0.0 %), 1,234,567 customers"), std::string::npos);
  EXPECT_EQ(text.find('\033'), std::string::npos) << "colour only on a terminal";
}

TEST(RenderStatus, ShowsWhyItIsOfflineAndHowMuchWaits) {
  auto value = boost::json::parse(kOnline);
  auto& head_office = value.as_object()["head_office"].as_object();
  head_office["state"] = "offline";
  head_office["reason"] = "the broker's certificate has expired";
  head_office["waiting"] = 1;
  head_office["oldest_waiting_seconds"] = 65;
  head_office["drained_in_seconds"] = nullptr;
  value.as_object()["alarms"] = {"storage is 70 % full"};
  const auto text = render_status(value, Style{true});
  EXPECT_NE(text.find("the broker's certificate has expired"), std::string::npos);
  EXPECT_NE(text.find("1 change, oldest 1 min"), std::string::npos);
  EXPECT_EQ(text.find("done in"), std::string::npos) << "no estimate without a rate";
  EXPECT_NE(text.find("storage is 70 % full"), std::string::npos);
  EXPECT_NE(text.find("\033[1;31m"), std::string::npos);
}

TEST(RenderStatus, SurvivesAnAnswerOfAnotherVersion) {
  EXPECT_NE(render_status(boost::json::parse("{}"), Style{}).find("Store ?/?"), std::string::npos);
  EXPECT_NE(render_queue(boost::json::parse(R"({"feeds":[{}, 7, null]})"), Style{}).find("FEED"), std::string::npos);
}

constexpr const char* kScrubbed = R"({"is_running":false,"at":null,"rows_read":0,"last":{"finished_at":"2026-11-22T08:00:00.000Z","changes":1234,
  "customers":800,"answers":1234,"found":0,"findings":[],"is_structure_checked":true,"skipped":0}})";

TEST(RenderScrub, SaysThatAllIsWellOrNamesEachPlace) {
  auto value = boost::json::parse(kScrubbed);
  EXPECT_NE(render_scrub(value, Style{}).find("1,234 changes, 800 customers"), std::string::npos);
  EXPECT_NE(render_scrub(value, Style{}).find("nothing: everything is as it was written"), std::string::npos);
  EXPECT_EQ(render_scrub(value, Style{}).find("structure"), std::string::npos);
  auto& last = value.at("last").as_object();
  last["found"] = 1;
  last["findings"] = {"ledger row 3 is missing"};
  last["is_structure_checked"] = false;
  const auto text = render_scrub(value, Style{});
  EXPECT_NE(text.find("1 damaged place"), std::string::npos);
  EXPECT_NE(text.find("ledger row 3 is missing"), std::string::npos);
  EXPECT_NE(text.find("not the file's structure"), std::string::npos);
  EXPECT_NE(render_scrub(boost::json::parse("{}"), Style{}).find("No full check"), std::string::npos);
}

TEST(Human, CountsBytesAndDurations) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1000), "1,000");
  EXPECT_EQ(human_count(-1234567), "-1,234,567");
  EXPECT_EQ(human_bytes(812), "812 B");
  EXPECT_EQ(human_bytes(4.1 * 1024 * 1024), "4.1 MiB");
  EXPECT_EQ(human_duration(59.9), "59 s");
  EXPECT_EQ(human_duration(60), "1 min");
  EXPECT_EQ(human_duration(3 * 86400 + 5 * 3600), "3 d 5 h");
}

}  // namespace
}  // namespace tillgate
