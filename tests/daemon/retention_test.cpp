// Customers are forgotten by policy: with a clock of the test's own, over the real store.
#include "daemon/retention.hpp"

#include <gtest/gtest.h>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

constexpr std::chrono::hours kYear{24 * 365};

class RetentionRun : public ::testing::Test {
 protected:
  std::string add(const std::string& name, const std::string& more = "") {
    const std::string body = R"({"birthday":"1984-02-29","first_name":")" + name + R"(","last_name":"Of )" + name + "\"" + more + "}";
    const auto made = rig.send({"POST", "/api/v1/customers", body, {{"idempotency-key", name}, {"prefer", "allow-duplicate"}}, {}});
    EXPECT_EQ(made.status, 201) << made.body;
    return id_of(made);
  }
  std::string order(const std::string& customer) {
    const auto made = rig.send({"POST", "/api/v1/orders", R"({"customer":")" + customer + R"(","amount_cents":1250,"notes":"for Zq7CANARY","lines":{"p1":{"quantity":1}}})", {{"idempotency-key", "o" + customer}}, {}});
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(json_of(made).at("order").at("id").as_string());
  }
  int status_of(const std::string& id) { return rig.send({"GET", "/api/v1/customers/" + id, {}, {}, {}}).status; }
  // As on a day so long after now; until the run is over.
  void run(Duration later) {
    Retention retention(rig.io(), rig.gateway(), [later] { return utc_now() + std::chrono::duration_cast<milliseconds>(later); });
    retention.begin();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (rig.gateway().retention.is_running && std::chrono::steady_clock::now() < deadline) rig.turn();
    EXPECT_FALSE(rig.gateway().retention.is_running);
  }
  GatewayRig rig{[](Config& config) { config.storage.forget_customers_after = 3 * kYear; }};
};

TEST_F(RetentionRun, Row37_ForgetsWhoWasNotSeenAndKeepsTheBooks) {
  rig.gateway().link.is_clock_confirmed = true;
  const auto ada = add("Ada"), eve = add("Eve");
  const auto bought = order(ada);
  for (const char* status : {"IN_PROCESS", "PACKED_READY", "COMPLETED"}) {
    const Call move{"PATCH", "/api/v1/orders/" + bought, R"({"status":")" + std::string(status) + R"(","reason":"done"})", {{"idempotency-key", status}, {"if-match", "*"}}, {}};
    const auto moved = rig.send(move);
    ASSERT_EQ(moved.status, 200) << moved.body;
  }
  run(2 * kYear);
  EXPECT_EQ(status_of(ada), 200);
  EXPECT_EQ(status_of(eve), 200);
  run(3 * kYear + std::chrono::hours(24));
  EXPECT_EQ(status_of(ada), 410);
  EXPECT_EQ(status_of(eve), 410);
  EXPECT_EQ(rig.gateway().retention.erased, 2);
  const auto kept = rig.send({"GET", "/api/v1/orders/" + bought, {}, {}, {}});
  ASSERT_EQ(kept.status, 200);
  EXPECT_EQ(json_of(kept).at("order").at("amount_cents").as_int64(), 1250) << "what it was worth stays";
  EXPECT_EQ(kept.body.find("CANARY"), std::string::npos);
}

TEST_F(RetentionRun, Row37_KeepsWhoIsStillWanted) {
  rig.gateway().link.is_clock_confirmed = true;
  const auto open = add("Open"), banned = add("Banned", R"(,"status":"banned")"), held = add("Held", R"(,"status":"on_hold")"), plain = add("Plain");
  order(open);
  run(10 * kYear);
  EXPECT_EQ(status_of(open), 200) << "an order waits for them";
  EXPECT_EQ(status_of(banned), 200);
  EXPECT_EQ(status_of(held), 200);
  EXPECT_EQ(status_of(plain), 410);
}

TEST_F(RetentionRun, Row37_AClockThatNobodyConfirmedForgetsNobody) {
  const auto ada = add("Ada");
  run(100 * kYear);
  EXPECT_EQ(status_of(ada), 200);
}

TEST_F(RetentionRun, Row37_GoesOnPageByPage) {
  rig.gateway().link.is_clock_confirmed = true;
  for (int i = 0; i < 450; ++i) add("C" + std::to_string(i), R"(,"status":"banned")");
  const auto last = add("Last");
  run(10 * kYear);
  EXPECT_EQ(status_of(last), 410);
  EXPECT_EQ(rig.gateway().retention.erased, 1);
}

TEST(RetentionOff, Row37_ForgetsNobodyUnlessItIsConfigured) {
  GatewayRig rig;
  rig.gateway().link.is_clock_confirmed = true;
  const auto made = rig.create(R"({"first_name":"Ada","last_name":"Lovelace"})", "k1");
  Retention retention(rig.io(), rig.gateway(), [] { return utc_now() + std::chrono::hours(24 * 36500); });
  retention.begin();
  EXPECT_FALSE(rig.gateway().retention.is_running);
  EXPECT_EQ(rig.send({"GET", "/api/v1/customers/" + id_of(made), {}, {}, {}}).status, 200);
  EXPECT_EQ(json_of(rig.send({"GET", "/api/v1/retention", {}, {}, {}}, Role::manager)).at("forget_customers_after_days").is_null(), true);
}

}  // namespace
}  // namespace tillgate
