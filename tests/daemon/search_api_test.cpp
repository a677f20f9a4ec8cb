// POST /api/v1/customers/search, over the real routes and a real store.
#include <gtest/gtest.h>

#include <set>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

class SearchApi : public ::testing::Test {
 protected:
  SearchApi() {
    add(R"({"first_name":"Ada","last_name":"Lovelace","phone":"503 555 0142","email":"ada.love@mail.example.net","birthday":"1984-02-29","licence":{"number":"D123-4567"},"notes":"likes engines"})");
    add(R"({"first_name":"William","last_name":"Stone"})");
    add(R"({"first_name":"Grace","last_name":"Hopper"})");
  }
  void add(const std::string& body) {
    const auto response = rig.create(body, "key-" + std::to_string(++count_));
    ASSERT_EQ(response.status, 201) << response.body;
  }
  HttpResponse search(const std::string& body, Role as = Role::staff) {
    return rig.send({"POST", "/api/v1/customers/search", body, {}, {}}, as);
  }
  std::string names(const std::string& body) {
    const auto response = search(body);
    EXPECT_EQ(response.status, 200) << response.body;
    std::string text;
    const auto answer = json_of(response);
    for (const auto& customer : answer.at("customers").as_array()) {
      if (!text.empty()) text += ", ";
      text.append(customer.at("first_name").as_string()).append(" ").append(customer.at("last_name").as_string());
    }
    return text;
  }
  GatewayRig rig;

 private:
  int count_ = 0;
};

TEST_F(SearchApi, Row17_FindsWhomATillLooksForRightAfterHis201) {
  EXPECT_EQ(names(R"({"q":"lovelase"})"), "Ada Lovelace");
  EXPECT_EQ(names(R"({"q":"hopp gra"})"), "Grace Hopper");
  EXPECT_EQ(names(R"({"first_name":"Bill","last_name":"Stone"})"), "William Stone");
  EXPECT_EQ(names(R"({"phone":"0142"})"), "Ada Lovelace");
  EXPECT_EQ(names(R"({"email":"ada.l"})"), "Ada Lovelace");
  EXPECT_EQ(names(R"({"birthday":"1984-02-29"})"), "Ada Lovelace");
  EXPECT_EQ(names(R"({"licence":"d1234567"})"), "Ada Lovelace");
  EXPECT_EQ(names(R"({"last_name":"Lovelace","birthday":"1984-03-01"})"), "");
}

TEST_F(SearchApi, Row18_SaysHowGoodHowFreshAndWhy) {
  const auto answer = json_of(search(R"({"q":"bill stone"})"));
  const auto& customer = answer.at("customers").as_array().at(0);
  EXPECT_GT(customer.at("match").at("score").as_int64(), 50);
  const auto& why = customer.at("match").at("why").as_array();
  EXPECT_EQ(why.at(0).at("field").as_string(), "first_name");
  EXPECT_EQ(why.at(0).at("how").as_string(), "nickname_of");
  EXPECT_EQ(why.at(1).at("how").as_string(), "equals");
  EXPECT_TRUE(customer.as_object().contains("etag"));
  EXPECT_EQ(customer.at("sync").at("head_office").as_string(), "pending");
  EXPECT_FALSE(answer.at("more").as_bool());
  EXPECT_EQ(answer.at("not_looked_at").as_int64(), 0);
  EXPECT_TRUE(answer.contains("as_of"));
  EXPECT_EQ(answer.at("head_office").as_string(), "offline");
}

TEST_F(SearchApi, Row19_ShowsAtMostTheLimitAndSaysThatThereAreMore) {
  for (int i = 0; i < 5; ++i) add(R"({"first_name":"Walk","last_name":"In"})");
  const auto answer = json_of(search(R"({"q":"walk in","limit":3})"));
  std::set<std::string> ids;
  for (const auto& customer : answer.at("customers").as_array()) ids.emplace(customer.at("id").as_string());
  EXPECT_EQ(ids.size(), 3u);
  EXPECT_TRUE(answer.at("more").as_bool());
}

TEST_F(SearchApi, Row17_RefusesWhatCannotBeLookedForFieldByField) {
  const auto faults_of = [&](const std::string& body) {
    const auto response = search(body);
    EXPECT_EQ(response.status, 422) << body << " " << response.body;
    std::string text;
    const auto answer = json_of(response);
    for (const auto& fault : answer.at("errors").as_array()) {
      if (!text.empty()) text += ", ";
      text.append(fault.at("field").as_string()).append(" ").append(fault.at("code").as_string());
    }
    return text;
  };
  EXPECT_EQ(faults_of("{}"), "q required");
  EXPECT_EQ(faults_of(R"({"q":"  "})"), "q required");
  EXPECT_EQ(faults_of(R"({"q":"-"})"), "q required");
  EXPECT_EQ(faults_of(R"({"q":"12"})"), "q too_short");
  EXPECT_EQ(faults_of(R"({"phone":"123","birthday":"1984-02-30","licence":"N/A","email":"a"})"),
            "phone too_short, email too_short, birthday not_a_date, licence too_short");
  EXPECT_EQ(faults_of(R"({"name":"Ada"})"), "name unknown_field");
  EXPECT_EQ(faults_of(R"({"q":7,"limit":51})"), "q wrong_type, limit out_of_range");
  EXPECT_EQ(faults_of(R"({"q":"a b c d e f g"})"), "q too_many_words");
  EXPECT_EQ(faults_of("{\"q\":\"" + std::string(400, 'a') + "\"}"), "q too_long");
  EXPECT_EQ(search("[]").status, 400);
  EXPECT_EQ(search("{\"q\":").status, 400);
  EXPECT_EQ(rig.send({"POST", "/api/v1/customers/search", R"({"q":"ada"})", {{"content-type", "text/plain"}}, {}}).status, 415);
  EXPECT_EQ(rig.send({"GET", "/api/v1/customers/search", {}, {}, {{"q", "ada"}}}).status, 405);
}

TEST_F(SearchApi, TheIndexIsMadeAnewWhenAskedAndSaysHowFarItIs) {
  add(R"({"first_name":"Zenobia","last_name":"Quirk"})");
  const auto look = [&](const char* method, int status) {
    const auto answer = rig.send({method, "/api/v1/search-index", {}, {}, {}}, Role::administrator);
    EXPECT_EQ(answer.status, status) << answer.body;
    return json_of(answer);
  };
  const auto settles = [&] {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (look("GET", 200).at("changes_behind").as_int64() > 0 && std::chrono::steady_clock::now() < until) rig.turn();
    return look("GET", 200).at("changes_behind").as_int64() == 0;
  };
  EXPECT_TRUE(settles());
  EXPECT_FALSE(look("POST", 202).at("is_halted").as_bool());
  EXPECT_TRUE(settles());
  EXPECT_EQ(json_of(search(R"({"q":"quirk"})")).at("customers").as_array().size(), 1u);
  EXPECT_NE(rig.send({"GET", "/metrics", {}, {}, {}}, Role::service).body.find("tillgate_search_halted 0"), std::string::npos);
}

TEST_F(SearchApi, Row14_IsNotForAKiosk) {
  EXPECT_EQ(search(R"({"q":"ada"})", Role::kiosk).status, 403);
  EXPECT_EQ(search(R"({"q":"ada"})", Role::manager).status, 200);
}

TEST_F(SearchApi, Row17_RepeatsNothingOfWhatWasAskedInAnError) {
  for (const char* body : {R"({"q":"1Q7","Zq7CANARY":"Zq7CANARY"})", R"({"phone":"1Z7","q":{"Zq7CANARY":1}})"}) {
    const auto response = search(body);
    EXPECT_EQ(response.body.find("1Q7"), std::string::npos);
    EXPECT_EQ(response.body.find("1Z7"), std::string::npos);
  }
}

}  // namespace
}  // namespace tillgate
