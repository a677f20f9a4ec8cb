// Many customers in one request.
#include <gtest/gtest.h>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

HttpResponse send(GatewayRig& rig, const std::string& items, const std::string& key, Role as = Role::staff) {
  return rig.send({"POST", "/api/v1/customers/batch", R"({"items":[)" + items + "]}", {{"idempotency-key", key}}, {}}, as);
}
std::string named(const std::string& first) { return R"({"customer":{"first_name":")" + first + R"(","last_name":"Bell"}})"; }

TEST(BatchApi, EachItemIsAnsweredByItselfAndABadOneCostsNoGoodOne) {
  GatewayRig rig;
  const auto made = rig.create(R"({"first_name":"Ann","last_name":"Bell"})", "c1");
  const std::string id(json_of(made)["customer"].at("id").as_string()), etag = header_of(made, "ETag");
  const std::string quoted = "\\\"" + etag.substr(1, 64) + "\\\"";
  const auto response = send(rig, named("One") + R"(,{"customer":{"first_name":""}},{"id":")" + id + R"(","if_match":")" + quoted +
                                      R"(","customer":{"phone":"+14155550101"}},{"id":")" + id + R"(","if_match":")" + quoted +
                                      R"(","customer":{"phone":"+14155550102"}},{"id":"nobody","if_match":"*","customer":{}},7,)" +
                                      R"({"id":")" + id + R"(","customer":{"phone":null}})",
                             "b1");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto body = json_of(response);
  const auto results = body.at("results").as_array();
  std::vector<std::int64_t> statuses;
  for (const auto& result : results) statuses.push_back(result.at("status").as_int64());
  EXPECT_EQ(statuses, (std::vector<std::int64_t>{201, 422, 200, 412, 404, 400, 428})) << response.body;
  EXPECT_EQ(results[1].at("problem").at("errors").as_array().size(), 2u);
  EXPECT_EQ(results[3].at("problem").at("current").at("phone").as_string(), "+14155550101");
  EXPECT_EQ(body.at("written").as_int64(), 2);
  EXPECT_EQ(body.at("refused").as_int64(), 5);
}

TEST(BatchApi, ARepeatHasOneEffect) {
  GatewayRig rig;
  const auto first = send(rig, named("One") + "," + named("One"), "b1");
  const auto again = send(rig, named("One") + "," + named("One"), "b1");
  const auto one = json_of(first)["results"].as_array(), two = json_of(again)["results"].as_array();
  ASSERT_EQ(one.size(), 2u);
  EXPECT_NE(one[0].at("id"), one[1].at("id")) << "two items are two customers, however alike";
  EXPECT_EQ(two[0].at("id"), one[0].at("id"));
  EXPECT_TRUE(two[1].at("replayed").as_bool());
  EXPECT_EQ(json_of(send(rig, named("Other"), "b1"))["results"].at(0).at("problem").at("code").as_string(), "idempotency_key_reused");
  EXPECT_EQ(json_of(rig.send({"GET", "/api/v1/customers", {}, {}, {}}))["customers"].as_array().size(), 2u);
}

TEST(BatchApi, IsBoundedAndForStaff) {
  GatewayRig rig;
  std::string many = named("A");
  for (int i = 1; i < 1000; ++i) many += "," + named("A" + std::to_string(i));
  EXPECT_EQ(json_of(send(rig, many, "b1"))["written"].as_int64(), 1000);
  EXPECT_EQ(send(rig, many + "," + named("Z"), "b2").status, 413);
  EXPECT_EQ(send(rig, "", "b3").status, 400);
  EXPECT_EQ(rig.send({"POST", "/api/v1/customers/batch", "[]", {{"idempotency-key", "b4"}}, {}}).status, 400);
  EXPECT_EQ(rig.send({"POST", "/api/v1/customers/batch", R"({"items":[{"customer":{}}]})", {}, {}}).status, 400) << "no key";
  EXPECT_EQ(send(rig, named("A"), "b5", Role::kiosk).status, 403);
}

}  // namespace
}  // namespace tillgate
