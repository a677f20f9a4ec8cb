// The routes of the platform before us, form by form: what its clients send and what they expect back.
#include <gtest/gtest.h>

#include "daemon/legacy_carts.hpp"
#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

void with_legacy(Config& config) {
  config.legacy.enabled = true;
  config.legacy.kiosks = {"17", "18"};
  config.legacy.api_key_hash = hash_of("the key").text();
}

class LegacyApi : public ::testing::Test {
 protected:
  using Query = std::vector<std::pair<std::string, std::string>>;
  HttpResponse post(const std::string& path, const std::string& body, Role as = Role::kiosk) {
    return rig.send({"POST", path, body, {}, {}}, as);
  }
  HttpResponse put(const std::string& path, const std::string& body, Role as = Role::staff) {
    return rig.send({"PUT", path, body, {}, {}}, as);
  }
  HttpResponse get(const std::string& path, const Query& query = {}, Role as = Role::staff) {
    return rig.send({"GET", path, {}, {}, query}, as);
  }
  boost::json::object ada() {
    const auto made = post("/api/v1/17/customers", R"({"customer":{"first_name":" Ada ","last_name":"Lovelace","gender":"F","birthday":"1984-02-29","email":"Ada@Mail.example.net","phone":"(503) 555-0142","drivers_license":"D123-4567","notes":"likes engines","loyalty":"gold"}})", Role::staff);
    EXPECT_EQ(made.status, 201) << made.body;
    return json_of(made).at("customer").as_object();
  }
  std::string names(const HttpResponse& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    std::string text;
    const auto body = json_of(response);
    for (const auto& customer : body.at("customers").as_array()) text.append(customer.at("first_name").as_string()).append(" ");
    return text;
  }
  GatewayRig rig{with_legacy};
};

TEST_F(LegacyApi, Row12_CreatesOutOfWrappedAndFlatJsonInEitherSpelling) {
  const auto made = ada();
  EXPECT_EQ(made.size(), 11u);
  EXPECT_EQ(made.at("status").as_string(), "active");
  EXPECT_EQ(made.at("first_name").as_string(), "Ada");
  EXPECT_EQ(made.at("gender").as_string(), "female");
  EXPECT_EQ(made.at("birthday").as_string(), "1984-02-29");
  EXPECT_EQ(made.at("phone").as_string(), "(503) 555-0142");
  EXPECT_EQ(made.at("drivers_license").as_string(), "D123-4567");
  EXPECT_EQ(made.at("notes").as_string(), "likes engines");
  EXPECT_TRUE(timestamp_from_text(std::string(made.at("last_modified_date_utc").as_string())));
  // The same customer under our own route.
  const auto here = json_of(get("/api/v1/customers/" + std::string(made.at("customer_id").as_string()))).at("customer").as_object();
  EXPECT_EQ(here.at("licence").at("number").as_string(), "D123-4567");

  const auto flat = post("/api/v1/18/customers", R"({"first_name":"Grace","last_name":"Hopper","driver_license":9876543,"phone":"N/A","email":"  ","gender":"whatever","customer_id":"42"})", Role::staff);
  ASSERT_EQ(flat.status, 201) << flat.body;
  const auto grace = json_of(flat).at("customer").as_object();
  EXPECT_EQ(grace.at("drivers_license").as_string(), "9876543");
  EXPECT_TRUE(grace.at("phone").is_null() && grace.at("email").is_null());
  EXPECT_EQ(grace.at("gender").as_string(), "unspecified");
}

TEST_F(LegacyApi, Row12_LooksUpByEachOfTheSixFilters) {
  ada();
  post("/api/v1/17/customers", R"({"first_name":"Grace","last_name":"Hopper"})");
  const std::string path = "/api/v1/17/customers";
  for (const auto& [name, value] : Query{{"first_name", "+ada+"}, {"last_name", "lovelace"}, {"phone", "503+555+0142"}, {"email", "ADA@mail.example.net"}, {"driver_license", "d1234567"}, {"drivers_license", "D123 4567"}, {"birthday", "1984-02-29"}}) {
    EXPECT_EQ(names(get(path, {{name, value}})), "Ada ") << name;
    // By a part of a name or a birthday one could go through all customers.
    const bool says_too_little = name == "first_name" || name == "last_name" || name == "birthday";
    EXPECT_EQ(names(get(path, {{name, value}}, Role::kiosk)), says_too_little ? "" : "A… ") << name;
  }
  EXPECT_EQ(names(get(path, {{"first_name", "Ada"}, {"last_name", "Hopper"}})), "") << "all that is asked must fit";
  EXPECT_EQ(names(get(path, {{"last_name", "Hopper"}, {"page", "7"}, {"phone", " "}})), "Grace ") << "unknown and blank filters are dropped";
}

TEST_F(LegacyApi, ShowsAKioskThoseAloneWhomItNamedExactly) {
  ada();
  const std::string path = "/api/v1/17/customers";
  for (const auto& [name, value] : Query{{"first_name", "Ad"}, {"last_name", "Lovelase"}, {"phone", "0142"}, {"email", "ada@"}}) {
    EXPECT_EQ(names(get(path, {{name, value}}, Role::staff)), "Ada ") << name;
    EXPECT_EQ(names(get(path, {{name, value}}, Role::kiosk)), "") << name;
  }
  const auto shown = json_of(get(path, {{"first_name", "Ada"}, {"last_name", "Lovelace"}}, Role::kiosk)).at("customers").as_array().at(0).as_object();
  EXPECT_TRUE(shown.at("drivers_license").is_null() && shown.at("notes").is_null() && shown.at("birthday").is_null());
  EXPECT_EQ(shown.at("phone").as_string(), "…42");
}

TEST_F(LegacyApi, LetsAKioskGuessSlowlyOnly) {
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    const auto response = get("/api/v1/17/customers", {{"phone", "50355501" + std::to_string(10 + i)}}, Role::kiosk);
    if (response.status == 200) continue;
    ++refused;
    EXPECT_EQ(response.status, 429);
    EXPECT_NE(header_of(response, "Retry-After"), "");
    EXPECT_EQ(json_of(response).at("status").as_int64(), 429);
  }
  EXPECT_GE(refused, 20);
  EXPECT_EQ(get("/api/v1/17/customers", {{"phone", "5035550110"}}).status, 200) << "others are not held up";
}

// What another route would ask about is kept, and stands in the review queue: those clients could not answer.
TEST_F(LegacyApi, KeepsACustomerWhoMayBeHereAlready) {
  ada();
  ada();
  EXPECT_EQ(json_of(get("/api/v1/customers")).at("customers").as_array().size(), 2u);
}

TEST_F(LegacyApi, Row9_NamesEveryFaultyFieldAndWritesNothing) {
  for (const char* body : {"", "{}", "[1]", "not json", R"({"customer":"Ada"})", R"({"loyalty":"gold"})", "customer[first_name]=Ada"}) {
    const auto response = post("/api/v1/17/customers", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(json_of(response).at("status").as_int64(), 400);
    EXPECT_NE(json_of(response).at("message").as_string().find("customer"), boost::json::string::npos);
  }
  const auto response = post("/api/v1/17/customers", R"({"customer":{"last_name":" ","birthday":"2018-02-30","email":"nonsense"}})");
  EXPECT_EQ(response.status, 422);
  const auto errors = json_of(response).at("errors").as_object();
  for (const char* field : {"first_name", "last_name", "birthday", "email"})
    EXPECT_GE(errors.at(field).as_array().size(), 1u) << field;
  EXPECT_EQ(json_of(response).size(), 1u);
  EXPECT_EQ(json_of(get("/api/v1/customers")).at("customers").as_array().size(), 0u);
  const auto unasked = get("/api/v1/17/customers");
  EXPECT_EQ(unasked.status, 422) << "nobody is shown everybody";
  EXPECT_TRUE(json_of(unasked).contains("errors"));
}

TEST_F(LegacyApi, Row13_SearchesWithTheKeyByEitherMethodAndSays404WithoutIt) {
  const auto id = std::string(ada().at("customer_id").as_string());
  EXPECT_EQ(names(get("/customers/search", {{"api_key", "the key"}, {"customer_id", id}})), "Ada ");
  EXPECT_EQ(names(post("/customers/search", R"({"api_key":"the key","customer_id":")" + id + R"("})", Role::staff)), "Ada ");
  EXPECT_EQ(names(rig.send({"POST", "/customers/search", {}, {}, {{"api_key", "the key"}, {"customer_id", id}}})), "Ada ");
  EXPECT_EQ(names(get("/customers/search", {{"api_key", "the key"}, {"customer_id", "4711"}})), "");
  EXPECT_EQ(names(get("/customers/search", {{"api_key", "the key"}})), "");
  for (const Query& query : {Query{{"customer_id", id}}, Query{{"api_key", ""}, {"customer_id", id}}, Query{{"api_key", "a key"}, {"customer_id", id}}}) {
    const auto response = get("/customers/search", query);
    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(json_of(response).at("status").as_int64(), 404);
  }
  EXPECT_EQ(rig.send({"GET", "/customers/search", {}, {}, {{"api_key", "the key"}, {"customer_id", id}}}, std::nullopt).status, 401);
  EXPECT_EQ(get("/customers/search", {{"api_key", "the key"}, {"customer_id", id}}, Role::kiosk).status, 403);
}

TEST_F(LegacyApi, Row14_TellsForeignKiosksNothing) {
  ada();
  const auto known = get("/api/v1/19/customers", {{"last_name", "Lovelace"}});
  EXPECT_EQ(known.status, 404);
  for (const char* kiosk : {"019", "1", "0", "x", "17x", "99999999999999999999", "customer"}) {
    const auto path = std::string("/api/v1/") + kiosk;
    EXPECT_EQ(get(path + "/customers", {{"last_name", "Lovelace"}}).body, known.body) << "told apart: " << kiosk;
    EXPECT_EQ(post(path + "/customers", "{}").body, known.body) << "looked at before the kiosk was";
    EXPECT_EQ(post(path + "/orders", "{}").body, known.body);
    EXPECT_EQ(put(path + "/orders/status", "{}").body, known.body);
    EXPECT_EQ(put(path + "/orders/1", "{}").body, known.body);
    EXPECT_EQ(get(path + "/carts").body, known.body);
    EXPECT_EQ(get(path + "/orders/discount").body, known.body);
    EXPECT_EQ(post(path + "/carts/validate", "{}").body, known.body);
  }
  EXPECT_EQ(json_of(known).at("message").as_string().find("Ada"), boost::json::string::npos);
}

TEST_F(LegacyApi, TakesTokensInTheHeaderAlone) {
  const auto refused = rig.send({"GET", "/api/v1/17/customers", {}, {}, {{"token", token_of(Role::staff)}, {"last_name", "Lovelace"}}}, std::nullopt);
  EXPECT_EQ(refused.status, 401);
  EXPECT_NE(json_of(refused).at("error").at("message").as_string(), "");
  const auto unable = rig.send({"DELETE", "/api/v1/17/customers", {}, {}, {}});
  EXPECT_EQ(unable.status, 405);
  EXPECT_EQ(json_of(unable).at("status").as_int64(), 405);
}

TEST_F(LegacyApi, IsNotThereUnlessItIsSwitchedOn) {
  GatewayRig plain;
  EXPECT_EQ(plain.send({"GET", "/api/v1/17/customers", {}, {}, {}}).status, 404);
  EXPECT_EQ(plain.send({"GET", "/customers/search", {}, {}, {}}).status, 404);
}

TEST(LegacyWithoutPos, Refuses405WhereItIsConfiguredSo) {
  GatewayRig rig([](Config& config) {
    with_legacy(config);
    config.legacy.accepts_without_pos = false;
  });
  for (const char* method : {"GET", "POST"}) {
    const auto response = rig.send({method, "/api/v1/17/customers", {}, {}, {}}, Role::kiosk);
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(json_of(response).at("status").as_int64(), 405);
    EXPECT_TRUE(json_of(response).contains("message"));
  }
}

TEST_F(LegacyApi, RepeatsWithAKeyAreOneAndWithoutAreTwo) {
  const std::string body = R"({"first_name":"Grace","last_name":"Hopper"})";
  const auto create = [&](const std::string& text) { return rig.send({"POST", "/api/v1/17/customers", text, {{"idempotency-key", "k"}}, {}}, Role::kiosk); };
  const auto first = create(body), again = create(body);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(json_of(first).at("customer").at("customer_id"), json_of(again).at("customer").at("customer_id"));
  const auto reused = create(R"({"first_name":"Ada","last_name":"Hopper"})");
  EXPECT_EQ(reused.status, 422);
  EXPECT_TRUE(json_of(reused).at("errors").as_object().contains("base"));
  post("/api/v1/17/customers", body);
  EXPECT_EQ(json_of(get("/api/v1/customers")).at("customers").as_array().size(), 2u);
}

TEST_F(LegacyApi, PlacesMovesAndPrintsOrders) {
  const auto customer = std::string(ada().at("customer_id").as_string());
  const auto placed = post("/api/v1/17/orders", R"({"order":{"order_number":12,"customer_id":")" + customer + R"(","notes":"no bag","cart_id":"c1","items":[{"product_id":7,"quantity":"1"},{"product_id":7,"quantity":2},{"product_id":8,"product_value_id":3,"quantity":1}]},"customer_name":"Ada","customer_email":"a@b.example"})");
  ASSERT_EQ(placed.status, 200) << placed.body;
  const auto order = json_of(placed).at("order").as_object();
  EXPECT_EQ(order.at("status").as_string(), "AWAITING_PROCESSING");
  EXPECT_EQ(order.at("order_number").as_string(), "12");
  EXPECT_EQ(order.at("items").as_array().size(), 2u);
  EXPECT_EQ(order.at("items").at(0).at("quantity").as_int64(), 3) << "one product twice is one item";
  EXPECT_EQ(order.at("items").at(1).at("product_value_id").as_string(), "3");
  const auto ticket = std::string(order.at("ticket_id").as_string());

  const auto status = [&](const std::string& who, const std::string& which, const std::string& to, Role as = Role::staff) {
    return put("/api/v1/17/orders/status", R"({"customer_id":")" + who + R"(","ticket_id":")" + which + R"(","order_status":")" + to + R"("})", as);
  };
  EXPECT_EQ(status(customer, ticket, "IN_PROCESS", Role::kiosk).status, 403);
  EXPECT_EQ(status(customer, ticket, "SHIPPED").status, 400);
  EXPECT_EQ(status("00000000-0000-7000-8000-000000000000", ticket, "IN_PROCESS").status, 404);
  EXPECT_EQ(status(customer, "00000000-0000-7000-8000-000000000000", "IN_PROCESS").status, 404);
  EXPECT_EQ(status("4711", "12", "IN_PROCESS").status, 404);
  const auto moved = status(customer, ticket, "IN_PROCESS");
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(json_of(moved).at("order").at("status").as_string(), "IN_PROCESS");
  EXPECT_EQ(status(customer, ticket, "VERIFICATION_PENDING").status, 409);
  EXPECT_EQ(json_of(status(customer, ticket, "VERIFICATION_PENDING")).at("status").as_int64(), 409);
  EXPECT_EQ(status(customer, ticket, "CANCELED", Role::manager).status, 200) << "they know of no reason";

  const auto printed = put("/api/v1/17/orders/" + ticket, R"({"printed_date":"2026-11-22T08:00:00.000Z","printed_id":991,"status":"COMPLETED"})", Role::kiosk);
  ASSERT_EQ(printed.status, 200) << printed.body;
  EXPECT_EQ(json_of(printed).at("order").at("printed_id").as_string(), "991");
  EXPECT_EQ(json_of(printed).at("order").at("status").as_string(), "CANCELED") << "nothing but the print is taken";
  EXPECT_EQ(put("/api/v1/17/orders/" + ticket, R"({"order":{"status":"COMPLETED"}})").status, 400);
  EXPECT_EQ(put("/api/v1/17/orders/4711", R"({"printed_id":"1"})").status, 404);
}

TEST_F(LegacyApi, NamesWhatIsWrongWithAnOrderByItsOldNames) {
  EXPECT_EQ(post("/api/v1/17/orders", "{}").status, 400);
  auto wrong = post("/api/v1/17/orders", R"({"order":{"items":[{"quantity":1},{"product_id":"a/b/c","quantity":0}]}})");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(json_of(wrong).at("errors").at("items.product_id").as_array().size(), 2u);
  EXPECT_TRUE(json_of(wrong).at("errors").as_object().contains("items.quantity"));
  wrong = post("/api/v1/17/orders", R"({"order":{"customer_id":"4711","items":[]}})");
  EXPECT_TRUE(json_of(wrong).at("errors").as_object().contains("items"));
  wrong = post("/api/v1/17/orders", R"({"order":{"customer_id":"4711","items":[{"product_id":1,"quantity":1}]}})");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_TRUE(json_of(wrong).at("errors").as_object().contains("customer_id")) << wrong.body;
}

TEST_F(LegacyApi, SaysWhatItCannotDo) {
  for (const auto& response : {post("/api/v1/17/orders/preview_order", "{}"), post("/api/v1/17/orders/preview", "{}"), get("/api/v1/17/orders/discount", {{"code", "TEN"}})}) {
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(json_of(response).at("code").as_string(), "unsupported");
    EXPECT_EQ(json_of(response).at("status").as_int64(), 405);
  }
}

TEST_F(LegacyApi, JudgesCartsAlwaysWith200) {
  EXPECT_EQ(post("/api/v1/17/carts/validate", R"({"items":[{"product_id":1,"quantity":1}]})").body, R"({"success":true})");
  for (const char* body : {"", "{}", R"({"items":[]})", R"({"cart":{"items":[{"quantity":1}]}})", R"({"customer_id":"4711","items":[{"product_id":1,"quantity":1}]})"}) {
    const auto response = post("/api/v1/17/carts/validate", body);
    EXPECT_EQ(response.status, 200) << body;
    EXPECT_FALSE(json_of(response).at("success").as_bool());
    EXPECT_NE(json_of(response).at("message").as_string(), "");
    EXPECT_GE(json_of(response).at("errors").as_object().size(), 1u);
  }
}

TEST_F(LegacyApi, KeepsACartByTelephoneNumber) {
  const std::string path = "/api/v1/17/carts";
  const auto quantities = [&](const HttpResponse& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    std::string text;
    const auto body = json_of(response);
    for (const auto& item : body.at("cart").at("items").as_array())
      text += std::string(item.at("product_id").as_string()) + ":" + std::to_string(item.at("quantity").as_int64()) + " ";
    return text;
  };
  EXPECT_EQ(get(path, {{"phone_number", "503-555-0142"}}).status, 404);
  EXPECT_EQ(get(path).status, 422);
  EXPECT_EQ(get(path + "/exists", {{"phone_number", "5035550142"}}).body, R"({"exists":false})");
  EXPECT_EQ(post(path + "/add_items", R"({"phone_number":"5035550142","items":[{"product_id":1,"quantity":1}]})").status, 404);
  EXPECT_EQ(post(path + "/create_or_merge", R"({"items":[{"product_id":1,"quantity":1}]})").status, 422);
  EXPECT_EQ(post(path + "/create_or_merge", R"({"phone_number":"5035550142"})").status, 422);
  EXPECT_EQ(quantities(post(path + "/create_or_merge", R"({"cart":{"phone_number":"(503) 555-0142","items":[{"product_id":1,"quantity":1}]}})")), "1:1 ");
  EXPECT_EQ(quantities(post(path + "/create_or_merge", R"({"phone_number":"+1 503 555 0142","items":[{"product_id":1,"quantity":2},{"product_id":2,"quantity":1}]})")), "1:3 2:1 ");
  EXPECT_EQ(quantities(post(path + "/add_items", R"({"phone_number":5035550142,"items":[{"product_id":3,"quantity":1}]})")), "1:3 2:1 3:1 ");
  EXPECT_EQ(quantities(post(path + "/update_item", R"({"phone_number":"5035550142","product_id":1,"quantity":5})")), "1:5 2:1 3:1 ");
  EXPECT_EQ(quantities(post(path + "/update_item", R"({"phone_number":"5035550142","product_id":2,"quantity":0})")), "1:5 3:1 ");
  EXPECT_EQ(post(path + "/update_item", R"({"phone_number":"5035550142","product_id":2,"quantity":1})").status, 404);
  EXPECT_EQ(post(path + "/update_item", R"({"phone_number":"5035550142","product_id":1,"quantity":-1})").status, 422);
  EXPECT_EQ(quantities(get(path, {{"phone_number", "1 (503) 555 0142"}})), "1:5 3:1 ");
  EXPECT_EQ(get(path + "/exists", {{"phone_number", "5035550142"}}).body, R"({"exists":true})");
  EXPECT_EQ(get(path, {{"phone_number", "5035550143"}}).status, 404);
}

TEST_F(LegacyApi, WhoGoesThroughNumbersWithoutACartIsToldNothingMore) {
  const std::string path = "/api/v1/17/carts";
  const auto body = [](const std::string& phone) { return R"({"phone_number":")" + phone + R"(","product_id":1,"quantity":1,"items":[{"product_id":1,"quantity":1}]})"; };
  const std::string there = "5035550142";
  ASSERT_EQ(post(path + "/create_or_merge", body(there)).status, 200);  // of a number that had none: an attempt
  const auto number = [](int n) { return std::to_string(5035550200 + n); };
  int tried = 0;
  while (tried < 100 && get(path + "/exists", {{"phone_number", number(tried)}}, Role::kiosk).status == 200) ++tried;
  EXPECT_EQ(tried, 9);
  // Whether a number has a cart is told alike now: not at all.
  for (const std::string& phone : {there, number(50)}) {
    EXPECT_EQ(get(path, {{"phone_number", phone}}, Role::kiosk).status, 429) << phone;
    EXPECT_EQ(get(path + "/exists", {{"phone_number", phone}}, Role::kiosk).status, 429) << phone;
    for (const char* route : {"/create_or_merge", "/add_items", "/update_item"}) EXPECT_EQ(post(path + route, body(phone)).status, 429) << route;
  }
  EXPECT_EQ(get(path, {{"phone_number", there}}, Role::staff).status, 200) << "another credential goes on";
}

TEST_F(LegacyApi, WhoHasACartAsksAsOftenAsTheyLike) {
  const std::string path = "/api/v1/17/carts";
  ASSERT_EQ(post(path + "/create_or_merge", R"({"phone_number":"5035550142","items":[{"product_id":1,"quantity":1}]})").status, 200);
  for (int n = 0; n < 50; ++n) {
    ASSERT_EQ(get(path, {{"phone_number", "5035550142"}}, Role::kiosk).status, 200);
    ASSERT_EQ(post(path + "/update_item", R"({"phone_number":"5035550142","product_id":2,"quantity":1})").status, 404) << "no such item";
  }
}

TEST(LegacyCarts, AreForgottenAfterAnHourAndNotMoreThanTheirNumber) {
  using namespace legacy;
  Carts carts;
  const Time start{};
  const std::vector<Item> one{{LineKey{"p", ""}, LinePatch{1, {}, {}, {}, {}}}};
  ASSERT_TRUE(carts.add(start, "1", one, "k"));
  ASSERT_TRUE(carts.add(start + std::chrono::minutes(59), "1", one, "k"));
  EXPECT_NE(carts.find(start + std::chrono::minutes(118), "1"), nullptr) << "an hour after its last change, not its first";
  EXPECT_EQ(carts.find(start + std::chrono::minutes(119), "1"), nullptr);
  for (std::size_t i = 0; i < kCartsOfOneMax; ++i) ASSERT_TRUE(carts.add(start, std::to_string(i), one, "k"));
  EXPECT_EQ(carts.add(start, "more", one, "k").error().code, Errc::busy) << "one kiosk leaves room for the others";
  for (std::size_t i = kCartsOfOneMax; i < kCartsMax; ++i)
    ASSERT_TRUE(carts.add(start, std::to_string(i), one, "k" + std::to_string(i / kCartsOfOneMax)));
  EXPECT_EQ(carts.add(start, "more", one, "another").error().code, Errc::busy);
  EXPECT_TRUE(carts.add(start, "7", one, "k")) << "one that is there goes on";
  EXPECT_TRUE(carts.add(start + kCartTime, "more", one, "k"));
  EXPECT_EQ(carts.size(), 1u);
  const std::vector<Item> many{{LineKey{"p", ""}, LinePatch{kQuantityMax, {}, {}, {}, {}}}};
  EXPECT_EQ(carts.add(start + kCartTime, "more", many, "k").error().code, Errc::invalid);
  EXPECT_EQ(carts.find(start + kCartTime, "more")->items.begin()->second, 1) << "nothing of it was taken";
}

}  // namespace
}  // namespace tillgate
