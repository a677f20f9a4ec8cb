// Age and limits, judged where an order is committed; and what is read of orders.
#include <gtest/gtest.h>

#include <set>

#include "store/order_record.hpp"
#include "tests/store/orders.hpp"

namespace tillgate {
namespace {

using namespace testing;

constexpr std::int64_t kDayMs = 24 * 3600 * 1000;

// A world whose clock says noon of this day, in a store whose calendar is two hours behind UTC.
struct Calendar : World {
  explicit Calendar(const std::string& noon) {
    clock.system_ms = ms_of(*timestamp_from_text(noon));
    options.day_of = [](Timestamp at) {
      const auto local = at - std::chrono::hours(2);
      return Day(std::chrono::floor<std::chrono::days>(std::chrono::sys_time<milliseconds>(local.time_since_epoch())));
    };
  }
};

TEST(OrderAge, Row64_HoldsOnTheBirthdayItselfByTheCalendarOfTheStore) {
  for (const auto& [now, is_old_enough] : {std::pair{"2027-03-15T01:59:00Z", false}, std::pair{"2027-03-15T02:01:00Z", true}}) {
    Calendar world(now);
    auto store = world.open();
    const auto id = customer(*store, "2006-03-15");
    if (is_old_enough) {
      EXPECT_EQ(placed(*store, order(id, {{"p1"}})).order.status(), OrderStatus::awaiting_processing) << now;
    } else {
      EXPECT_EQ(codes_of(run(*store, order(id, {{"p1"}}))), Codes{"too_young"}) << now;
      auto insisting = order(id, {{"p1"}});
      insisting.patch.set(OrderField::age_check, "document");
      EXPECT_EQ(codes_of(run(*store, insisting)), Codes{"too_young"}) << "the record is corrected first";
    }
  }
}

TEST(OrderAge, Row64_WhoWasBornOn29FebruaryIsOlderOn1MarchWhereThereIsNone) {
  Calendar before("2027-02-28T12:00:00Z");
  auto store = before.open();
  EXPECT_EQ(codes_of(run(*store, order(customer(*store, "2006-03-01"), {{"p1"}}))), Codes{"too_young"});
  Calendar leap("2029-02-28T12:00:00Z");  // born 2008-02-29, 21 in 2029, which has no such day
  auto later = leap.open();
  EXPECT_EQ(codes_of(run(*later, order(customer(*later, "2008-02-29"), {{"p1"}}))), Codes{"too_young"});
  Calendar march("2029-03-01T12:00:00Z");
  auto last = march.open();
  EXPECT_TRUE(placed(*last, order(customer(*last, "2008-02-29"), {{"p1"}})).is_new);
}

TEST(OrderAge, Row64_IsAsConfiguredAndAnotherForMedicalCustomers) {
  World world;
  world.options.sale_rules.age = {.minimum = 30, .minimum_medical = 18};
  auto store = world.open();
  EXPECT_EQ(codes_of(run(*store, order(customer(*store, "2000-01-01"), {{"p1"}}))), Codes{"too_young"});
  EXPECT_TRUE(placed(*store, order(customer(*store, "2000-01-01", "medical"), {{"p1"}})).is_new);
}

TEST(OrderAge, Row64_UnknownWaitsForStaffWhoLookAtADocument) {
  World world;
  auto store = world.open();
  const auto id = customer(*store, "");
  const auto made = placed(*store, order(id, {{"p1"}}));
  EXPECT_EQ(made.order.status(), OrderStatus::verification_pending);
  EXPECT_EQ(codes_of(run(*store, move(made.order.id, OrderStatus::awaiting_processing))), Codes{"age_unknown"});
  auto insisting = fresh(order(id, {{"p1"}}));
  insisting.patch.set(OrderField::status, "AWAITING_PROCESSING");
  EXPECT_EQ(codes_of(run(*store, insisting)), Codes{"age_unknown"});
  auto kiosk = fresh(order(id, {{"p1"}}));
  kiosk.actor.role = "kiosk";
  kiosk.patch.set(OrderField::age_check, "document");
  EXPECT_EQ(codes_of(run(*store, kiosk)), Codes{"not_allowed"});
  auto checked = move(made.order.id, OrderStatus::awaiting_processing);
  checked.patch.set(OrderField::age_check, "document");
  EXPECT_EQ(placed(*store, checked).order.status(), OrderStatus::awaiting_processing);
}

TEST(OrderAge, Row64_IsAskedAgainWhenItIsCompleted) {
  World world;
  auto store = world.open();
  const auto id = customer(*store);
  const auto made = placed(*store, order(id, {{"p1"}}));
  for (const auto to : {OrderStatus::in_process, OrderStatus::packed_ready}) (void)placed(*store, move(made.order.id, to));
  (void)commit(*store, update(id, Field::birthday, "2015-01-01"));  // somebody had typed it wrong
  EXPECT_EQ(codes_of(run(*store, move(made.order.id, OrderStatus::completed))), Codes{"too_young"});
  EXPECT_TRUE(placed(*store, move(made.order.id, OrderStatus::canceled, {}, "manager")).order.status() ==
              OrderStatus::canceled);
}

struct Limited : World {
  Limited() {
    options.sale_rules.limits = {
        {"flower", 18'000, {"flower"}, {}, 0}, {"edibles", 4'000, {"edibles"}, {}, 0}, {"month", 28'000, {"flower"}, {}, 30}};
  }
};

TEST(OrderLimit, Row63_EqualPassesMoreDoesNot) {
  Limited world;
  auto store = world.open();
  const auto id = customer(*store);
  auto outcome = run(*store, order(id, {{"p1", 6, 1000, "edibles"}, {"p2", 18}}));
  EXPECT_EQ(codes_of(outcome), Codes{"over_limit"});
  const auto& limits = std::get<OrderRefused>(*outcome).limits;
  ASSERT_EQ(limits.size(), 1u);
  EXPECT_EQ(limits[0], (LimitViolation{"edibles", 4'000, 6'000, {"p1"}, {}}));
  EXPECT_TRUE(placed(*store, order(id, {{"p1", 4, 1000, "edibles"}, {"p2", 18}})).is_new);
}

TEST(OrderLimit, Row63_CountsWhatThePersonHadBefore) {
  Limited world;
  auto store = world.open();
  const auto ada = customer(*store), bea = customer(*store);
  const auto first = placed(*store, order(ada, {{"p1", 18}}));
  complete(*store, first.order.id);
  auto outcome = run(*store, order(ada, {{"p1", 11}}));
  EXPECT_EQ(codes_of(outcome), Codes{"over_limit"});
  EXPECT_EQ(std::get<OrderRefused>(*outcome).limits[0], (LimitViolation{"month", 28'000, 29'000, {"p1"}, {first.order.id}}));
  EXPECT_TRUE(placed(*store, order(bea, {{"p1", 11}})).is_new) << "another person's history is another's";
  EXPECT_TRUE(placed(*store, order(ada, {{"p1", 10}})).is_new);
  const auto open = placed(*store, order(ada, {{"p2", 1, 0}}));
  EXPECT_FALSE(open.is_new);
  world.clock.advance(milliseconds(31 * kDayMs));
  EXPECT_EQ(codes_of(run(*store, fresh(order(ada, {{"p1", 18, 1100}})))), (Codes{"over_limit", "over_limit"}));
  EXPECT_EQ(codes_of(run(*store, fresh(order(ada, {{"p1", 18}, {"p2", 1, 500}})))), (Codes{"over_limit", "over_limit"}))
      << "an open order counts whatever its age";
  (void)placed(*store, move(open.order.id, OrderStatus::canceled, {}, "manager"));
  EXPECT_TRUE(placed(*store, fresh(order(ada, {{"p1", 18}}))).is_new) << "what is a month old and what was canceled do not";
}

TEST(OrderLimit, Row63_CountsWhatThePersonHadUnderAnotherRecord) {
  Limited world;
  auto store = world.open();
  const auto ada = customer(*store), double_of_ada = customer(*store);
  const auto first = placed(*store, order(ada, {{"p1", 18}}));
  EXPECT_TRUE(placed(*store, fresh(order(double_of_ada, {{"p1", 10}}))).is_new);
  const auto joined = run(*store, MergeCustomers{kStaff, {}, ada, double_of_ada, {}, "", ""});
  ASSERT_TRUE(joined && std::holds_alternative<PersonChanged>(*joined));
  auto outcome = run(*store, fresh(order(double_of_ada, {{"p1", 1}})));
  EXPECT_EQ(codes_of(outcome), Codes{"over_limit"});
  EXPECT_EQ(std::get<OrderRefused>(*outcome).limits[0].actual_mg, 29'000);
  EXPECT_EQ(ask(*store, OrdersOf{{ada, double_of_ada}, "", 50})->orders.size(), 2u);
  const auto resumed = placed(*store, order(double_of_ada, {{"p2", 1, 0}}));
  EXPECT_FALSE(resumed.is_new) << "an open order of the person is gone on with, under whichever record it was placed";
  EXPECT_EQ(first.order.customer(), ada);
}

TEST(OrderLimit, Row63_HoldsForChangesAndForWhatIsAddedToAnOpenOrder) {
  Limited world;
  auto store = world.open();
  const auto id = customer(*store);
  const auto open = placed(*store, order(id, {{"p1", 10}}));
  EXPECT_EQ(codes_of(run(*store, order(id, {{"p1", 9}}))), Codes{"over_limit"}) << "10 and 9 are one order of 19";
  UpdateOrder more;
  more.actor = kStaff;
  more.id = open.order.id;
  more.patch.lines.emplace_back(LineKey{"p1", ""}, LinePatch{19, {}, {}, {}, {}});
  EXPECT_EQ(codes_of(run(*store, more)), Codes{"over_limit"});
  more.patch.lines.back().second->quantity = 18;
  (void)placed(*store, more);
  // A limit that was set since holds where the goods are handed over.
  for (const auto to : {OrderStatus::in_process, OrderStatus::packed_ready}) (void)placed(*store, move(open.order.id, to));
  store.reset();
  world.options.sale_rules.limits[0].max_mg = 17'999;
  store = world.open();
  EXPECT_EQ(codes_of(run(*store, move(open.order.id, OrderStatus::completed))), Codes{"over_limit"});
}

TEST(OrderLimit, Row63_TwoTillsAtOnceCannotBothPass) {
  Limited world;
  auto store = world.open();
  const auto id = customer(*store);
  std::promise<void> go, all;
  auto gate = go.get_future().share();
  std::vector<Result<CommandOutcome>> outcomes;
  ASSERT_TRUE(store->ping_writer([gate] { gate.wait(); }));
  for (int till = 0; till < 4; ++till) {
    auto one = fresh(order(id, {{"p" + std::to_string(till), 14}}));
    ASSERT_TRUE(store->submit(one, [&](Result<CommandOutcome> outcome) {
      outcomes.push_back(std::move(outcome));
      if (outcomes.size() == 4) all.set_value();
    }));
  }
  go.set_value();
  ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(std::holds_alternative<OrderCommitted>(*outcomes[0]));
  EXPECT_TRUE(std::holds_alternative<OrderCommitted>(*outcomes[1]));
  EXPECT_EQ(codes_of(outcomes[2]), Codes{"over_limit"});
  EXPECT_EQ(codes_of(outcomes[3]), Codes{"over_limit"});
}

// What is answered beforehand is what committing says.
TEST(OrderLimit, Row63_IsToldBeforehandWithoutWriting) {
  Limited world;
  auto store = world.open();
  const auto id = customer(*store);
  const auto open = placed(*store, order(id, {{"p1", 10}}));
  TryOrder tried;
  tried.store = world.options.store;
  tried.actor = kStaff;
  tried.rules = world.options.sale_rules;
  tried.at = {Day{std::chrono::year(2026) / 11 / 23}, timestamp_from_ms(world.clock.system_ms)};
  for (const std::int64_t quantity : {8, 9}) {
    const auto command = order(id, {{"p1", quantity}});
    tried.patch = command.patch;
    const auto answer = *ask(*store, tried);
    EXPECT_EQ(answer.resumes, open.order.id);
    EXPECT_EQ(answer.verdict.faults.empty(), quantity == 8);
    if (quantity == 9) {
      EXPECT_EQ(std::get<OrderRefused>(*run(*store, command)).faults, answer.verdict.faults);
    }
  }
  EXPECT_EQ(figures(*store).ledger_rows, 2);
}

TEST(OrderQueries, Row60_APersonsHistoryIsReadPageByPageTheOpenOnesFirst) {
  World world;
  auto store = world.open();
  const auto ada = customer(*store), old = customer(*store), bea = customer(*store);
  std::vector<OrderId> ended;
  for (int i = 0; i < 5; ++i) {
    world.clock.advance(milliseconds(1000));
    const auto made = placed(*store, fresh(order(i % 2 == 0 ? ada : old, {{"p1"}})));
    world.clock.advance(milliseconds(1000));
    complete(*store, made.order.id);
    ended.insert(ended.begin(), made.order.id);
  }
  (void)placed(*store, order(bea, {{"p1"}}));
  const auto open = placed(*store, order(old, {{"p1"}}));
  std::vector<OrderId> expected{open.order.id}, seen;
  expected.insert(expected.end(), ended.begin(), ended.end());
  OrdersOf query{{ada, old}, "", 2};
  do {
    const auto page = *ask(*store, query);
    ASSERT_LE(page.orders.size(), 2u);
    for (const auto& stored : page.orders) seen.push_back(stored.order.id);
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  EXPECT_EQ(seen, expected);
  EXPECT_TRUE(ask(*store, OrdersOf{{}, "", 2})->orders.empty());
  for (const char* foreign : {"x", "o8000000000000001", "p8000000000000001-800000000000000G"})
    EXPECT_EQ(ask(*store, OrdersOf{{ada}, foreign, 2}).error().code, Errc::invalid) << foreign;
  EXPECT_EQ(ask(*store, OrdersOf{{ada}, "", 201}).error().code, Errc::invalid);
  EXPECT_EQ(ask(*store, OrdersOf{std::vector<CustomerId>(257), "", 2}).error().code, Errc::invalid);
}

TEST(OrderQueries, TheQueueIsReadByStateInOrderOfArrival) {
  World world;
  auto store = world.open();
  std::vector<OrderId> all, waiting;
  for (int i = 0; i < 7; ++i) {
    const auto made = placed(*store, order(customer(*store), {{"p1"}}));
    all.push_back(made.order.id);
    if (i % 3 == 0)
      (void)placed(*store, move(made.order.id, OrderStatus::in_process));
    else
      waiting.push_back(made.order.id);
  }
  const auto read = [&](std::optional<OrderStatus> status) {
    std::vector<OrderId> seen;
    ListOrders query{status, "", 2};
    do {
      const auto page = *ask(*store, query);
      for (const auto& stored : page.orders) seen.push_back(stored.order.id);
      query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
    return seen;
  };
  EXPECT_EQ(read({}), all);
  EXPECT_EQ(read(OrderStatus::awaiting_processing), waiting);
  EXPECT_EQ(read(OrderStatus::in_process).size(), 3u);
  EXPECT_TRUE(read(OrderStatus::removed).empty());
  EXPECT_EQ(ask(*store, ListOrders{{}, "c8000000000000001", 2}).error().code, Errc::invalid);
}

TEST(OrderQueries, ReadNoMoreThanTheirIndexHolds) {
  World world;
  auto store = world.open();
  store.reset();
  auto db = world.raw();
  const auto plan = [&](const char* sql) {
    std::string text;
    auto rows = db->prepare(sql);
    while (*rows.step()) text += std::string(rows.text(3)) + "\n";
    return text;
  };
  EXPECT_EQ(plan("EXPLAIN QUERY PLAN SELECT state FROM orders INDEXED BY orders_customer WHERE customer = x'00' AND"
                 " (settled_at, n) < (1, 1) ORDER BY settled_at DESC, n DESC LIMIT 3"),
            "SEARCH orders USING INDEX orders_customer (customer=? AND settled_at<?)\n");
  EXPECT_EQ(plan("EXPLAIN QUERY PLAN SELECT state FROM orders INDEXED BY orders_status WHERE status = 1 AND n > 5 ORDER BY n"
                 " LIMIT 3"),
            "SEARCH orders USING INDEX orders_status (status=? AND rowid>?)\n");
  EXPECT_EQ(plan("EXPLAIN QUERY PLAN SELECT state FROM orders INDEXED BY orders_customer WHERE customer = x'00' AND"
                 " settled_at > 5 LIMIT 3"),
            "SEARCH orders USING INDEX orders_customer (customer=? AND settled_at>?)\n");
}

TEST(OrderRow, ADamagedOneIsAnErrorOnReading) {
  World world;
  auto store = world.open();
  const auto made = placed(*store, order(customer(*store), {{"p1"}}));
  for (const char* damage :
       {"UPDATE orders SET status = 5", "UPDATE orders SET settled_at = 7", "UPDATE orders SET customer = NULL",
        "UPDATE orders SET state = replace(state, 'p1', 'p2')", "UPDATE orders SET updated_at = 1"}) {
    auto db = world.raw();
    ASSERT_TRUE(db->execute("CREATE TEMP TABLE kept AS SELECT * FROM orders").has_value());
    ASSERT_TRUE(db->execute(damage).has_value());
    EXPECT_EQ(ask(*store, GetOrder{made.order.id}).error().code, Errc::corrupt) << damage;
    ASSERT_TRUE(db->execute("DELETE FROM orders; INSERT INTO orders SELECT * FROM kept").has_value());
  }
  EXPECT_TRUE(ask(*store, GetOrder{made.order.id}).has_value());
}

}  // namespace
}  // namespace tillgate
