// What a customer ever said on consent, by purpose.
#include <gtest/gtest.h>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

struct Talk {
  GatewayRig rig;
  HttpResponse made = rig.create(R"({"first_name":"Ann","last_name":"Bell","consent":{"email":{"granted":true,"source":"kiosk","text_version":"2026-01"}}})", "c1");
  std::string id = id_of(made), etag = header_of(made, "ETag");
  int n = 0;

  void patch(const std::string& body, Role as = Role::staff) {
    const auto response = rig.patch(id, body, "p" + std::to_string(++n), etag, as);
    ASSERT_EQ(response.status, 200) << response.body;
    etag = header_of(response, "ETag");
  }
  HttpResponse consents(Role as = Role::staff) { return rig.send({"GET", "/api/v1/customers/" + id + "/consents", {}, {}, {}}, as); }
};

TEST(ConsentApi, Row34_EachWordIsThereWithWhenWhereToWhichTextAndByWhom) {
  Talk talk;
  talk.patch(R"({"notes":"nothing about consent"})");
  talk.patch(R"({"consent":{"email":{"granted":false,"source":"paper"},"sms":{"granted":true,"source":"till","text_version":"2026-03"}}})", Role::manager);
  talk.patch(R"({"consent":{"email":{"granted":true,"source":"till","text_version":"2026-03"}}})");
  const auto response = talk.consents();
  ASSERT_EQ(response.status, 200) << response.body;
  const auto body = json_of(response);
  EXPECT_TRUE(body.at("is_whole").as_bool());
  const auto& email = body.at("consents").at("email");
  EXPECT_TRUE(email.at("granted").as_bool());
  const auto& words = email.at("words").as_array();
  ASSERT_EQ(words.size(), 3u) << response.body;
  EXPECT_TRUE(words[0].at("granted").as_bool());
  EXPECT_EQ(words[0].at("text_version").as_string(), "2026-03");
  EXPECT_FALSE(words[1].at("granted").as_bool());
  EXPECT_EQ(words[1].at("consent_source").as_string(), "paper");
  EXPECT_EQ(words[1].at("role").as_string(), "manager");
  EXPECT_EQ(words[2].at("consent_source").as_string(), "kiosk");
  EXPECT_TRUE(words[2].at("at").is_string());
  EXPECT_EQ(body.at("consents").at("sms").at("words").as_array().size(), 1u);
  EXPECT_TRUE(body.at("consents").at("data").at("granted").is_null()) << "nobody asked";
  EXPECT_TRUE(body.at("consents").at("data").at("words").as_array().empty());
}

TEST(ConsentApi, Row34_WordsOfARecordThatWasMergedCount) {
  Talk talk;
  const auto other = talk.rig.create(R"({"first_name":"Anna","last_name":"Ball","consent":{"sms":false}})", "c2");
  ASSERT_EQ(other.status, 201) << other.body;
  const auto merged = talk.rig.send({"POST", "/api/v1/customers/" + talk.id + "/merge", R"({"with":")" + id_of(other) + "\"}", {{"idempotency-key", "m1"}, {"if-match", "*"}}, {}}, Role::manager);
  ASSERT_EQ(merged.status, 200) << merged.body;
  const auto body = json_of(talk.consents());
  const auto& words = body.at("consents").at("sms").at("words").as_array();
  ASSERT_EQ(words.size(), 1u);
  EXPECT_EQ(std::string(words[0].at("record").as_string()), id_of(other));
}

TEST(ConsentApi, TheErasedAndTheUnknownHaveNone) {
  Talk talk;
  EXPECT_EQ(talk.consents(Role::kiosk).status, 403);
  ASSERT_EQ(talk.rig.send({"DELETE", "/api/v1/customers/" + talk.id, {}, {{"idempotency-key", "e1"}, {"if-match", "*"}}, {}}, Role::manager).status, 200);
  EXPECT_EQ(talk.consents().status, 410);
  talk.id = "01985f6e-0000-7000-8000-000000000000";
  EXPECT_EQ(talk.consents().status, 404);
}

}  // namespace
}  // namespace tillgate
