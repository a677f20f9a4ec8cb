// What an update does, and what it refuses.
#include "store/apply.hpp"

#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

TEST(Update, ChecksTheStateThatItsAuthorSaw) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada"));
  auto change = update(made.customer.id, Field::phone, "+15035550100", key_of("p-1"));
  change.if_match = made.etag;
  const auto changed = commit(*store, change);
  EXPECT_EQ(changed.seq, 2);
  EXPECT_NE(changed.etag, made.etag);

  auto late = update(made.customer.id, Field::phone, "+15035550111", key_of("p-2"));
  late.if_match = made.etag;
  auto outcome = run(*store, late);
  ASSERT_TRUE(outcome.has_value() && std::holds_alternative<StaleWrite>(*outcome));
  EXPECT_EQ(std::get<StaleWrite>(*outcome).current, changed.customer);
  EXPECT_EQ(std::get<StaleWrite>(*outcome).etag, changed.etag);
  EXPECT_EQ(figures(*store).ledger_rows, 2);

  // The repeat names a state that it replaced itself: the key decides before If-Match does.
  EXPECT_TRUE(commit(*store, change).is_replay);
}

TEST(Update, ARefusalHarmsNobodyElseInItsGroup) {
  World world;
  auto store = world.open();
  std::promise<void> all;
  std::vector<Result<CommandOutcome>> outcomes;
  const auto note = [&](Result<CommandOutcome> outcome) {
    outcomes.push_back(std::move(outcome));
    if (outcomes.size() == 4) all.set_value();
  };
  auto large = create("Large");
  for (std::size_t i = 0; i < 40; ++i) large.patch.tags_added.push_back("tag" + std::to_string(i) + std::string(2000, 't'));
  std::promise<void> go;
  auto gate = go.get_future().share();
  ASSERT_TRUE(store->ping_writer([gate] { gate.wait(); }));  // so that the four make one group
  ASSERT_TRUE(store->submit(create("Ada"), note));
  ASSERT_TRUE(store->submit(large, note));
  ASSERT_TRUE(store->submit(update(CustomerId{}, Field::first_name, "Nobody"), note));
  ASSERT_TRUE(store->submit(create("Bea"), note));
  go.set_value();
  ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  ASSERT_TRUE(outcomes[0].has_value() && outcomes[3].has_value());
  ASSERT_FALSE(outcomes[1].has_value());
  EXPECT_EQ(outcomes[1].error().code, Errc::invalid);
  EXPECT_TRUE(outcomes[1].error().what.starts_with("payload_too_large"));
  ASSERT_FALSE(outcomes[2].has_value());
  EXPECT_EQ(outcomes[2].error().code, Errc::not_found);
  EXPECT_EQ(std::get<Committed>(*outcomes[3]).seq, 2);
  EXPECT_EQ(figures(*store).customers, 2);
  EXPECT_TRUE(verify_chain(*world.raw(), 0).has_value());
}

TEST(Update, MoreTagsThanARecordCanHoldAreRefused) {
  World world;
  auto store = world.open();
  auto command = create("Ada");
  for (std::size_t i = 0; i < kTagsMax; ++i) command.patch.tags_added.push_back("t" + std::to_string(i));
  const auto made = commit(*store, command);
  UpdateCustomer more;
  more.id = made.customer.id;
  more.patch.tags_added = {"one-more"};
  auto outcome = run(*store, more);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Errc::invalid);
  more.patch.tags_removed = {"t0"};
  EXPECT_EQ(commit(*store, more).seq, 2);
}

TEST(Update, NamesItsAuthorInTheEnvelopeAndNotInThePayload) {
  World world;
  auto store = world.open();
  auto command = create("Ada");
  command.actor = Actor{"till-9", "p-4", "manager"};
  command.reason = "signup";
  command.correlation_id = "c-77";
  const auto made = commit(*store, command);
  auto change = change_at(*world.raw(), made.seq);
  ASSERT_TRUE(change.has_value() && change->has_value());
  const auto& envelope = (*change)->envelope;
  EXPECT_EQ(envelope.entity, "customer");
  EXPECT_EQ(envelope.kind, "create");
  EXPECT_EQ(envelope.source, "local");
  EXPECT_EQ(envelope.key, made.customer.id);
  EXPECT_EQ(envelope.terminal, "till-9");
  EXPECT_EQ(envelope.person, "p-4");
  EXPECT_EQ(envelope.role, "manager");
  EXPECT_EQ(envelope.reason, "signup");
  EXPECT_EQ(envelope.correlation_id, "c-77");
  EXPECT_TRUE(envelope.clock_confirmed);
  EXPECT_EQ(envelope.version, made.customer.newest());
}

}  // namespace
}  // namespace tillgate
