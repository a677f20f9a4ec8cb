// Merging, unmerging, choosing and erasing as a manager's screen does it.
#include <gtest/gtest.h>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

struct Desk {
  GatewayRig rig;
  std::string first = id_of(rig.create(R"({"first_name":"Ann","last_name":"Bell","email":"ann@example.invalid"})", "c1"));
  std::string second = id_of(rig.create(R"({"first_name":"Anne","last_name":"Bell","phone":"+14155550123","licence":{"number":"D1234567"}})", "c2"));

  HttpResponse post(const std::string& id, const std::string& verb, const std::string& body, const std::string& key,
                    std::optional<Role> as = Role::manager) {
    return rig.send({"POST", "/api/v1/customers/" + id + "/" + verb, body, {{"idempotency-key", key}}, {}}, as);
  }
  HttpResponse get(const std::string& id, Role as = Role::manager) { return rig.send({"GET", "/api/v1/customers/" + id, {}, {}, {}}, as); }
  HttpResponse erase(const std::string& id, const std::string& key, std::vector<std::pair<std::string, std::string>> headers,
                     const std::string& body = {}) {
    headers.emplace_back("idempotency-key", key);
    return rig.send({"DELETE", "/api/v1/customers/" + id, body, std::move(headers), {}}, Role::manager);
  }
};

TEST(PersonApi, Row33_AMergedCustomerIsOneForEveryoneAndComesApartAgain) {
  Desk desk;
  const auto merged = desk.post(desk.first, "merge", R"({"with":")" + desk.second + R"(","reason":"same_licence"})", "m1");
  ASSERT_EQ(merged.status, 200) << merged.body;
  const auto shown = json_of(merged)["customer"];
  EXPECT_EQ(shown.at("records").as_array().size(), 2u);
  EXPECT_EQ(shown.at("phone").as_string(), "+14155550123");
  EXPECT_EQ(shown.at("email").as_string(), "ann@example.invalid");
  EXPECT_EQ(shown.at("licence").at("number").as_string(), "D1234567") << "sealed for the other record, and opened all the same";
  EXPECT_EQ(json_of(desk.get(desk.second))["customer"].at("id"), shown.at("id"));
  EXPECT_EQ(json_of(desk.rig.send({"GET", "/api/v1/customers", {}, {}, {}}))["customers"].as_array().size(), 1u);

  const auto apart = desk.post(desk.second, "unmerge", "{}", "u1");
  ASSERT_EQ(apart.status, 200) << apart.body;
  EXPECT_FALSE(json_of(apart)["customer"].as_object().contains("records"));
  EXPECT_EQ(id_of(desk.get(desk.second)), desk.second);
}

TEST(PersonApi, AChosenFieldIsShown) {
  Desk desk;
  const auto merged = desk.post(desk.first, "merge", R"({"with":")" + desk.second + R"("})", "m1");
  const bool shows_first = json_of(merged)["customer"].at("first_name").as_string() == "Ann";
  const auto chosen = desk.post(shows_first ? desk.second : desk.first, "choose", R"({"fields":["first_name"]})", "x1");
  ASSERT_EQ(chosen.status, 200) << chosen.body;
  EXPECT_EQ(json_of(chosen)["customer"].at("first_name").as_string(), shows_first ? "Anne" : "Ann");
}

TEST(PersonApi, SaysAllThatIsWrongWithARequest) {
  Desk desk;
  const auto wrong = desk.post(desk.first, "merge", R"({"with":"nobody","reason":"because I said so"})", "m1");
  ASSERT_EQ(wrong.status, 422) << wrong.body;
  EXPECT_EQ(json_of(wrong)["errors"].as_array().size(), 2u);
  EXPECT_EQ(desk.post(desk.first, "merge", R"({"with":")" + desk.second + R"(","into":1})", "m2").status, 422);
  EXPECT_EQ(desk.post(desk.first, "merge", R"({"with":")" + desk.first + R"("})", "m3").status, 422);
  EXPECT_EQ(desk.post(desk.first, "merge", R"({"with":"00000000-0000-7000-8000-000000000000"})", "m4").status, 404);
  EXPECT_EQ(desk.post("nobody", "merge", R"({"with":")" + desk.first + R"("})", "m5").status, 404);
  EXPECT_EQ(desk.post(desk.first, "choose", R"({"fields":["fax"]})", "x1").status, 422);
  EXPECT_EQ(desk.post(desk.first, "choose", R"({"fields":[]})", "x2").status, 422);
  EXPECT_EQ(desk.post(desk.first, "merge", "", "m6").status, 415);
  EXPECT_EQ(desk.post(desk.first, "merge", R"({"with":")" + desk.second + R"("})", "m7", Role::staff).status, 403);
}

TEST(PersonApi, Row35_AnErasedCustomerIsGoneAndIsToldApartFromOneWhoNeverWas) {
  Desk desk;
  EXPECT_EQ(desk.erase(desk.first, "e0", {}).status, 428);
  EXPECT_EQ(desk.erase(desk.first, "e0", {{"if-match", "\"" + std::string(64, '0') + "\""}}).status, 412);
  const auto erased = desk.erase(desk.first, "e1", {{"if-match", "*"}}, R"({"reason":"asked"})");
  ASSERT_EQ(erased.status, 200) << erased.body;
  EXPECT_EQ(json_of(erased)["erased"].as_array().at(0).as_string(), desk.first);
  const auto again = desk.erase(desk.first, "e1", {{"if-match", "*"}}, R"({"reason":"asked"})");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(header_of(again, "Idempotent-Replayed"), "true");

  const auto gone = desk.get(desk.first);
  EXPECT_EQ(gone.status, 410);
  EXPECT_EQ(json_of(gone)["code"].as_string(), "erased");
  EXPECT_EQ(gone.body.find("Ann"), std::string::npos);
  EXPECT_EQ(desk.rig.patch(desk.first, R"({"email":"late@example.invalid"})", "p1", "*").status, 410);
  EXPECT_EQ(desk.rig.create(R"({"first_name":"Ann","last_name":"Bell","email":"ann@example.invalid"})", "c1").status, 410);
  EXPECT_EQ(desk.get("00000000-0000-7000-8000-000000000000").status, 404);
}

}  // namespace
}  // namespace tillgate
