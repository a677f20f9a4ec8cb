// What placing and moving orders does, once, and in which order it travels.
#include <gtest/gtest.h>

#include "core/order_text.hpp"
#include "tests/store/orders.hpp"

namespace tillgate {
namespace {

using namespace testing;

TEST(Order, Row60_IsPlacedForACustomerThatTheStoreKnows) {
  World world;
  auto store = world.open();
  const auto ada = customer(*store);
  const auto made = placed(*store, order(ada, {{"p1", 2}}, key_of("o-1")));
  EXPECT_EQ(made.seq, 2);
  EXPECT_TRUE(made.is_new);
  EXPECT_EQ(made.order.customer(), ada);
  EXPECT_EQ(made.order.status(), OrderStatus::awaiting_processing);
  EXPECT_EQ(made.order.text(OrderField::store), "store-7");
  EXPECT_EQ(made.order.text(OrderField::customer_type), "recreational");
  EXPECT_TRUE(made.order.time(OrderField::placed_at).has_value());
  EXPECT_EQ(made.etag, hash_of(encode_order_state(made.order)));

  EXPECT_EQ(codes_of(run(*store, order(CustomerId(uuid_v4({7})), {{"p1"}}))), Codes{"unknown_customer"});
  EXPECT_EQ(figures(*store).ledger_rows, 2);
}

TEST(Order, Row60_IsRefusedToWhoMayNotBuy) {
  World world;
  auto store = world.open();
  const auto ada = customer(*store);
  (void)commit(*store, update(ada, Field::status, "banned"));
  EXPECT_EQ(codes_of(run(*store, order(ada, {{"p1"}}))), Codes{"banned"});
  (void)commit(*store, update(ada, Field::status, "on_hold"));
  EXPECT_EQ(codes_of(run(*store, order(ada, {{"p1"}}))), Codes{"on_hold"});
  (void)commit(*store, update(ada, Field::status, "inactive"));
  EXPECT_TRUE(placed(*store, order(ada, {{"p1"}})).is_new);
}

TEST(Order, Row60_IsMedicalOnlyOnACardThatIsValid) {
  World world;
  auto store = world.open();
  const auto patient = customer(*store, "1990-01-01", "medical");
  EXPECT_EQ(placed(*store, fresh(order(patient, {{"p1"}}))).order.customer_type(), CustomerType::medical);
  (void)commit(*store, update(patient, Field::medical_expires, "2026-11-01"));
  EXPECT_EQ(placed(*store, fresh(order(patient, {{"p1"}}))).order.customer_type(), CustomerType::recreational);
  auto claimed = fresh(order(patient, {{"p1"}}));
  claimed.patch.set(OrderField::customer_type, "medical");
  EXPECT_EQ(codes_of(run(*store, claimed)), Codes{"not_medical"});
}

TEST(Order, SaysTheSameWhenRepeatedAndHasOneEffect) {
  World world;
  auto store = world.open();
  const auto ada = customer(*store);
  const auto place = order(ada, {{"p1", 2}}, key_of("o-1"));
  const auto first = placed(*store, place);
  const auto changed = placed(*store, move(first.order.id, OrderStatus::in_process, key_of("o-2")));
  EXPECT_NE(changed.etag, first.etag);
  const auto again = placed(*store, place);
  EXPECT_TRUE(again.is_replay);
  EXPECT_TRUE(again.is_new);
  EXPECT_EQ(again.order, first.order);
  EXPECT_EQ(again.etag, first.etag);
  EXPECT_EQ(again.recorded_at, first.recorded_at);
  EXPECT_EQ(placed(*store, move(first.order.id, OrderStatus::in_process, key_of("o-2"))).etag, changed.etag);
  EXPECT_EQ(figures(*store).ledger_rows, 3);
  auto other = place;
  other.key->request = hash_of("another");
  EXPECT_TRUE(std::holds_alternative<KeyReused>(*run(*store, other)));
}

TEST(Order, AnAnswerWithoutARowIsKept) {
  World world;
  auto store = world.open();
  const auto made = placed(*store, order({}, {{"p1"}}));  // a walk-in: waits for a document
  EXPECT_EQ(made.order.status(), OrderStatus::verification_pending);
  const auto stay = move(made.order.id, OrderStatus::verification_pending, key_of("stay"));
  EXPECT_EQ(placed(*store, stay).seq, made.seq);
  auto check = move(made.order.id, OrderStatus::awaiting_processing);
  check.patch.set(OrderField::age_check, "document");
  (void)placed(*store, check);
  const auto again = placed(*store, stay);  // without the kept answer this would be a way that no order goes
  EXPECT_TRUE(again.is_replay);
  EXPECT_EQ(again.etag, made.etag);
}

TEST(Order, Row62_GoesItsWayAndNoOther) {
  World world;
  auto store = world.open();
  const auto made = placed(*store, order(customer(*store), {{"p1"}}));
  const auto& id = made.order.id;
  auto outcome = run(*store, move(id, OrderStatus::completed));
  EXPECT_EQ(codes_of(outcome), Codes{"not_possible"});
  EXPECT_EQ(std::get<OrderRefused>(*outcome).status, OrderStatus::awaiting_processing);
  complete(*store, id);
  EXPECT_EQ(codes_of(run(*store, move(id, OrderStatus::canceled))), (Codes{"final", "fixed"})) << "nor is a reason added";
  const auto stored = **ask(*store, GetOrder{id});
  EXPECT_EQ(stored.order.status(), OrderStatus::completed);
  EXPECT_TRUE(stored.order.time(OrderField::completed_at).has_value());
  EXPECT_EQ(figures(*store).ledger_rows, 5);
}

TEST(Order, Row62_ChecksTheStateThatItsAuthorSaw) {
  World world;
  auto store = world.open();
  const auto made = placed(*store, order(customer(*store), {{"p1"}}));
  auto first = move(made.order.id, OrderStatus::in_process, key_of("a"));
  auto second = move(made.order.id, OrderStatus::in_process, key_of("b"));
  first.if_match = second.if_match = made.etag;
  const auto changed = placed(*store, first);
  auto outcome = run(*store, second);
  ASSERT_TRUE(outcome && std::holds_alternative<StaleOrder>(*outcome));
  EXPECT_EQ(std::get<StaleOrder>(*outcome).current, changed.order);
  EXPECT_EQ(std::get<StaleOrder>(*outcome).etag, changed.etag);
  EXPECT_TRUE(placed(*store, first).is_replay) << "the key decides before If-Match does";
  auto nobody = move(OrderId(uuid_v4({1})), OrderStatus::in_process);
  EXPECT_EQ(run(*store, nobody).error().code, Errc::not_found);
}

TEST(Order, Row65_GoesOnWithTheOneThatIsOpen) {
  World world;
  auto store = world.open();
  const auto ada = customer(*store), bea = customer(*store);
  const auto open = placed(*store, order(ada, {{"p1", 2}, {"p2", 1}}));
  (void)placed(*store, order(bea, {{"p1", 5}}));
  const auto more = order(ada, {{"p1", 1}, {"p3", 4}}, key_of("more"));
  const auto resumed = placed(*store, more);
  EXPECT_FALSE(resumed.is_new);
  EXPECT_EQ(resumed.order.id, open.order.id);
  EXPECT_EQ(resumed.order.lines.at({"p1", ""}).line->quantity, 3);
  EXPECT_EQ(resumed.order.lines.at({"p2", ""}).line->quantity, 1);
  EXPECT_EQ(resumed.order.lines.at({"p3", ""}).line->quantity, 4);
  const auto again = placed(*store, more);  // summing twice is summing twice
  EXPECT_TRUE(again.is_replay);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.etag, resumed.etag);
  EXPECT_TRUE(placed(*store, fresh(order(ada, {{"p1"}}))).is_new);
  (void)placed(*store, move(open.order.id, OrderStatus::in_process));
  const auto latest = placed(*store, order(ada, {{"p9"}}));
  EXPECT_NE(latest.order.id, open.order.id) << "nobody adds to what is being packed";
  EXPECT_TRUE(placed(*store, order({}, {{"p1"}})).is_new);
  EXPECT_TRUE(placed(*store, order({}, {{"p1"}})).is_new) << "walk-ins resume nothing";
}

// Row by row as it is sent: whose order it is has been sent before.
TEST(Order, Row61_NeverOvertakesItsCustomer) {
  World world;
  auto store = world.open();
  // Both wait in one group, the order before there is an answer for the customer: its id follows from the key.
  std::promise<void> all;
  std::vector<Result<CommandOutcome>> outcomes;
  const auto note = [&](Result<CommandOutcome> outcome) {
    outcomes.push_back(std::move(outcome));
    if (outcomes.size() == 4) all.set_value();
  };
  std::promise<void> go;
  auto gate = go.get_future().share();
  ASSERT_TRUE(store->ping_writer([gate] { gate.wait(); }));
  auto ada = create("Ada", key_of("ada")), bea = create("Bea", key_of("bea"));
  for (auto* one : {&ada, &bea}) one->patch.fields.emplace_back(Field::birthday, "1990-01-01");
  ASSERT_TRUE(store->submit(order(customer_id_of(*bea.key), {{"p1"}}, key_of("early")), note));
  ASSERT_TRUE(store->submit(ada, note));
  ASSERT_TRUE(store->submit(order(customer_id_of(*ada.key), {{"p1"}}, key_of("o-1")), note));
  ASSERT_TRUE(store->submit(bea, note));
  go.set_value();
  ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(codes_of(outcomes[0]), Codes{"unknown_customer"});
  ASSERT_TRUE(outcomes[2] && std::holds_alternative<OrderCommitted>(*outcomes[2]));
  (void)placed(*store, order(customer_id_of(*bea.key), {{"p1"}}, key_of("early")));  // refusals are not kept

  std::set<std::string> sent;
  int orders = 0;
  for (Seq after = 0; after < figures(*store).head.seq;) {
    const auto batch = read_batch(*store, after, 1);  // the link may break after any row
    const auto line_end = batch.body.find('\n');
    const auto envelope = decode_envelope(batch.body.substr(0, line_end));
    ASSERT_TRUE(envelope.has_value());
    const auto payload = decode_payload(batch.body.substr(line_end + 1, batch.body.size() - line_end - 2), *envelope);
    ASSERT_TRUE(payload.has_value());
    sent.insert(envelope->key.text());
    if (const auto* change = std::get_if<OrderChange>(&payload->body)) {
      for (const auto& write : change->fields) {
        if (write.field != OrderField::customer) continue;
        ++orders;
        EXPECT_TRUE(sent.contains(*write.value)) << "row " << envelope->seq;
      }
    }
    after = batch.header.last;
  }
  EXPECT_EQ(orders, 2);
}

}  // namespace
}  // namespace tillgate
