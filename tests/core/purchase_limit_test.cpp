#include "core/purchase_limit.hpp"

#include <gtest/gtest.h>

#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

using namespace orders;

constexpr Timestamp kNow = timestamp_from_ms(1'790'000'000'000);
constexpr std::chrono::hours kDay{24};

PurchaseLimit limit(std::int64_t grams, std::set<std::string> categories = {"flower"}, int days = 0) {
  return {"limit", grams * 1000, std::move(categories), std::nullopt, days};
}
Order buying(std::int64_t quantity, std::int64_t grams_each, std::string category = "flower") {
  Order order;
  order.id = order_id(1);
  add(order, "p1", line(quantity, std::move(category), grams_each * 1000));
  return order;
}
std::vector<LimitViolation> judge(const PurchaseLimit& one, const Order& order,
                                  const PurchaseHistory& history = {{}, {}, kNow}) {
  return violations(std::span(&one, 1), order, history);
}

// An earlier order of `customer` over so many grams, completed so long ago.
Order bought(std::uint8_t id, CustomerId customer, std::int64_t grams, Timestamp completed_at) {
  Order order = order_in(OrderStatus::completed);
  order.id = order_id(id);
  set(order, OrderField::customer, customer.text());
  set(order, OrderField::completed_at, to_text(completed_at));
  add(order, "old", line(1, "flower", grams * 1000));
  return order;
}

TEST(PurchaseLimit, EqualIsAllowedAndMoreIsNot) {
  EXPECT_TRUE(judge(limit(18), buying(9, 2)).empty()) << "18 g, allowed are 18 g";
  const auto found = judge(limit(4), buying(3, 2));
  ASSERT_EQ(found.size(), 1U) << "6 g, allowed are 4 g";
  EXPECT_EQ(found[0], (LimitViolation{"limit", 4'000, 6'000, {"p1"}, {}}));
  Order just_over = buying(9, 2);
  add(just_over, "p2", line(1, "flower", 1));
  EXPECT_EQ(judge(limit(18), just_over).size(), 1U) << "one milligram";
}

TEST(PurchaseLimit, SumsOverItsCategoriesAlone) {
  Order order = buying(2, 2, "flower");
  add(order, "p2/3.5g", line(1, "edibles", 3'000));
  add(order, "p2/7g", line(1, "edibles", 3'000));
  add(order, "p3", line(100, "pipes", 500'000));
  add(order, "p4", line(100, "", 500'000));
  order.lines[key("p5")] = LineCell{std::nullopt, at(1)};
  EXPECT_TRUE(judge(limit(4, {"flower"}), order).empty());
  EXPECT_TRUE(judge(limit(10, {"flower", "edibles"}), order).empty());
  EXPECT_EQ(judge(limit(9, {"flower", "edibles"}), order),
            (std::vector<LimitViolation>{{"limit", 9'000, 10'000, {"p1", "p2"}, {}}}));
}

TEST(PurchaseLimit, ALineWithoutWeightWeighsNothing) {
  Order order;
  add(order, "p1", line(1000, "flower"));
  EXPECT_TRUE(judge(limit(1), order).empty());
  add(order, "p2", line(2, "flower", 1'000));
  EXPECT_EQ(judge(limit(1), order)[0].product_ids, std::vector<std::string>{"p2"});
}

TEST(PurchaseLimit, AppliesToOneTypeOfCustomerWhereItSaysSo) {
  PurchaseLimit one = limit(4);
  one.only_for = CustomerType::medical;
  Order order = buying(3, 2);
  EXPECT_TRUE(judge(one, order).empty());
  set(order, OrderField::customer_type, "medical");
  EXPECT_EQ(judge(one, order).size(), 1U);
}

TEST(PurchaseLimit, EachLimitThatIsExceededIsNamed) {
  const std::array limits{limit(1), limit(100), limit(2)};
  EXPECT_EQ(violations(limits, buying(3, 2), {{}, {}, kNow}).size(), 2U);
}

TEST(PurchaseLimit, OfNonsenseIsNotSound) {
  EXPECT_TRUE(is_sound(limit(1)));
  EXPECT_TRUE(is_sound(limit(1, {"a"}, kLimitDaysMax)));
  for (const PurchaseLimit& one :
       {limit(0), limit(-1), limit(1, {}), limit(1, {""}), limit(1, {"a"}, -1), limit(1, {"a"}, kLimitDaysMax + 1)})
    EXPECT_FALSE(is_sound(one));
  PurchaseLimit nameless = limit(1);
  nameless.name.clear();
  EXPECT_FALSE(is_sound(nameless));
}

TEST(RollingLimit, CountsWhatOnePersonBoughtUnderAnyOfTheirRecords) {
  const std::array person{customer_id(1), customer_id(2)};
  const std::array orders{bought(11, customer_id(1), 10, kNow - kDay), bought(12, customer_id(2), 10, kNow - 2 * kDay),
                          bought(13, customer_id(3), 10, kNow - kDay)};
  const PurchaseHistory history{person, orders, kNow};
  EXPECT_TRUE(judge(limit(26, {"flower"}, 30), buying(3, 2), history).empty());
  EXPECT_EQ(judge(limit(25, {"flower"}, 30), buying(3, 2), history),
            (std::vector<LimitViolation>{{"limit", 25'000, 26'000, {"p1"}, {order_id(11), order_id(12)}}}));
  EXPECT_TRUE(judge(limit(25, {"flower"}, 0), buying(3, 2), history).empty()) << "an order alone";
  EXPECT_TRUE(judge(limit(25, {"flower"}, 30), buying(3, 2), {std::span(person).first(1), orders, kNow}).empty());
  EXPECT_TRUE(judge(limit(25, {"flower"}, 30), buying(3, 2), {{}, orders, kNow}).empty()) << "a walk-in has no history";
}

TEST(RollingLimit, TheWindowRollsOn) {
  const std::array person{customer_id(1)};
  for (const auto& [age, is_counted] : {std::pair{milliseconds(0), true},
                                        {milliseconds(kDay * 30) - milliseconds(1), true},
                                        {milliseconds(kDay * 30), false},
                                        {milliseconds(kDay * -1), true}}) {
    const std::array orders{bought(11, customer_id(1), 10, kNow - age)};
    EXPECT_EQ(judge(limit(10, {"flower"}, 30), buying(1, 1), {person, orders, kNow}).size(), is_counted ? 1U : 0U)
        << age.count();
  }
}

TEST(RollingLimit, WhatWasCanceledOrRemovedDoesNotCountAndWhatIsOpenDoes) {
  const std::array person{customer_id(1)};
  for (std::size_t i = 0; i < kOrderStatusNames.size(); ++i) {
    std::array orders{bought(11, customer_id(1), 10, kNow - 400 * kDay)};
    set(orders[0], OrderField::status, std::string(kOrderStatusNames[i]));
    const bool is_open = i < 5;
    EXPECT_EQ(judge(limit(10, {"flower"}, 30), buying(1, 1), {person, orders, kNow}).size(), is_open ? 1U : 0U)
        << kOrderStatusNames[i];
  }
}

TEST(RollingLimit, ACompletedOrderWithoutTheTimeCounts) {
  const std::array person{customer_id(1)};
  std::array orders{bought(11, customer_id(1), 10, kNow)};
  orders[0][OrderField::completed_at] = Cell{};
  EXPECT_EQ(judge(limit(10, {"flower"}, 30), buying(1, 1), {person, orders, kNow}).size(), 1U);
  set(orders[0], OrderField::placed_at, to_text(kNow - 31 * kDay));
  EXPECT_TRUE(judge(limit(10, {"flower"}, 30), buying(1, 1), {person, orders, kNow}).empty());
}

TEST(RollingLimit, TheOrderItselfAndDoublesCountOnce) {
  const std::array person{customer_id(1)};
  const std::array orders{bought(1, customer_id(1), 6, kNow), bought(11, customer_id(1), 4, kNow),
                          bought(11, customer_id(1), 4, kNow)};
  EXPECT_TRUE(judge(limit(10, {"flower"}, 30), buying(3, 2), {person, orders, kNow}).empty());
  EXPECT_EQ(judge(limit(9, {"flower"}, 30), buying(3, 2), {person, orders, kNow})[0].actual_mg, 10'000);
}

TEST(RollingLimit, WhoHasBoughtEnoughMayStillBuyOtherThings) {
  const std::array person{customer_id(1)};
  const std::array orders{bought(11, customer_id(1), 100, kNow)};
  EXPECT_TRUE(judge(limit(10, {"flower"}, 30), buying(1, 1, "pipes"), {person, orders, kNow}).empty());
}

TEST(RollingLimit, AHistoryWithoutEndDoesNotWrapAround) {
  const std::array person{customer_id(1)};
  std::vector<Order> orders;
  for (std::uint8_t n = 2; n < 5; ++n) {
    orders.push_back(bought(n, customer_id(1), 0, kNow));
    add(orders.back(), "old", line(1, "flower", std::numeric_limits<std::int64_t>::max() / 2));
  }
  EXPECT_EQ(judge(limit(10, {"flower"}, 30), buying(1, 1), {person, orders, kNow}).size(), 1U);
}

TEST(PurchaseLimit, TellsTheCashierInGrams) {
  const FieldFault fault = fault_of({"flower", 4'000, 6'050, {"p1"}, {}});
  EXPECT_EQ(fault, (FieldFault{"lines", "over_limit", "flower: 6.05 g, allowed are 4 g."}));
  EXPECT_EQ(fault_of({"flower", 28'500, 30'000, {"p1"}, {order_id(2)}}).sentence,
            "flower: 30 g with earlier purchases, allowed are 28.5 g.");
}

}  // namespace
}  // namespace tillgate
