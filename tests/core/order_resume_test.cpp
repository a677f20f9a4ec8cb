#include "core/order_resume.hpp"

#include <gtest/gtest.h>

#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

using namespace orders;

Order open_order(std::uint8_t id, CustomerId customer, std::int64_t placed_ms, std::string store = "store-7") {
  Order order = order_in(OrderStatus::awaiting_processing, store);
  order.id = order_id(id);
  set(order, OrderField::customer, customer.text());
  set(order, OrderField::placed_at, to_text(timestamp_from_ms(placed_ms)));
  return order;
}
OrderPatch wanting(std::string_view product, std::int64_t quantity) {
  OrderPatch patch;
  LinePatch line;
  line.quantity = quantity;
  patch.lines = {{key(product), line}};
  return patch;
}

TEST(Resume, TakesTheLatestOpenOrderOfThePersonInThisStore) {
  const std::array person{customer_id(1), customer_id(2)};
  std::vector<Order> orders{open_order(1, customer_id(1), 1000), open_order(2, customer_id(2), 3000),
                            open_order(3, customer_id(1), 2000), open_order(4, customer_id(3), 9000),
                            open_order(5, customer_id(1), 9000, "store-8")};
  const Order* found = resumable(orders, person, "store-7");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, order_id(2));
  EXPECT_EQ(resumable(orders, std::span(person).first(1), "store-7")->id, order_id(3));
  EXPECT_EQ(resumable(orders, {}, "store-7"), nullptr);
  EXPECT_EQ(resumable(orders, person, "store-9"), nullptr);
  orders.push_back(open_order(6, customer_id(1), 3000));
  EXPECT_EQ(resumable(orders, person, "store-7")->id, order_id(6)) << "placed at once, the greater id, wherever it stands";
  std::reverse(orders.begin(), orders.end());
  EXPECT_EQ(resumable(orders, person, "store-7")->id, order_id(6));
}

TEST(Resume, OnlyWhatAwaitsProcessing) {
  const std::array person{customer_id(1)};
  for (std::size_t i = 0; i < kOrderStatusNames.size(); ++i) {
    std::array orders{open_order(1, customer_id(1), 1000)};
    set(orders[0], OrderField::status, std::string(kOrderStatusNames[i]));
    EXPECT_EQ(resumable(orders, person, "store-7") != nullptr, i == 1) << kOrderStatusNames[i];
  }
}

TEST(Resume, AWalkInsOrderIsNobodys) {
  std::array orders{open_order(1, customer_id(1), 1000)};
  orders[0][OrderField::customer] = Cell{std::nullopt, at(2)};
  const std::array person{customer_id(1), CustomerId{}};
  EXPECT_EQ(resumable(orders, person, "store-7"), nullptr);
}

TEST(Resume, SumsEqualProductsAndAddsTheOthers) {
  Order open = open_order(1, customer_id(1), 1000);
  add(open, "p1", OrderLine{2, "Old name", "flower", 1000, 500});
  add(open, "p2", line(1));
  open.lines[key("gone")] = LineCell{std::nullopt, at(1)};
  OrderPatch create = wanting("p1", 3);
  create.lines[0].second->name = "New name";
  create.lines.push_back(wanting("gone", 4).lines[0]);
  create.lines.push_back(wanting("p1/3.5g", 5).lines[0]);
  const Resumption resumption = resume(open, create);
  EXPECT_TRUE(resumption.faults.empty());
  merge(open, versioned(open, resumption.patch, at(9)));
  EXPECT_EQ(open.lines[key("p1")].line, (OrderLine{5, "New name", "flower", 1000, 500}));
  EXPECT_EQ(open.lines[key("p2")].line, line(1));
  EXPECT_EQ(open.lines[key("gone")].line, line(4));
  EXPECT_EQ(open.lines[key("p1/3.5g")].line, line(5));
}

TEST(Resume, KeepsWhoseTheOrderIsAndAddsNotesAndAmounts) {
  Order open = open_order(1, customer_id(1), 1000);
  set(open, OrderField::notes, "ring twice");
  set(open, OrderField::amount, "1000");
  OrderPatch create = wanting("p1", 1);
  create.fields = {{OrderField::customer, customer_id(2).text()},
                   {OrderField::status, "VERIFICATION_PENDING"},
                   {OrderField::kind, "delivery"},
                   {OrderField::store, "store-9"},
                   {OrderField::notes, "no bag"},
                   {OrderField::amount, "250"},
                   {OrderField::cart, "c-2"},
                   {OrderField::number, std::nullopt}};
  const Resumption resumption = resume(open, create);
  EXPECT_TRUE(resumption.faults.empty());
  EXPECT_EQ(resumption.patch.fields,
            (std::vector<std::pair<OrderField, std::optional<std::string>>>{
                {OrderField::amount, "1250"}, {OrderField::notes, "ring twice\nno bag"}, {OrderField::cart, "c-2"}}));
  EXPECT_EQ(*resume(open_order(1, customer_id(1), 1), create).patch.find(OrderField::notes), "no bag");
  create.set(OrderField::notes, "ring twice");
  EXPECT_EQ(*resume(open, create).patch.find(OrderField::notes), "ring twice") << "said twice is said once";
}

TEST(Resume, BoundsHoldForTheSum) {
  Order open = open_order(1, customer_id(1), 1000);
  add(open, "p1", line(kQuantityMax - 1));
  set(open, OrderField::amount, std::to_string(kCentsMax));
  set(open, OrderField::notes, std::string(3'990, 'n'));
  EXPECT_TRUE(resume(open, wanting("p1", 1)).faults.empty());
  OrderPatch create = wanting("p1", 2);
  create.fields = {{OrderField::amount, "1"}, {OrderField::notes, std::string(10, 'm')}};
  std::vector<std::string> codes;
  for (const auto& fault : resume(open, create).faults) codes.push_back(fault.field + ":" + fault.code);
  EXPECT_EQ(codes, (std::vector<std::string>{"notes:too_long", "amount_cents:out_of_range", "lines.p1.quantity:out_of_range"}));
  for (std::size_t i = 1; i < kOrderLinesMax; ++i) add(open, "q" + std::to_string(i), line(1));
  EXPECT_TRUE(resume(open, wanting("q1", 1)).faults.empty());
  ASSERT_EQ(resume(open, wanting("q0", 1)).faults.size(), 1U);
  EXPECT_EQ(resume(open, wanting("q0", 1)).faults[0].code, "too_many");
}

}  // namespace
}  // namespace tillgate
