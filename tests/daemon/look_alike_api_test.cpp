// Who may be here twice: asked at the till, kept in a queue, settled by people.
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

constexpr const char* kAda =
    R"({"first_name":"Ada","last_name":"Lovelace","phone":"503 234 5678","birthday":"1984-02-29","email":"ada@mail.example.net"})";
constexpr const char* kAdaAgain = R"({"first_name":"ADA","last_name":"Lovelase","phone":"(503) 234-5678","birthday":"1984-02-29"})";
constexpr const char* kHerSister =
    R"({"first_name":"Beatrice","last_name":"Lovelace","phone":"503 234 5678","birthday":"1987-06-01"})";

class LookAlikeApi : public ::testing::Test {
 protected:
  HttpResponse allowed(const std::string& body, const std::string& key) {
    return rig.send({"POST", "/api/v1/customers", body, {{"idempotency-key", key}, {"prefer", "respond-async, allow-duplicate"}}, {}});
  }
  boost::json::object queue() { return json_of(rig.send({"GET", "/api/v1/duplicates", {}, {}, {}})); }
  // The queue is filled when nobody waits for the store; it is asked until it has what is expected, or a minute has passed.
  std::size_t queued(std::size_t wanted) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    std::size_t count = 0;
    do {
      count = queue().at("duplicates").as_array().size();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    } while (count != wanted && std::chrono::steady_clock::now() < deadline);
    return count;
  }
  HttpResponse post(const std::string& path, const std::string& body, const std::string& key, Role as = Role::manager) {
    return rig.send({"POST", path, body, {{"idempotency-key", key}}, {}}, as);
  }
  GatewayRig rig;
};

TEST_F(LookAlikeApi, Row32_ATillIsAskedBeforeSomebodyIsThereTwice) {
  const auto ada = rig.create(kAda, "k1");
  ASSERT_EQ(ada.status, 201) << ada.body;
  const auto again = rig.create(kAdaAgain, "k2");
  ASSERT_EQ(again.status, 409) << again.body;
  const auto told = json_of(again);
  EXPECT_EQ(told.at("code").as_string(), "possible_duplicate");
  const auto& candidates = told.at("candidates").as_array();
  ASSERT_EQ(candidates.size(), 1U);
  EXPECT_EQ(candidates[0].at("id").as_string(), id_of(ada));
  EXPECT_EQ(candidates[0].at("etag").as_string(), header_of(ada, "ETag"));
  EXPECT_GT(candidates[0].at("match").at("percent").as_int64(), 90);
  std::set<std::string> why;
  for (const auto& reason : candidates[0].at("match").at("why").as_array()) why.emplace(reason.at("field").as_string());
  EXPECT_TRUE(why.contains("birthday") && why.contains("phone") && why.contains("names")) << again.body;
  EXPECT_EQ(json_of(rig.send({"GET", "/api/v1/customers", {}, {}, {}})).at("customers").as_array().size(), 1U) << "nothing was written";

  const auto other = allowed(kAdaAgain, "k2");  // the same key: a refusal is not kept
  EXPECT_EQ(other.status, 201) << other.body;
  EXPECT_NE(id_of(other), id_of(ada));
}

TEST_F(LookAlikeApi, Row32_ARepeatIsNoDuplicateOfItself) {
  const auto ada = rig.create(kAda, "k1");
  const auto repeated = rig.create(kAda, "k1");
  EXPECT_EQ(repeated.status, 201) << repeated.body;
  EXPECT_EQ(id_of(repeated), id_of(ada));
  EXPECT_EQ(header_of(repeated, "Idempotent-Replayed"), "true");
  const auto other = rig.create(kAdaAgain, "k1");
  EXPECT_EQ(other.status, 422) << "the key is taken, and nobody is shown";
  EXPECT_EQ(json_of(other).at("code").as_string(), "idempotency_key_reused");
}

TEST_F(LookAlikeApi, Row32_AFamilyAtOneTelephoneIsNotAsked) {
  ASSERT_EQ(rig.create(kAda, "k1").status, 201);
  EXPECT_EQ(rig.create(kHerSister, "k2").status, 201);
}

TEST_F(LookAlikeApi, Row32_AKioskLearnsNothingAndTheQueueAsksLater) {
  ASSERT_EQ(rig.create(kAda, "k1").status, 201);
  const auto again = rig.create(kAdaAgain, "k2", Role::kiosk);
  EXPECT_EQ(again.status, 201) << again.body;
  ASSERT_EQ(queued(1), 1U);
  const auto pair = queue().at("duplicates").as_array().at(0);
  EXPECT_EQ(pair.at("customers").as_array().size(), 2U);
  EXPECT_EQ(pair.at("match").at("verdict").as_string(), "same");
}

TEST_F(LookAlikeApi, Row32_EachItemOfABatchIsAsked) {
  ASSERT_EQ(rig.create(kAda, "k1").status, 201);
  const std::string body = std::string(R"({"items":[{"customer":)") + kAdaAgain + R"(},{"customer":)" + kHerSister + "}]}";
  const Call batch{"POST", "/api/v1/customers/batch", body, {{"idempotency-key", "b1"}}, {}};
  const auto results = json_of(rig.send(batch)).at("results").as_array();
  EXPECT_EQ(results.at(0).at("status").as_int64(), 409);
  EXPECT_EQ(results.at(0).at("problem").at("code").as_string(), "possible_duplicate");
  EXPECT_EQ(results.at(1).at("status").as_int64(), 201);
  auto repeated = batch;
  repeated.headers.emplace_back("prefer", "allow-duplicate");
  const auto again = json_of(rig.send(repeated)).at("results").as_array();
  EXPECT_EQ(again.at(0).at("status").as_int64(), 201);
  EXPECT_TRUE(again.at(1).at("replayed").as_bool()) << "what was written is recognised";
}

TEST_F(LookAlikeApi, Row32_TheQueueIsSettledByAMergeOrByKeepingApart) {
  const auto ada = rig.create(kAda, "k1");
  const auto again = allowed(kAdaAgain, "k2");
  ASSERT_EQ(queued(1), 1U);
  const std::string both = R"({"one":")" + id_of(ada) + R"(","other":")" + id_of(again) + "\"}";
  EXPECT_EQ(post("/api/v1/duplicates/apart", both, "a1", Role::staff).status, 403);
  EXPECT_EQ(post("/api/v1/duplicates/apart", both, "a1").status, 200);
  EXPECT_EQ(queue().at("duplicates").as_array().size(), 0U);
  EXPECT_EQ(header_of(post("/api/v1/duplicates/apart", both, "a1"), "Idempotent-Replayed"), "true");

  // A change of one of them does not bring the pair back.
  ASSERT_EQ(rig.patch(id_of(again), R"({"first_name":"Ada"})", "p1", "*").status, 200);
  const auto third = allowed(kAdaAgain, "k3");
  ASSERT_EQ(queued(2), 2U) << "the third with each of the two";
  const auto merged = post("/api/v1/customers/" + id_of(ada) + "/merge", R"({"with":")" + id_of(third) + "\"}", "m1");
  ASSERT_EQ(merged.status, 200) << merged.body;
  EXPECT_EQ(queue().at("duplicates").as_array().size(), 1U) << "they are one now; the other pair is open still";
}

TEST_F(LookAlikeApi, RefusesNonsense) {
  const auto ada = rig.create(kAda, "k1");
  const std::string id = id_of(ada);
  EXPECT_EQ(post("/api/v1/duplicates/apart", R"({"one":")" + id + R"(","other":")" + id + "\"}", "a1").status, 422);
  EXPECT_EQ(post("/api/v1/duplicates/apart", R"({"one":")" + id + "\"}", "a2").status, 422);
  EXPECT_EQ(post("/api/v1/duplicates/apart", R"({"one":")" + id + R"(","other":"00000000-0000-7000-8000-000000000000"})", "a3").status, 404);
  for (const char* cursor : {"x", "l5", "l5.a.b", "l-1..", "l99999999999999999999.a.b"})
    EXPECT_EQ(rig.send({"GET", "/api/v1/duplicates", {}, {}, {{"cursor", cursor}}}).status, 400) << cursor;
  EXPECT_EQ(rig.send({"GET", "/api/v1/duplicates", {}, {}, {{"limit", "51"}}}).status, 400);
}

}  // namespace
}  // namespace tillgate
