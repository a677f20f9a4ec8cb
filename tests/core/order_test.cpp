#include "core/order.hpp"

#include <gtest/gtest.h>

#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

using namespace orders;

TEST(OrderTable, FollowsTheEnumAndNamesAreUnique) {
  ASSERT_EQ(order_fields().size(), kOrderFieldCount);
  for (std::size_t i = 0; i < kOrderFieldCount; ++i) {
    const OrderFieldSpec& spec = order_fields()[i];
    EXPECT_EQ(static_cast<std::size_t>(spec.field), i);
    EXPECT_EQ(order_field_named(spec.name), spec.field) << spec.name;
    EXPECT_EQ(spec.kind == OrderFieldKind::choice, !spec.choices.empty()) << spec.name;
    EXPECT_GT(spec.chars_max, 0U);
  }
  EXPECT_FALSE(order_field_named("lines"));
  EXPECT_FALSE(order_field_named(""));
}

TEST(OrderTable, StatusesHaveTheirNames) {
  for (std::size_t i = 0; i < kOrderStatusNames.size(); ++i) {
    const auto status = static_cast<OrderStatus>(i);
    EXPECT_EQ(order_status_named(name_of(status)), status);
    EXPECT_EQ(is_final(status), i >= 5) << name_of(status);
  }
  EXPECT_FALSE(order_status_named("NEW"));
  EXPECT_FALSE(order_status_named("completed"));
  EXPECT_EQ(name_of(OrderStatus::out_for_delivery), "OUT_FOR_DELIVERY");
}

TEST(LineKey, IsAProductAndPerhapsAValueOfIt) {
  EXPECT_EQ(LineKey::from_text("42"), (LineKey{"42", ""}));
  EXPECT_EQ(LineKey::from_text("a-b.c:d/3.5g"), (LineKey{"a-b.c:d", "3.5g"}));
  EXPECT_EQ((LineKey{"42", "7"}).text(), "42/7");
  EXPECT_EQ(key(std::string(64, 'p') + "/" + std::string(64, 'v')).text().size(), 129U);
  for (const std::string text : {"", "/", "a/", "/b", "a/b/c", "a b", "a\n", "\u00fc", "a/ "})
    EXPECT_FALSE(LineKey::from_text(text)) << text;
  EXPECT_FALSE(LineKey::from_text(std::string(65, 'p')));
  EXPECT_FALSE(LineKey::from_text("p/" + std::string(65, 'v')));
}

TEST(Cents, HaveOneSpelling) {
  EXPECT_EQ(cents_from_text("0"), 0);
  EXPECT_EQ(cents_from_text("9999999999"), kCentsMax);
  for (const std::string text :
       {"", "00", "01", "-0", "-1", "+1", "1.0", " 1", "1 ", "10000000000", "99999999999999999999", "x"})
    EXPECT_FALSE(cents_from_text(text)) << text;
}

TEST(Order, CountsTheLinesThatAreThere) {
  Order order;
  add(order, "p1", line(1));
  order.lines[key("p2")] = LineCell{std::nullopt, at(3)};
  EXPECT_EQ(order.line_count(), 1U);
  EXPECT_EQ(order.newest(), at(3));
  order.pos_links["treez"] = Cell{"T-1", at(4)};
  EXPECT_EQ(order.newest(), at(4));
  set(order, OrderField::notes, "x", at(5));
  EXPECT_EQ(order.newest(), at(5));
}

TEST(Order, ReadsItsLeaves) {
  Order order;
  EXPECT_FALSE(order.status());
  EXPECT_FALSE(order.customer());
  EXPECT_FALSE(order.time(OrderField::placed_at));
  EXPECT_EQ(order.customer_type(), CustomerType::recreational);
  set(order, OrderField::status, "PACKED_READY");
  set(order, OrderField::customer, customer_id(7).text());
  set(order, OrderField::customer_type, "medical");
  set(order, OrderField::placed_at, "2026-11-27T18:00:00.000Z");
  EXPECT_EQ(order.status(), OrderStatus::packed_ready);
  EXPECT_EQ(order.customer(), customer_id(7));
  EXPECT_EQ(order.customer_type(), CustomerType::medical);
  EXPECT_EQ(ms_of(*order.time(OrderField::placed_at)), 1'795'802'400'000);
}

}  // namespace
}  // namespace tillgate
