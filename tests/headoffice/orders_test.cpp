// Orders at head office: after their customers, merged like them, and parked for nobody's sake.
#include <gtest/gtest.h>

#include "headoffice/unpark.hpp"
#include "tests/headoffice/desk.hpp"

namespace tillgate::test {
namespace {

const LineKey kGummies{"p1", ""};

VirtualStore::OrderFields placed_for(const CustomerId& customer) {
  return {{OrderField::customer, customer.text()},
          {OrderField::status, "AWAITING_PROCESSING"},
          {OrderField::amount, "1999"},
          {OrderField::store, "store-1"},
          {OrderField::placed_at, "2026-11-27T18:00:00.000Z"}};
}

TEST(HeadOfficeOrders, Row61_StandBehindTheirCustomersAndAreReadable) {
  Desk desk;
  VirtualStore store("acme", "store-1", 21);
  const auto ada = store.new_customer();
  const auto order = store.new_order();
  store.write(ada, {{Field::first_name, "Ada"}});
  store.write_order(order, placed_for(ada), {{kGummies, OrderLine{2, "Gummies", "edibles", 3500, 999}}});
  store.write_order(order, {{OrderField::status, "IN_PROCESS"}});
  for (Seq upto = 1; upto <= 3; ++upto) {  // however the batches are cut, no order is there before its customer
    EXPECT_EQ(desk.take(store, store.batch(upto, upto)).parked, 0);
    EXPECT_EQ(
        desk.value("SELECT count(*) FROM hq.orders o WHERE NOT EXISTS (SELECT 1 FROM hq.customers c WHERE c.id = o.customer)"),
        "0");
  }
  EXPECT_EQ(
      desk.sql("SELECT status, amount_cents, store, customer, lines->'p1'->>'quantity', first_store FROM hq.orders").front(),
      (std::vector<std::string>{"IN_PROCESS", "1999", "store-1", ada.text(), "2", "store-1"}));
}

TEST(HeadOfficeOrders, AreTheSameWhateverTheBatchesAndWhoCameFirst) {
  VirtualStore one("acme", "store-1", 22), two("acme", "store-2", 23);
  const auto ada = one.new_customer();
  const std::vector<OrderId> orders{one.new_order(), one.new_order(), one.new_order()};
  Random random(24);
  for (int i = 0; i < 40; ++i) {
    VirtualStore& who = random.below(2) == 0 ? one : two;
    const auto status = kOrderStatusNames[random.below(kOrderStatusNames.size())];
    auto fields = placed_for(ada);
    fields[1].second = std::string(status);
    who.write_order(orders[random.below(orders.size())], fields,
                    {{kGummies, OrderLine{1 + static_cast<std::int64_t>(random.below(9)), "", "", {}, {}}}});
  }
  const auto state_after = [&](const std::vector<const VirtualStore*>& order, bool one_by_one) {
    Desk desk;
    for (const VirtualStore* store : order) {
      if (!one_by_one) desk.take(*store, store->all());
      for (Seq seq = 1; one_by_one && seq <= store->head().seq; ++seq) desk.take(*store, store->batch(seq, seq));
    }
    return desk.sql("SELECT id, state, digest, fields FROM hq.order_state ORDER BY id");
  };
  const auto forwards = state_after({&one, &two}, false);
  EXPECT_EQ(forwards.size(), 3u);
  EXPECT_EQ(forwards, state_after({&two, &one}, false));
  EXPECT_EQ(forwards, state_after({&two, &one}, true));
}

TEST(HeadOfficeOrders, ADamagedOneParksItsChangesAndIsGoneOnWithOnceRepaired) {
  Desk desk;
  VirtualStore store("acme", "store-1", 25);
  const auto ada = store.new_customer();
  const auto order = store.new_order();
  store.write(ada, {{Field::first_name, "Ada"}});
  store.write_order(order, placed_for(ada));
  desk.take(store, store.all());
  (void)desk.sql("UPDATE hq.order_state SET state = replace(state, 'AWAITING', 'WAITING')");
  store.write_order(order, {{OrderField::status, "IN_PROCESS"}});
  store.write(ada, {{Field::last_name, "Byron"}});
  const Receipt receipt = desk.take(store, store.batch(3, 4));
  EXPECT_EQ(receipt.parked, 1);
  EXPECT_EQ(receipt.applied, 1);
  EXPECT_EQ(desk.value("SELECT park_code FROM hq.changes WHERE seq = 3"), "damaged");
}

TEST(HeadOfficeOrders, WhatAnOlderVersionParkedIsAppliedByItself) {
  Desk desk;
  VirtualStore store("acme", "store-1", 26);
  const auto ada = store.new_customer();
  store.write(ada, {{Field::first_name, "Ada"}});
  store.write_order(store.new_order(), placed_for(ada));
  desk.take(store, store.all());
  // As a head office without orders left it.
  (void)desk.sql("DELETE FROM hq.order_state");
  (void)desk.sql(
      "UPDATE hq.change_log SET state = 'parked', park_code = 'future_schema', park_reason = 'x', change_id = NULL WHERE seq = "
      "2");
  auto done = desk.database().run([&](Transaction& tx) -> Result<> {
    auto page = unpark(tx, desk.office(), {});
    if (!page) return fail(page.error());
    EXPECT_EQ(page->applied, 1);
    return {};
  });
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(desk.value("SELECT status FROM hq.orders"), "AWAITING_PROCESSING");
}

}  // namespace
}  // namespace tillgate::test
