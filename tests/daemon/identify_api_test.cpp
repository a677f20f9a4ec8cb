// POST /api/v1/identify, over the real routes and a real store.
#include <gtest/gtest.h>

#include "daemon/identify_api.hpp"
#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

class IdentifyApi : public ::testing::Test {
 protected:
  IdentifyApi() {
    add(R"({"first_name":"Ada","last_name":"Lovelace","phone":"(503) 234-5678","birthday":"1984-02-29","email":"Ada.L@mail.example.net","licence":{"number":"D123-4567"}})");
    add(R"({"first_name":"Byron","last_name":"Lovelace","phone":"503 234 5678","birthday":"1987-06-01"})");
    add(R"({"first_name":"Grace","last_name":"Hopper","phone":"503 234 9999"})");
  }
  void add(const std::string& body) {
    const auto response = rig.create(body, "key-" + std::to_string(++count_));
    ASSERT_EQ(response.status, 201) << response.body;
  }
  HttpResponse ask(const std::string& body, Role as = Role::staff) {
    return rig.send({"POST", "/api/v1/identify", body, {}, {}}, as);
  }
  std::string outcome(const std::string& body) {
    const auto response = ask(body);
    EXPECT_EQ(response.status, 200) << response.body;
    const auto answer = json_of(response);
    std::string text(answer.at("outcome").as_string());
    if (answer.contains("ask_for")) text.append(" ").append(answer.at("ask_for").as_string());
    if (answer.contains("customer")) text.append(" ").append(answer.at("customer").at("first_name").as_string());
    return text;
  }
  GatewayRig rig;

 private:
  int count_ = 0;
};

TEST_F(IdentifyApi, Row20_GoesUpTheLadder) {
  EXPECT_EQ(outcome(R"({"phone":"+1 503-234-9999"})"), "found Grace");
  EXPECT_EQ(outcome(R"({"phone":"503 234 0000"})"), "not_found");
  EXPECT_EQ(outcome(R"({"phone":"5032345678"})"), "ask birthday");
  EXPECT_EQ(outcome(R"({"phone":"5032345678","birthday":"1987-06-01"})"), "found Byron");
  EXPECT_EQ(outcome(R"({"phone":"5032345678","birthday":"1999-01-02"})"), "ask name");
  EXPECT_EQ(outcome(R"({"phone":"5032345678","birthday":"1999-01-02","first_name":"Ada","last_name":"Lovelace"})"), "staff");
  EXPECT_EQ(outcome(R"({"email":"ada.l@MAIL.example.net"})"), "found Ada");
  EXPECT_EQ(outcome(R"({"licence":"d1234567"})"), "found Ada");
  EXPECT_EQ(outcome(R"({"first_name":"grace","last_name":"HOPPER"})"), "ask birthday");
  EXPECT_EQ(outcome(R"({"first_name":"Ada","last_name":"Lovelace","birthday":"1984-02-29"})"), "found Ada");
}

TEST_F(IdentifyApi, Row20_WhatIsOnlyNearIsNobody) {
  EXPECT_EQ(outcome(R"({"email":"ada.l@mail.example.ne"})"), "not_found");
  EXPECT_EQ(outcome(R"({"first_name":"Ada","last_name":"Lovelase","birthday":"1984-02-29"})"), "not_found");
  EXPECT_EQ(ask(R"({"phone":"5678"})").status, 422);
  EXPECT_EQ(ask(R"({"email":"ada.l"})").status, 422);
  EXPECT_EQ(ask(R"({"birthday":"1984-02-29"})").status, 422);
  EXPECT_EQ(ask(R"({"first_name":"Ada"})").status, 422);
  EXPECT_EQ(ask(R"({"phone":"503 234 9999","birthday":"29.2.1984"})").status, 422);
  EXPECT_EQ(ask(R"({"q":"ada"})").status, 422);
}

TEST_F(IdentifyApi, Row20_AKioskSeesThemMaskedAndCannotTryForEver) {
  const auto found = ask(R"({"phone":"503 234 9999"})", Role::kiosk);
  ASSERT_EQ(found.status, 200);
  const auto customer = json_of(found).at("customer").as_object();
  EXPECT_EQ(customer.at("first_name").as_string(), "G…");
  EXPECT_EQ(customer.at("phone").as_string(), "…99");
  EXPECT_FALSE(customer.contains("birthday"));
  int passed = 1;
  HttpResponse last;
  do last = ask(R"({"phone":"503 234 0000"})", Role::kiosk);
  while (last.status == 200 && ++passed < 1000);
  EXPECT_EQ(last.status, 429);
  EXPECT_GE(passed, kIdentifyBurstKiosk);
  EXPECT_LT(passed, 2 * kIdentifyBurstKiosk) << "a minute has not passed";
  EXPECT_FALSE(header_of(last, "Retry-After").empty());
  EXPECT_EQ(ask(R"({"phone":"503 234 9999"})", Role::staff).status, 200) << "others go on";
}

}  // namespace
}  // namespace tillgate
