#include <gtest/gtest.h>

#include <set>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

constexpr const char* kAnn = R"({"first_name":"Ann","last_name":"Bell","email":"ann@example.invalid","birthday":"1990-02-28"})";

TEST(CreateCustomer, AnswersTheCustomerItsEtagAndThatHeadOfficeIsPending) {
  GatewayRig rig;
  const auto response = rig.create(kAnn, "k1");
  ASSERT_EQ(response.status, 201) << response.body;
  const auto body = json_of(response);
  EXPECT_EQ(body.at("customer").at("first_name").as_string(), "Ann");
  EXPECT_EQ(body.at("customer").at("status").as_string(), "active");
  EXPECT_EQ(body.at("sync").at("head_office").as_string(), "pending");
  EXPECT_EQ(header_of(response, "Location"), "/api/v1/customers/" + id_of(response));
  EXPECT_EQ(header_of(response, "ETag").size(), 66u);
}

TEST(CreateCustomer, SaysTheSameWordForWordWhenRepeatedAndHasOneEffect) {
  GatewayRig rig;
  const auto first = rig.create(kAnn, "k1");
  const auto again = rig.create(kAnn, "k1");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(header_of(again, "Idempotent-Replayed"), "true");
  EXPECT_EQ(json_of(rig.send({"GET", "/api/v1/customers", {}, {}, {}}))["customers"].as_array().size(), 1u);
}

TEST(CreateCustomer, RepeatedAfterAPatchStillGivesTheFirstAnswer) {
  GatewayRig rig;
  const auto first = rig.create(kAnn, "k1");
  ASSERT_EQ(rig.patch(id_of(first), R"({"first_name":"Anna"})", "k2", header_of(first, "ETag")).status, 200);
  EXPECT_EQ(rig.create(kAnn, "k1").body, first.body);
}

TEST(CreateCustomer, RefusesTheSameKeyForAnotherBody) {
  GatewayRig rig;
  ASSERT_EQ(rig.create(kAnn, "k1").status, 201);
  const auto other = rig.create(R"({"first_name":"Bob","last_name":"Bell"})", "k1");
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(json_of(other)["code"].as_string(), "idempotency_key_reused");
}

TEST(CreateCustomer, KeepsTheKeysOfTwoTerminalsApart) {
  GatewayRig rig;
  const auto one = rig.create(kAnn, "k1", Role::staff);
  const Call call{"POST", "/api/v1/customers", kAnn, {{"idempotency-key", "k1"}, {"prefer", "allow-duplicate"}}, {}};
  const auto two = rig.send(call, Role::manager);
  EXPECT_EQ(two.status, 201);
  EXPECT_NE(id_of(one), id_of(two));
}

TEST(CreateCustomer, Row9_ListsEveryFaultyFieldAtOnce) {
  GatewayRig rig;
  const auto response = rig.create(R"({"first_name":" ","birthday":"2018-02-30","gender":"cat","shoe_size":"44","id":"x","address":{"planet":"Mars"},"notes":7})", "k1");
  ASSERT_EQ(response.status, 422);
  std::set<std::string> faulty;
  const auto body = json_of(response);
  for (const auto& fault : body.at("errors").as_array()) faulty.insert(std::string(fault.at("field").as_string()));
  const std::set<std::string> expected{"first_name", "last_name", "birthday", "gender", "shoe_size", "id", "address.planet", "notes"};
  EXPECT_EQ(faulty, expected);
  EXPECT_EQ(response.body.find("cat"), std::string::npos) << "an error body repeats no personal data";
}

TEST(CreateCustomer, RefusesWhatItCannotReadWith400) {
  GatewayRig rig;
  EXPECT_EQ(rig.create("{", "k1").status, 400);
  EXPECT_EQ(rig.create("[]", "k1").status, 400);
  EXPECT_EQ(rig.create(R"({"first_name":"A","first_name":"B","last_name":"C"})", "k1").status, 400);
  EXPECT_EQ(rig.create("{\"first_name\":\"A\",\"\\u0066irst_name\":\"B\",\"last_name\":\"C\"}", "k1").status, 400);
  EXPECT_EQ(rig.create(R"({"a":{"b":{"c":{"d":{"e":{"f":{"g":1}}}}}}})", "k1").status, 400);
  EXPECT_EQ(rig.send({"POST", "/api/v1/customers", kAnn, {}, {}}).status, 400) << "Idempotency-Key is required";
  EXPECT_EQ(rig.create(kAnn, std::string(65, 'k')).status, 400);
  EXPECT_EQ(rig.create(kAnn, "tab\tkey").status, 400);
  EXPECT_EQ(rig.send({"POST", "/api/v1/customers", kAnn, {{"idempotency-key", "k"}, {"content-type", "text/plain"}}, {}}).status, 415);
}

TEST(CreateCustomer, TakesTheMediaTypeInAnyCase) {
  GatewayRig rig;
  EXPECT_EQ(rig.send({"POST", "/api/v1/customers", kAnn, {{"content-type", "Application/JSON; charset=utf-8"}, {"idempotency-key", "k1"}}, {}}).status, 201);
}

TEST(CreateCustomer, OpensSealedNumbersForStaffAndMasksEverythingAtAKiosk) {
  GatewayRig rig;
  const char* body = R"({"first_name":"Ann","last_name":"Bell","phone":"503 555 0142","email":"ann@mail.example.net","notes":"likes tea","licence":{"number":"D1234567","region":"CA"}})";
  const auto created = rig.create(body, "k1", Role::kiosk);
  ASSERT_EQ(created.status, 201);
  EXPECT_EQ(created.body.find("D1234567"), std::string::npos);
  EXPECT_EQ(created.body.find("likes tea"), std::string::npos);
  const auto seen = rig.send({"GET", "/api/v1/customers/" + id_of(created), {}, {}, {}}, Role::staff);
  EXPECT_EQ(json_of(seen)["customer"].at("licence").at("number").as_string(), "D1234567");
  const auto shown = rig.send({"GET", "/api/v1/customers/" + id_of(created), {}, {}, {}}, Role::kiosk);
  EXPECT_EQ(shown.body.find("D1234567"), std::string::npos);
  const auto customer = json_of(shown).at("customer").as_object();
  EXPECT_EQ(customer.at("first_name").as_string(), "A…");
  EXPECT_EQ(customer.at("last_name").as_string(), "B…");
  EXPECT_EQ(customer.at("phone").as_string(), "…42");
  EXPECT_EQ(customer.at("email").as_string(), "a…@…");
  for (const char* hidden : {"birthday", "address", "licence", "notes", "tags", "middle_name"}) EXPECT_FALSE(customer.contains(hidden)) << hidden;
}

TEST(GetCustomer, Row15_AnswersNotModifiedForAKnownEtagAnd404ForStrangers) {
  GatewayRig rig;
  const auto created = rig.create(kAnn, "k1");
  const auto path = "/api/v1/customers/" + id_of(created);
  EXPECT_EQ(rig.send({"GET", path, {}, {{"if-none-match", header_of(created, "ETag")}}, {}}).status, 304);
  EXPECT_EQ(rig.send({"GET", path, {}, {}, {}}).status, 200);
  EXPECT_EQ(rig.send({"GET", "/api/v1/customers/00000000-0000-7000-8000-000000000000", {}, {}, {}}).status, 404);
  EXPECT_EQ(rig.send({"GET", "/api/v1/customers/nonsense", {}, {}, {}}).status, 404);
}

TEST(GetCustomer, ShowsCommittedOnceHeadOfficeHasPassedIt) {
  GatewayRig rig;
  const auto path = "/api/v1/customers/" + id_of(rig.create(kAnn, "k1"));
  EXPECT_EQ(json_of(rig.send({"GET", path, {}, {}, {}}))["sync"].at("head_office").as_string(), "pending");
  rig.gateway().link.acked = 1;
  EXPECT_EQ(json_of(rig.send({"GET", path, {}, {}, {}}))["sync"].at("head_office").as_string(), "committed");
}

TEST(PatchCustomer, ChangesOnlyWhatIsNamedAndMovesTheEtag) {
  GatewayRig rig;
  const auto created = rig.create(kAnn, "k1");
  const auto patched = rig.patch(id_of(created), R"({"email":null,"address":{"city":"Bend"},"tags":["vip","vip"],"consent":{"sms":true}})", "k2", header_of(created, "ETag"));
  ASSERT_EQ(patched.status, 200) << patched.body;
  const auto customer = json_of(patched)["customer"].as_object();
  EXPECT_TRUE(customer.at("email").is_null());
  EXPECT_EQ(customer.at("address").at("city").as_string(), "Bend");
  EXPECT_EQ(customer.at("first_name").as_string(), "Ann");
  EXPECT_EQ(customer.at("tags").as_array().size(), 1u);
  EXPECT_TRUE(customer.at("consent").at("sms").as_bool());
  EXPECT_NE(header_of(patched, "ETag"), header_of(created, "ETag"));
  const auto untagged = rig.patch(id_of(created), R"({"tags":[]})", "k3", header_of(patched, "ETag"));
  EXPECT_EQ(json_of(untagged)["customer"].at("tags").as_array().size(), 0u);
}

TEST(PatchCustomer, Row34_TakesWhereAndToWhichTextConsentWasGiven) {
  GatewayRig rig;
  const auto created = rig.create(kAnn, "k1");
  const auto id = id_of(created);
  const auto patched = rig.patch(id, R"({"consent":{"sms":{"granted":true,"source":"kiosk","text_version":"2026-03"}}})", "k2", "*");
  ASSERT_EQ(patched.status, 200) << patched.body;
  EXPECT_TRUE(json_of(patched)["customer"].at("consent").at("sms").as_bool());
  for (const char* bad : {R"({"source":"kiosk"})", R"({"granted":"yes"})", R"({"granted":true,"source":7})", R"({"granted":true,"source":""})",
                          R"({"granted":true,"how":"x"})", R"({"granted":true,"source":"The Kiosk"})", R"([true])", R"("yes")"}) {
    const auto refused = rig.patch(id, R"({"consent":{"sms":)" + std::string(bad) + "}}", "k3", "*");
    EXPECT_EQ(refused.status, 422) << bad << " " << refused.body;
  }
}

TEST(PatchCustomer, TakesTagsInAnySpellingAndRepeatsThemSafely) {
  GatewayRig rig;
  const auto created = rig.create(R"({"first_name":"Ann","last_name":"Bell","tags":["vip"]})", "k1");
  const auto first = rig.patch(id_of(created), R"({"tags":["VIP ","Regular"]})", "k2", header_of(created, "ETag"));
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(json_of(first)["customer"].at("tags"), (boost::json::array{"regular", "vip"}));
  const auto again = rig.patch(id_of(created), R"({"tags":["VIP ","Regular"]})", "k2", header_of(created, "ETag"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
  const auto fewer = rig.patch(id_of(created), R"({"tags":["REGULAR"]})", "k3", "*");
  EXPECT_EQ(json_of(fewer)["customer"].at("tags"), (boost::json::array{"regular"}));
}

TEST(PatchCustomer, Row21_RefusesAStaleVersionWithBothVersionsAndTheCurrentRecord) {
  GatewayRig rig;
  const auto created = rig.create(kAnn, "k1");
  const auto etag = header_of(created, "ETag");
  const auto first = rig.patch(id_of(created), R"({"first_name":"Anna"})", "k2", etag);
  ASSERT_EQ(first.status, 200);
  const auto second = rig.patch(id_of(created), R"({"first_name":"Anne"})", "k3", etag);
  ASSERT_EQ(second.status, 412);
  EXPECT_EQ(json_of(second)["your_version"].as_string(), etag);
  EXPECT_EQ(json_of(second)["current_version"].as_string(), header_of(first, "ETag"));
  EXPECT_EQ(json_of(second)["current"].at("first_name").as_string(), "Anna");
  EXPECT_EQ(rig.patch(id_of(created), R"({"first_name":"Anne"})", "k4", "*").status, 200);
}

TEST(PatchCustomer, RepeatedWithItsOldEtagGivesTheFirstAnswerNotAStaleOne) {
  GatewayRig rig;
  const auto created = rig.create(kAnn, "k1");
  const auto first = rig.patch(id_of(created), R"({"first_name":"Anna"})", "k2", header_of(created, "ETag"));
  const auto again = rig.patch(id_of(created), R"({"first_name":"Anna"})", "k2", header_of(created, "ETag"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, first.body);
}

TEST(PatchCustomer, WantsAPreconditionAndAReadableOne) {
  GatewayRig rig;
  const auto id = id_of(rig.create(kAnn, "k1"));
  EXPECT_EQ(rig.send({"PATCH", "/api/v1/customers/" + id, "{}", {{"idempotency-key", "k2"}}, {}}).status, 428);
  EXPECT_EQ(rig.patch(id, "{}", "k3", "W/\"1\"").status, 400);
  EXPECT_EQ(rig.patch("00000000-0000-7000-8000-000000000000", R"({"notes":"x"})", "k4", "*").status, 404);
}

TEST(ListCustomers, Row16_PagesWithoutLossOrRepeat) {
  GatewayRig rig;
  std::set<std::string> written, read;
  for (int i = 0; i < 25; ++i) written.insert(id_of(rig.create(R"({"first_name":"N)" + std::to_string(i) + R"(","last_name":"L"})", "k" + std::to_string(i))));
  for (const char* sort : {"created", "updated"}) {
    read.clear();
    std::string cursor;
    for (int page = 0; page < 10; ++page) {
      Call call{"GET", "/api/v1/customers", {}, {}, {{"limit", "7"}, {"sort", sort}}};
      if (!cursor.empty()) call.query.emplace_back("cursor", cursor);
      const auto body = json_of(rig.send(call));
      for (const auto& customer : body.at("customers").as_array()) EXPECT_TRUE(read.insert(std::string(customer.at("id").as_string())).second);
      if (body.at("next_cursor").is_null()) break;
      cursor = std::string(body.at("next_cursor").as_string());
    }
    EXPECT_EQ(read, written) << sort;
  }
}

TEST(ListCustomers, RefusesWhatItDoesNotKnow) {
  GatewayRig rig;
  using Query = std::vector<std::pair<std::string, std::string>>;
  for (const Query& query : {Query{{"limit", "0"}}, Query{{"limit", "201"}}, Query{{"limit", "x"}}, Query{{"sort", "name"}}, Query{{"cursor", "???"}}, Query{{"email", "a@b"}},
                             Query{{"updated_since", "yesterday"}}, Query{{"limit", "1"}, {"limit", "2"}}})
    EXPECT_EQ(rig.send({"GET", "/api/v1/customers", {}, {}, query}).status, 400) << query.front().first << "=" << query.front().second;
}

TEST(ReadOnly, RefusesWritesAndServesReads) {
  GatewayRig rig;
  const auto id = id_of(rig.create(kAnn, "k1"));
  rig.gateway().mode = Mode::read_only;
  EXPECT_EQ(rig.create(kAnn, "k2").status, 503);
  EXPECT_EQ(rig.patch(id, R"({"notes":"x"})", "k3", "*").status, 503);
  EXPECT_EQ(rig.send({"GET", "/api/v1/customers/" + id, {}, {}, {}}).status, 200);
  EXPECT_EQ(rig.send({"GET", "/ready", {}, {}, {}}, std::nullopt).status, 503);
  EXPECT_EQ(rig.send({"GET", "/live", {}, {}, {}}, std::nullopt).status, 200);
}

TEST(Status, CountsWhatWaitsAndNamesTheAlarm) {
  GatewayRig rig;
  ASSERT_EQ(rig.create(kAnn, "k1").status, 201);
  const auto body = json_of(rig.send({"GET", "/api/v1/status", {}, {}, {}}));
  EXPECT_EQ(body.at("head_office").at("state").as_string(), "offline");
  EXPECT_EQ(body.at("head_office").at("waiting").to_number<int>(), 1);
  EXPECT_EQ(body.at("storage").at("customers").to_number<int>(), 1);
  EXPECT_EQ(body.at("alarms").as_array().size(), 1u);
  const auto metrics = rig.send({"GET", "/metrics", {}, {}, {}}, Role::service);
  EXPECT_NE(metrics.body.find("tillgate_link_up 0"), std::string::npos);
}

}  // namespace
}  // namespace tillgate
