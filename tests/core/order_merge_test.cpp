#include "core/order_merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "core/order_text.hpp"
#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

using namespace orders;

OrderChange status_set(OrderStatus status, Version version, Version was = {}) {
  OrderChange change;
  change.fields.push_back({OrderField::status, std::string(name_of(status)), std::move(version), std::move(was)});
  return change;
}
OrderChange line_set(std::string_view product, std::optional<OrderLine> what, Version version, Version was = {}) {
  OrderChange change;
  change.lines.push_back({key(product), std::move(what), std::move(version), std::move(was)});
  return change;
}
Order merged(const std::vector<const OrderChange*>& changes) {
  Order order;
  for (const auto* change : changes) merge(order, *change);
  return order;
}

TEST(OrderMerge, TheHigherVersionOfALeafWins) {
  Order order;
  merge(order, status_set(OrderStatus::in_process, at(2)));
  merge(order, status_set(OrderStatus::awaiting_processing, at(1)));
  EXPECT_EQ(order.status(), OrderStatus::in_process);
  merge(order, status_set(OrderStatus::awaiting_processing, at(3), at(2)));
  EXPECT_EQ(order.status(), OrderStatus::awaiting_processing);
}

TEST(OrderMerge, LinesOfDifferentProductsBothStay) {
  Order order;
  merge(order, line_set("p1", line(1), at(1)));
  merge(order, line_set("p1/3.5g", line(2), at(1, "b")));
  EXPECT_EQ(order.line_count(), 2U);
}

TEST(OrderMerge, RemovingALineIsAWriteLikeAnyOther) {
  Order order;
  merge(order, line_set("p1", std::nullopt, at(3)));
  merge(order, line_set("p1", line(1), at(2)));
  EXPECT_EQ(order.line_count(), 0U);
  EXPECT_EQ(order.lines[key("p1")], (LineCell{std::nullopt, at(3)}));
  merge(order, line_set("p1", line(1), at(4)));
  EXPECT_EQ(order.line_count(), 1U);
}

TEST(OrderMerge, WhatIsFinalStaysWhateverTheClocksSay) {
  const auto completed = status_set(OrderStatus::completed, at(2, "a"), at(1)),
             late = status_set(OrderStatus::in_process, at(9, "b"), at(1)),
             canceled = status_set(OrderStatus::canceled, at(8, "c"), at(1)),
             removed = status_set(OrderStatus::removed, at(7, "c"), at(1));
  using Orders = std::vector<std::vector<const OrderChange*>>;
  for (const auto& order : Orders{{&completed, &late},
                                  {&late, &completed},
                                  {&completed, &canceled},
                                  {&canceled, &completed},
                                  {&removed, &late, &completed, &canceled}})
    EXPECT_EQ(merged(order)[OrderField::status], (Cell{"COMPLETED", at(2, "a")}));
  for (const auto& order : Orders{{&canceled, &late}, {&late, &canceled}, {&canceled, &removed}, {&removed, &canceled}})
    EXPECT_EQ(merged(order).status(), OrderStatus::canceled) << "of two that end it the later";
}

TEST(OrderMerge, ALateMoveOfAFinalOrderIsShownAsAConflict) {
  Order order;
  merge(order, status_set(OrderStatus::completed, at(2, "a")));
  const auto outcome = merge(order, status_set(OrderStatus::in_process, at(9, "b"), at(1)));
  EXPECT_FALSE(outcome.has_changed);
  ASSERT_EQ(outcome.conflicts.size(), 1U);
  EXPECT_EQ(outcome.conflicts[0], (Conflict{"status", "COMPLETED", "IN_PROCESS", at(2, "a"), at(9, "b")}));
}

TEST(OrderMerge, ConflictsNameTheLine) {
  Order order;
  merge(order, line_set("p1/3.5g", line(1), at(5, "a")));
  const auto outcome = merge(order, line_set("p1/3.5g", line(2), at(6, "b"), at(1)));
  ASSERT_EQ(outcome.conflicts.size(), 1U);
  EXPECT_EQ(outcome.conflicts[0],
            (Conflict{"lines.p1/3.5g", R"({"quantity":2})", R"({"quantity":1})", at(6, "b"), at(5, "a")}));
  EXPECT_TRUE(merge(order, line_set("p1/3.5g", line(2), at(7, "c"), at(6, "b"))).conflicts.empty());
}

TEST(OrderMerge, EqualVersionsKeepTheGreaterHash) {
  const std::string one = "\1" + line_text(line(1)), two = "\1" + line_text(line(2)), none("\0", 1);
  std::vector<std::pair<Digest, std::optional<OrderLine>>> ranked{
      {hash_of(one), line(1)}, {hash_of(two), line(2)}, {hash_of(none), std::nullopt}};
  for (const auto& first : ranked) {
    for (const auto& second : ranked) {
      Order order;
      merge(order, line_set("p1", first.second, at(1)));
      merge(order, line_set("p1", second.second, at(1)));
      EXPECT_EQ(order.lines[key("p1")].line, (first.first > second.first ? first : second).second);
    }
  }
}

TEST(OrderVersioned, LeavesOutWhatIsThereAlready) {
  Order order = order_in(OrderStatus::in_process);
  add(order, "p1", OrderLine{2, "Gummies", "edibles", 100, 500});
  order.lines[key("gone")] = LineCell{std::nullopt, at(1)};
  order.pos_links["treez"] = Cell{"T-1", at(1)};
  OrderPatch patch;
  patch.fields = {{OrderField::status, "IN_PROCESS"}, {OrderField::notes, std::nullopt}};
  LinePatch same;
  same.quantity = 2;
  same.category = "edibles";
  patch.lines = {{key("p1"), same}, {key("gone"), std::nullopt}, {key("never"), std::nullopt}};
  patch.pos_links = {{"treez", "T-1"}};
  EXPECT_TRUE(versioned(order, patch, at(2)).is_empty());
}

TEST(OrderVersioned, ALineKeepsWhatIsNotNamedAndSaysWhatItReplaced) {
  Order order = order_in(OrderStatus::in_process);
  add(order, "p1", OrderLine{2, "Gummies", "edibles", 100, 500}, at(1));
  add(order, "p2", line(1), at(2));
  OrderPatch patch;
  patch.fields = {{OrderField::notes, "fast"}};
  LinePatch more;
  more.quantity = 3;
  more.name = "";
  patch.lines = {{key("p1"), more}, {key("p2"), std::nullopt}, {key("p3"), LinePatch{1, {}, {}, {}, {}}}};
  patch.pos_links = {{"treez", "T-1"}};
  const OrderChange change = versioned(order, patch, at(9));
  EXPECT_EQ(change.fields, (std::vector<OrderWrite>{{OrderField::notes, "fast", at(9), {}}}));
  EXPECT_EQ(change.lines, (std::vector<LineWrite>{{key("p1"), OrderLine{3, "", "edibles", 100, 500}, at(9), at(1)},
                                                  {key("p2"), std::nullopt, at(9), at(2)},
                                                  {key("p3"), line(1), at(9), {}}}));
  EXPECT_EQ(change.pos_links, (std::vector<PosLinkWrite>{{"treez", "T-1", at(9), {}}}));
  merge(order, change);
  EXPECT_TRUE(versioned(order, patch, at(10)).is_empty()) << "the same patch again has nothing to do";
}

TEST(OrderMerge, TheNewestVersionOfAChangeIsThatOfAnyLeaf) {
  EXPECT_EQ(newest_in(OrderChange{}), Hlc{});
  OrderChange change = status_set(OrderStatus::in_process, at(3));
  EXPECT_EQ(newest_in(change), Hlc{3});
  change.lines.push_back({key("p1"), std::nullopt, at(5), {}});
  EXPECT_EQ(newest_in(change), Hlc{5});
  change.pos_links.push_back({"treez", "T-1", at(7), {}});
  EXPECT_EQ(newest_in(change), Hlc{7});
}

TEST(OrderMerge, AnyOrderAnyGroupingAnyNumberOfTimesGivesTheSame) {
  const std::uint64_t seed = 20261127;
  std::cout << "seed " << seed << "\n";
  Generator random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const OrderChange a = random.change(), b = random.change(), c = random.change();
    const Order expected = merged({&a, &b, &c});
    std::vector<const OrderChange*> order{&a, &b, &c};
    std::sort(order.begin(), order.end());
    do {
      ASSERT_EQ(merged(order), expected) << "commutative; seed " << seed << " round " << round;
    } while (std::next_permutation(order.begin(), order.end()));

    ASSERT_EQ(merged({&a, &b, &a, &c, &b, &c, &a}), expected) << "idempotent; seed " << seed << " round " << round;

    // Grouped as whole states: (a + b) + c and a + (b + c).
    Order left = merged({&a, &b}), right = merged({&a});
    merge(left, merged({&c}));
    merge(right, merged({&b, &c}));
    ASSERT_EQ(left, expected) << "associative; seed " << seed << " round " << round;
    ASSERT_EQ(right, expected) << "associative; seed " << seed << " round " << round;
    ASSERT_EQ(encode_order_state(left), encode_order_state(right))
        << "equal orders, equal bytes; seed " << seed << " round " << round;
  }
}

TEST(OrderMerge, SaysThatSomethingChangedExactlyWhenItDid) {
  const std::uint64_t seed = 20261128;
  std::cout << "seed " << seed << "\n";
  Generator random(seed);
  Order order;
  for (int round = 0; round < 20'000; ++round) {
    if (random.below(8) == 0) order = Order{};
    const Order before = order;
    const auto outcome = merge(order, random.change());
    ASSERT_EQ(outcome.has_changed, order != before) << "seed " << seed << " round " << round;
    for (const auto& conflict : outcome.conflicts)
      ASSERT_NE(conflict.kept, conflict.lost) << "seed " << seed << " round " << round;
  }
}

}  // namespace
}  // namespace tillgate
