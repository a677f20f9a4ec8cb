// What an erasure does to the orders of the customer.
#include <gtest/gtest.h>

#include <thread>

#include "store/order_record.hpp"
#include "store/scrub.hpp"
#include "tests/store/orders.hpp"

namespace tillgate {
namespace {

using namespace testing;

UpdateOrder noted(const OrderId& id, std::optional<std::string> notes) {
  UpdateOrder command;
  command.actor = kStaff;
  command.id = id;
  command.patch.set(OrderField::notes, std::move(notes));
  return command;
}
Erased erase(Store& store, const CustomerId& id) {
  auto outcome = run(store, erasing(id));
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().what + " | " + outcome.error().detail);
  return outcome && std::holds_alternative<Erased>(*outcome) ? std::get<Erased>(*outcome) : Erased{};
}
std::optional<StoredOrder> get(Store& store, const OrderId& id) {
  auto found = ask(store, GetOrder{id});
  EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().what + " | " + found.error().detail);
  return found ? *found : std::nullopt;
}
std::vector<std::string> findings(Store& store) {
  ScrubStep step{std::make_shared<Scrub>(3)};
  while (!*ask(store, step)) {
  }
  return step.scrub->report().findings;
}

TEST(OrderErase, Row35_WordsGoTotalsStayAndTheOrderCanStillBeRebuilt) {
  World world;
  auto store = world.open();
  const CustomerId ada = customer(*store), bea = customer(*store);
  const auto first = placed(*store, order(ada, {{"a", 2}}, key_of("o-1")));
  placed(*store, noted(first.order.id, "Canarynotes for the doorbell"));
  placed(*store, noted(first.order.id, std::nullopt));
  const auto second = placed(*store, fresh(order(ada, {{"b"}})));
  placed(*store, noted(second.order.id, "Canarysecond"));
  auto canceled = move(second.order.id, OrderStatus::canceled);
  canceled.patch.set(OrderField::reason, "Canaryreason");
  placed(*store, canceled);
  const auto quiet = placed(*store, fresh(order(ada, {{"c"}})));
  const auto others = placed(*store, order(bea, {{"d"}}));
  placed(*store, noted(others.order.id, "Otherwords"));
  const auto before = get(*store, first.order.id), untouched = get(*store, quiet.order.id);
  for (const std::string canary : {"Canarynotes", "Canarysecond", "Canaryreason"})
    EXPECT_NE(bytes_of_folder(world.dir.path()).find(canary), std::string::npos) << "the control: " << canary;

  erase(*store, ada);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (store->counters().wal_bytes > 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  const std::string bytes = bytes_of_folder(world.dir.path());
  EXPECT_EQ(bytes.find("Canary"), std::string::npos);
  EXPECT_NE(bytes.find("Otherwords"), std::string::npos);
  const auto after = get(*store, first.order.id);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->order.lines, before->order.lines);
  EXPECT_EQ(after->order.text(OrderField::amount), before->order.text(OrderField::amount));
  EXPECT_EQ(after->order.customer(), ada) << "the id of a tombstone, which says nothing";
  EXPECT_EQ(get(*store, second.order.id)->order.status(), OrderStatus::canceled);
  EXPECT_EQ(get(*store, second.order.id)->order.text(OrderField::reason), "");
  EXPECT_EQ(get(*store, quiet.order.id)->etag, untouched->etag) << "nobody had written words into this one";
  EXPECT_EQ(get(*store, others.order.id)->order.text(OrderField::notes), "Otherwords");
  EXPECT_EQ(findings(*store), std::vector<std::string>());
  // The request that placed it is still recognised.
  const auto again = placed(*store, order(ada, {{"a", 2}}, key_of("o-1")));
  EXPECT_TRUE(again.is_replay);
  EXPECT_EQ(again.order.id, first.order.id);

  // What travels now makes the same orders of nothing.
  Order rebuilt;
  rebuilt.id = first.order.id;
  auto raw = world.raw();
  for (Seq seq = 1; seq <= figures(*store).ledger_rows; ++seq) {
    if (blanked_at(*raw, seq)->has_value()) continue;
    const auto change = **change_at(*raw, seq);
    if (change.envelope.key == rebuilt.id) merge(rebuilt, std::get<OrderChange>(change.payload.body));
  }
  EXPECT_EQ(rebuilt, after->order);
  store.reset();
  EXPECT_TRUE(verify_chain(*world.raw(), 0).has_value());
}

TEST(OrderErase, AnOrderOfManyLinesIsSaidInParts) {
  World world;
  auto store = world.open();
  const CustomerId ada = customer(*store);
  std::vector<Goods> goods;
  for (std::size_t i = 0; i < kOrderLinesMax; ++i) goods.push_back({"p" + std::to_string(i), 1, 1, "snacks"});
  const auto large = placed(*store, order(ada, goods));
  placed(*store, noted(large.order.id, "Canarynotes"));
  erase(*store, ada);
  EXPECT_EQ(get(*store, large.order.id)->order.line_count(), kOrderLinesMax);
  EXPECT_EQ(findings(*store), std::vector<std::string>());
}

TEST(OrderErase, APayloadThatIsLostWithoutAnErasureIsNoticed) {
  World world;
  auto store = world.open();
  const auto made = placed(*store, order(customer(*store), {{"a"}}));
  placed(*store, noted(made.order.id, "words"));
  EXPECT_EQ(findings(*store), std::vector<std::string>());
  ASSERT_TRUE(world.raw()->execute("UPDATE ledger SET payload = NULL WHERE seq = 2").has_value());
  EXPECT_FALSE(findings(*store).empty());
}

}  // namespace
}  // namespace tillgate
