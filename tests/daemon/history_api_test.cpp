// What happened to a customer, why, and taking it back.
#include <gtest/gtest.h>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

struct Story {
  GatewayRig rig;
  HttpResponse made = rig.create(R"({"first_name":"Ann","last_name":"Bell","phone":"+14155550101","licence":{"number":"D1"}})", "c1");
  std::string id = std::string(json_of(made)["customer"].at("id").as_string());
  std::string etag = header_of(made, "ETag");
  int n = 0;

  void patch(const std::string& body, Role as = Role::staff) {
    const auto response = rig.patch(id, body, "p" + std::to_string(++n), etag, as);
    ASSERT_EQ(response.status, 200) << response.body;
    etag = header_of(response, "ETag");
  }
  HttpResponse get(const std::string& what, std::vector<std::pair<std::string, std::string>> query = {}, Role as = Role::staff) {
    return rig.send({"GET", "/api/v1/customers/" + id + "/" + what, {}, {}, std::move(query)}, as);
  }
  HttpResponse revert(const std::string& body, const std::string& key, const std::string& if_match) {
    return rig.send({"POST", "/api/v1/customers/" + id + "/revert", body, {{"idempotency-key", key}, {"if-match", if_match}}, {}},
                    Role::staff);
  }
};

TEST(HistoryApi, Row38_TellsWhoChangedWhatFromWhatToWhatNewestFirst) {
  Story story;
  story.patch(R"({"phone":"+14155550102","tags":["vip"]})", Role::manager);
  story.patch(R"({"phone":null,"licence":{"number":"D2"},"consent":{"sms":{"granted":true,"source":"kiosk","text_version":"2026-03"}}})");
  const auto response = story.get("history");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto history = json_of(response)["history"].as_array();
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[2].at("kind").as_string(), "create");
  EXPECT_EQ(history[1].at("role").as_string(), "manager");
  const auto find = [](const auto& entry, std::string_view field) {
    for (const auto& change : entry.at("changes").as_array()) {
      if (std::string_view(change.at("field").as_string()) == field) return change.as_object();
    }
    ADD_FAILURE() << field;
    return boost::json::object();
  };
  EXPECT_EQ(find(history[1], "phone").at("from").as_string(), "+14155550101");
  EXPECT_EQ(find(history[1], "phone").at("to").as_string(), "+14155550102");
  EXPECT_EQ(find(history[1], "tags.vip").at("from").as_string(), "false");
  EXPECT_TRUE(find(history[0], "phone").at("to").is_null());
  EXPECT_EQ(find(history[0], "licence.number").at("from").as_string(), "D1") << "opened for staff, who may see it";
  EXPECT_EQ(find(history[0], "consent.sms").at("text_version").as_string(), "2026-03");

  const auto first = json_of(story.get("history", {{"limit", "2"}}));
  ASSERT_EQ(first.at("history").as_array().size(), 2u);
  const auto rest = json_of(story.get("history", {{"before", std::to_string(first.at("next_before").as_int64())}}));
  EXPECT_EQ(rest.at("history").as_array().size(), 1u);
  EXPECT_TRUE(rest.at("next_before").is_null());
}

TEST(HistoryApi, ProvenanceNamesTheWriteThatAFieldComesFrom) {
  Story story;
  story.patch(R"({"phone":"+14155550102"})", Role::manager);
  const auto fields = json_of(story.get("provenance")).at("fields").as_array();
  bool has_seen = false;
  for (const auto& field : fields) {
    if (field.at("field").as_string() == "phone") {
      has_seen = true;
      EXPECT_EQ(field.at("role").as_string(), "manager");
      EXPECT_EQ(field.at("seq").as_int64(), 2);
    }
    if (field.at("field").as_string() == "last_name") {
      EXPECT_EQ(field.at("seq").as_int64(), 1);
    }
  }
  EXPECT_TRUE(has_seen);
}

TEST(HistoryApi, ARevertTakesOneChangeBackAndIsAChangeItself) {
  Story story;
  story.patch(R"({"phone":"+14155550102","first_name":"Anna","licence":{"number":"D2"},"tags":["vip"]})");
  story.patch(R"({"email":"ann@example.invalid"})");
  const auto part = story.revert(R"({"seq":2,"fields":["licence.number"]})", "r1", story.etag);
  ASSERT_EQ(part.status, 200) << part.body;
  EXPECT_EQ(json_of(part)["customer"].at("licence").at("number").as_string(), "D1");
  EXPECT_EQ(json_of(part)["customer"].at("first_name").as_string(), "Anna");
  EXPECT_EQ(story.revert(R"({"seq":2})", "r2", story.etag).status, 412);
  const auto all = story.revert(R"({"seq":2})", "r3", header_of(part, "ETag"));
  ASSERT_EQ(all.status, 200) << all.body;
  const auto customer = json_of(all)["customer"];
  EXPECT_EQ(customer.at("phone").as_string(), "+14155550101");
  EXPECT_EQ(customer.at("first_name").as_string(), "Ann");
  EXPECT_EQ(customer.at("email").as_string(), "ann@example.invalid") << "a later change stays";
  EXPECT_TRUE(customer.at("tags").as_array().empty());
  EXPECT_EQ(json_of(story.get("history"))["history"].at(0).at("reason").as_string(), "revert");
}

TEST(HistoryApi, SaysWhatCannotBeTakenBack) {
  Story story;
  story.patch(R"({"consent":{"sms":true}})");
  EXPECT_EQ(story.revert(R"({"seq":1})", "r1", "*").status, 422) << "a creation";
  EXPECT_EQ(story.revert(R"({"seq":2})", "r2", "*").status, 422) << "consent";
  EXPECT_EQ(story.revert(R"({"seq":2,"fields":["phone"]})", "r3", "*").status, 422) << "not touched";
  EXPECT_EQ(story.revert(R"({"seq":9})", "r4", "*").status, 404);
  EXPECT_EQ(story.revert(R"({"seq":"2"})", "r5", "*").status, 400);
  EXPECT_EQ(story.get("history", {{"limit", "0"}}).status, 400);
  EXPECT_EQ(story.get("history", {{"befor", "3"}}).status, 400);
  EXPECT_EQ(story.get("history", {}, Role::kiosk).status, 403);
  story.id = "00000000-0000-7000-8000-000000000000";
  EXPECT_EQ(story.get("history").status, 404);
  EXPECT_EQ(story.get("provenance").status, 404);
}

TEST(HistoryApi, OfAMergedCustomerItHoldsEveryRecordAndTheMerge) {
  Story story;
  const auto other = story.rig.create(R"({"first_name":"Anne","last_name":"Bell","email":"anne@example.invalid"})", "c2");
  const std::string other_id(json_of(other)["customer"].at("id").as_string());
  const auto merged = story.rig.send(
      {"POST", "/api/v1/customers/" + story.id + "/merge", R"({"with":")" + other_id + R"(","reason":"same_phone"})", {{"idempotency-key", "m1"}}, {}},
      Role::manager);
  ASSERT_EQ(merged.status, 200) << merged.body;
  const auto history = json_of(story.get("history"))["history"].as_array();
  ASSERT_EQ(history.size(), 3u);
  EXPECT_EQ(history[0].at("kind").as_string(), "merge");
  EXPECT_EQ(history[0].at("reason").as_string(), "same_phone");
  EXPECT_EQ(history[1].at("record").as_string(), other_id);
  EXPECT_EQ(story.revert(R"({"seq":3})", "r1", "*").status, 422) << "unmerge is for that";
}

}  // namespace
}  // namespace tillgate
