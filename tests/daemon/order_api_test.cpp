#include <gtest/gtest.h>

#include <set>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

namespace json = boost::json;

struct OrderRig : GatewayRig {
  explicit OrderRig(const std::function<void(Config&)>& change = [](Config&) {}) : GatewayRig(change) {}
  std::string customer(const std::string& birthday = "1990-02-28") {
    // They have one name, which a till would be asked about.
    const Call call{"POST", "/api/v1/customers", R"({"first_name":"Ann","last_name":"Bell","birthday":")" + birthday + "\"}",
                    {{"idempotency-key", "c" + std::to_string(++keys)}, {"prefer", "allow-duplicate"}}, {}};
    const auto made = send(call);
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(json_of(made).at("customer").at("id").as_string());
  }
  HttpResponse place(const std::string& body, const std::string& key, std::optional<Role> as = Role::staff) {
    return send({"POST", "/api/v1/orders", body, {{"idempotency-key", key}}, {}}, as);
  }
  HttpResponse place(const std::string& body) { return place(body, "o" + std::to_string(++keys)); }
  HttpResponse change(const std::string& id, const std::string& body, const std::string& etag, std::optional<Role> as = Role::staff) {
    return send({"PATCH", "/api/v1/orders/" + id, body, {{"idempotency-key", "p" + std::to_string(++keys)}, {"if-match", etag}}, {}}, as);
  }
  HttpResponse get(const std::string& path, std::optional<Role> as = Role::staff) { return send({"GET", path, {}, {}, {}}, as); }
  int keys = 0;
};

std::string order_id(const HttpResponse& response) { return std::string(json_of(response).at("order").at("id").as_string()); }
std::string of(const std::string& customer, const std::string& rest = "") {
  return R"({"customer":")" + customer + R"(","lines":{"p1":{"quantity":2,"category":"flower","weight_mg":3500}})" + rest + "}";
}
std::set<std::string> codes(const HttpResponse& response) {
  std::set<std::string> all;
  const auto body = json_of(response);
  for (const auto& fault : body.at("errors").as_array()) all.insert(std::string(fault.at("code").as_string()));
  return all;
}
std::vector<std::string> texts(const json::value& list) {
  std::vector<std::string> all;
  for (const auto& one : list.as_array()) all.emplace_back(one.as_string());
  return all;
}

TEST(OrderApi, Row60_PlacesAnOrderOfACustomerAndReadsItBack) {
  OrderRig rig;
  const auto ann = rig.customer();
  const auto made = rig.place(of(ann, R"(,"amount_cents":1999,"notes":"tea")"), "k1");
  ASSERT_EQ(made.status, 201) << made.body;
  const auto body = json_of(made);
  const auto& order = body.at("order");
  EXPECT_EQ(order.at("customer").as_string(), ann);
  EXPECT_EQ(order.at("status").as_string(), "AWAITING_PROCESSING");
  EXPECT_EQ(order.at("amount_cents").as_int64(), 1999);
  EXPECT_EQ(order.at("lines").at("p1").at("weight_mg").as_int64(), 3500);
  EXPECT_EQ(texts(order.at("may_become")), (std::vector<std::string>{"IN_PROCESS", "CANCELED"}));
  EXPECT_FALSE(body.at("resumed").as_bool());
  EXPECT_EQ(body.at("sync").at("head_office").as_string(), "pending");
  EXPECT_EQ(header_of(made, "Location"), "/api/v1/orders/" + order_id(made));

  const auto again = rig.place(of(ann, R"(,"amount_cents":1999,"notes":"tea")"), "k1");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, made.body);
  EXPECT_EQ(header_of(again, "Idempotent-Replayed"), "true");
  EXPECT_EQ(json_of(rig.place(of(ann), "k1"))["code"].as_string(), "idempotency_key_reused");

  const auto read = rig.get("/api/v1/orders/" + order_id(made));
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(header_of(read, "ETag"), header_of(made, "ETag"));
  EXPECT_EQ(rig.send({"GET", "/api/v1/orders/" + order_id(made), {}, {{"if-none-match", header_of(made, "ETag")}}, {}}).status, 304);
  EXPECT_EQ(rig.get("/api/v1/orders/00000000-0000-7000-8000-000000000000").status, 404);
  EXPECT_EQ(rig.get("/api/v1/orders/nonsense").status, 404);
}

TEST(OrderApi, Row60_TheHistoryOfACustomerIsReadWhileHeadOfficeIsAway) {
  OrderRig rig;
  rig.gateway().link.is_online = false;
  const auto ann = rig.customer(), bob = rig.customer();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(rig.place(of(ann, R"(,"resume":false)")).status, 201);
  ASSERT_EQ(rig.place(of(bob)).status, 201);
  auto page = json_of(rig.send({"GET", "/api/v1/customers/" + ann + "/orders", {}, {}, {{"limit", "2"}}}));
  EXPECT_EQ(page["orders"].as_array().size(), 2u);
  EXPECT_EQ(page["head_office"].as_string(), "offline");
  page = json_of(rig.send({"GET", "/api/v1/customers/" + ann + "/orders", {}, {}, {{"cursor", std::string(page["next_cursor"].as_string())}}}));
  EXPECT_EQ(page["orders"].as_array().size(), 1u);
  EXPECT_TRUE(page["next_cursor"].is_null());
  EXPECT_EQ(rig.send({"GET", "/api/v1/orders", {}, {}, {{"status", "AWAITING_PROCESSING"}}}).status, 200);
  EXPECT_EQ(rig.send({"GET", "/api/v1/orders", {}, {}, {{"status", "LOST"}}}).status, 400);
  EXPECT_EQ(rig.send({"GET", "/api/v1/orders", {}, {}, {{"customer", ann}}}).status, 400);
  EXPECT_EQ(rig.send({"GET", "/api/v1/orders", {}, {}, {{"cursor", "c8000000000000001"}}}).status, 400);
}

TEST(OrderApi, ListsEveryFaultAtOnce) {
  OrderRig rig;
  const auto response = rig.place(R"({"customer":"ann","kind":"drone","amount_cents":"12","store":"s1","id":"x","shoe_size":44,
    "lines":{"p1":{"quantity":0},"p2":{"quantity":"2"},"p 3":{"quantity":1},"p4":{"colour":"red"},"p5":7}})");
  ASSERT_EQ(response.status, 422) << response.body;
  std::set<std::string> fields;
  const auto body = json_of(response);
  for (const auto& fault : body.at("errors").as_array()) fields.insert(std::string(fault.at("field").as_string()));
  const std::set<std::string> expected{"customer", "kind", "amount_cents", "store", "id", "shoe_size", "lines.p1.quantity", "lines.p2.quantity",
                                       "lines.p?3", "lines.p4.colour", "lines.p4.quantity", "lines.p5"};
  EXPECT_EQ(fields, expected);
  EXPECT_EQ(rig.place(R"({"lines":{}})").status, 422);
  EXPECT_EQ(rig.place("{").status, 400);
  EXPECT_EQ(rig.send({"POST", "/api/v1/orders", of(rig.customer()), {}, {}}).status, 400) << "Idempotency-Key is required";
}

TEST(OrderApi, Row62_AnImpossibleMoveIsAConflictThatNamesTheWaysThereAre) {
  OrderRig rig;
  const auto made = rig.place(of(rig.customer()));
  const auto refused = rig.change(order_id(made), R"({"status":"COMPLETED"})", "*");
  ASSERT_EQ(refused.status, 409) << refused.body;
  const auto body = json_of(refused);
  EXPECT_EQ(body.at("code").as_string(), "not_possible");
  EXPECT_EQ(body.at("title").as_string(), "An order that is awaiting processing cannot become completed.");
  EXPECT_EQ(body.at("current_status").as_string(), "AWAITING_PROCESSING");
  EXPECT_EQ(texts(body.at("allowed")), (std::vector<std::string>{"IN_PROCESS", "CANCELED"}));
  EXPECT_EQ(texts(json_of(rig.change(order_id(made), R"({"status":"COMPLETED"})", "*", Role::manager)).at("allowed")),
            (std::vector<std::string>{"IN_PROCESS", "CANCELED", "REMOVED"}));
  const auto reasonless = rig.change(order_id(made), R"({"status":"CANCELED"})", "*");
  EXPECT_EQ(reasonless.status, 422);
  EXPECT_EQ(codes(reasonless), std::set<std::string>{"required"});
  EXPECT_EQ(rig.change(order_id(made), R"({"status":"CANCELED","reason":"gone"})", "*").status, 200);
  const auto final_one = rig.change(order_id(made), R"({"status":"IN_PROCESS"})", "*");
  EXPECT_EQ(final_one.status, 409);
  EXPECT_TRUE(texts(json_of(final_one).at("allowed")).empty());
}

TEST(OrderApi, Row62_NobodysChangeIsOverwrittenUnseen) {
  OrderRig rig;
  const auto made = rig.place(of(rig.customer()));
  const auto seen = header_of(made, "ETag");
  const auto first = rig.change(order_id(made), R"({"status":"IN_PROCESS"})", seen);
  ASSERT_EQ(first.status, 200) << first.body;
  const auto late = rig.change(order_id(made), R"({"status":"CANCELED","reason":"x"})", seen);
  ASSERT_EQ(late.status, 412);
  const auto body = json_of(late);
  EXPECT_EQ(body.at("your_version").as_string(), seen);
  EXPECT_EQ(body.at("current_version").as_string(), header_of(first, "ETag"));
  EXPECT_EQ(body.at("current").at("status").as_string(), "IN_PROCESS");
  EXPECT_EQ(rig.send({"PATCH", "/api/v1/orders/" + order_id(made), "{}", {{"idempotency-key", "k"}}, {}}).status, 428);
  EXPECT_EQ(rig.change(order_id(made), "{}", "nonsense").status, 400);
  EXPECT_EQ(rig.change("00000000-0000-7000-8000-000000000000", "{}", "*").status, 404);
}

TEST(OrderApi, Row63_TooMuchIsToldInFiguresAndInASentence) {
  OrderRig rig([](Config& config) { config.sales.limits = {{"flower", 6'000, {"flower"}, {}, 0}}; });
  const auto ann = rig.customer();
  const auto refused = rig.place(of(ann));
  ASSERT_EQ(refused.status, 422) << refused.body;
  EXPECT_EQ(codes(refused), std::set<std::string>{"over_limit"});
  const auto body = json_of(refused);
  EXPECT_EQ(body.at("errors").at(0).at("sentence").as_string(), "flower: 7 g, allowed are 6 g.");
  const auto& limit = body.at("limits").at(0);
  EXPECT_EQ(limit.at("name").as_string(), "flower");
  EXPECT_EQ(limit.at("max_mg").as_int64(), 6'000);
  EXPECT_EQ(limit.at("actual_mg").as_int64(), 7'000);
  EXPECT_EQ(texts(limit.at("product_ids")), std::vector<std::string>{"p1"});

  const auto tried = rig.send({"POST", "/api/v1/orders/validate", of(ann), {}, {}}, Role::kiosk);
  ASSERT_EQ(tried.status, 200) << tried.body;
  EXPECT_FALSE(json_of(tried)["is_allowed"].as_bool());
  EXPECT_EQ(json_of(tried)["limits"], body.at("limits"));
  EXPECT_TRUE(json_of(rig.get("/api/v1/orders"))["orders"].as_array().empty());
}

TEST(OrderApi, Row64_TooYoungIsToldAndUnknownWaitsForStaff) {
  OrderRig rig([](Config& config) { config.sales.age.minimum = 150; });
  const auto ann = rig.customer();
  const auto refused = rig.place(of(ann));
  ASSERT_EQ(refused.status, 422);
  EXPECT_EQ(codes(refused), std::set<std::string>{"too_young"});
  EXPECT_EQ(refused.body.find("1990"), std::string::npos) << "an error body repeats no personal data";
  const auto walk_in = rig.place(R"({"lines":{"p1":{"quantity":1}}})");
  ASSERT_EQ(walk_in.status, 201) << walk_in.body;
  EXPECT_EQ(json_of(walk_in)["order"].at("status").as_string(), "VERIFICATION_PENDING");
  EXPECT_EQ(codes(rig.change(order_id(walk_in), R"({"status":"AWAITING_PROCESSING"})", "*")), std::set<std::string>{"age_unknown"});
  EXPECT_EQ(rig.change(order_id(walk_in), R"({"status":"AWAITING_PROCESSING","age_check":"document"})", "*").status, 200);
}

TEST(OrderApi, Row65_GoesOnWithTheOpenOrderUnlessToldOtherwise) {
  OrderRig rig;
  const auto ann = rig.customer();
  const auto open = rig.place(of(ann));
  const auto resumed = rig.place(of(ann), "again");
  ASSERT_EQ(resumed.status, 200) << resumed.body;
  EXPECT_TRUE(json_of(resumed)["resumed"].as_bool());
  EXPECT_EQ(order_id(resumed), order_id(open));
  EXPECT_EQ(json_of(resumed)["order"].at("lines").at("p1").at("quantity").as_int64(), 4);
  EXPECT_EQ(rig.place(of(ann), "again").body, resumed.body);
  EXPECT_EQ(json_of(rig.send({"POST", "/api/v1/orders/validate", of(ann), {}, {}}))["resumes"].as_string(), order_id(open));
  const auto other = rig.place(of(ann, R"(,"resume":false)"));
  EXPECT_EQ(other.status, 201);
  EXPECT_NE(order_id(other), order_id(open));
}

TEST(OrderApi, AKioskPlacesAndSeesNothingOfWhatStaffWroteDown) {
  OrderRig rig;
  const auto ann = rig.customer();
  ASSERT_EQ(rig.place(of(ann, R"(,"notes":"likes tea")")).status, 201);
  const auto resumed = rig.place(of(ann), "kiosk", Role::kiosk);
  ASSERT_EQ(resumed.status, 200) << resumed.body;
  EXPECT_EQ(resumed.body.find("likes tea"), std::string::npos);
  EXPECT_TRUE(json_of(resumed)["order"].at("may_become").as_array().empty());
  EXPECT_EQ(rig.get("/api/v1/orders/" + order_id(resumed), Role::kiosk).status, 403);
  EXPECT_EQ(codes(rig.place(of(ann, R"(,"age_check":"document")"), "doc", Role::kiosk)), std::set<std::string>{"not_allowed"});
}

TEST(OrderApi, ALineIsPatchedLikeARecord) {
  OrderRig rig;
  const auto made = rig.place(of(rig.customer()));
  const auto changed = rig.change(order_id(made), R"({"lines":{"p1":{"quantity":5},"p2/3.5g":{"quantity":1}}})", "*");
  ASSERT_EQ(changed.status, 200) << changed.body;
  const auto body = json_of(changed);
  const auto& lines = body.at("order").at("lines").as_object();
  EXPECT_EQ(lines.at("p1").at("quantity").as_int64(), 5);
  EXPECT_EQ(lines.at("p1").at("category").as_string(), "flower");
  EXPECT_TRUE(lines.contains("p2/3.5g"));
  const auto removed = rig.change(order_id(made), R"({"lines":{"p1":null}})", "*");
  EXPECT_FALSE(json_of(removed)["order"].at("lines").as_object().contains("p1"));
}

}  // namespace
}  // namespace tillgate
