// The ledger as it is read, re-chained and verified.
#include "store/ledger.hpp"

#include <map>

#include "core/codec.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

// Every byte of a batch as the far side checks it.
void expect_valid(const UpBatch& batch) {
  auto changes = split(batch);
  ASSERT_TRUE(changes.has_value());
  EXPECT_EQ(static_cast<std::int64_t>(changes->size()), batch.header.count());
  auto digests = verify(batch.header, *changes);
  EXPECT_TRUE(digests.has_value());
}

TEST(Batch, NeverCrossesAnEpoch) {
  World world;
  std::vector<EpochRoot> roots;
  for (int life = 0; life < 3; ++life) {
    auto store = world.open();
    roots.push_back(store->opened().path.current());
    for (int i = 0; i < 4; ++i) commit(*store, create("Ada"));
  }
  auto store = world.open();
  Seq after = 0;
  for (int life = 0; life < 3; ++life) {
    const auto batch = read_batch(*store, after);
    expect_valid(batch);
    EXPECT_EQ(batch.header.count(), 4);
    EXPECT_EQ(batch.header.epoch, roots[static_cast<std::size_t>(life)].epoch);
    EXPECT_EQ(batch.header.root, roots[static_cast<std::size_t>(life)]);
    const auto tail = read_batch(*store, after + 1);
    expect_valid(tail);
    EXPECT_EQ(tail.header.count(), 3);
    EXPECT_FALSE(tail.header.root.has_value());
    after += 4;
  }
  EXPECT_EQ(read_batch(*store, 12).header.count(), 0);
  ReadBatch beyond;
  beyond.after = 13;
  EXPECT_EQ(ask(*store, beyond).error().code, Errc::not_found);
}

TEST(Batch, KeepsItsLimitsAndTakesAtLeastOneChange) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 10; ++i) commit(*store, create("Ada"));
  EXPECT_EQ(read_batch(*store, 0, 3).header.last, 3);
  EXPECT_EQ(read_batch(*store, 0, 500, 10).header.last, 1);
  const auto some = read_batch(*store, 0, 500, 3000);
  EXPECT_GE(some.header.last, 2);
  EXPECT_LT(some.header.last, 10);
  EXPECT_LE(some.body.size(), 3000u);
  expect_valid(some);
}

TEST(Rechain, GivesTheSameRowsANewPlaceAndNothingElse) {
  World world;
  std::vector<EpochRoot> roots;
  std::vector<LedgerChange> before;
  for (int life = 0; life < 3; ++life) {
    auto store = world.open();
    roots.push_back(store->opened().path.current());
    for (int i = 0; i < 4; ++i) commit(*store, create("Ada" + std::to_string(i)));
  }
  for (Seq seq = 1; seq <= 12; ++seq) before.push_back(**change_at(*world.raw(), seq));
  auto store = world.open();
  ASSERT_TRUE(ack(*store, position(*store, 7)).has_value());
  const Position root = position(*store, 6);
  auto outcome = run(*store, Rechain{root});
  ASSERT_TRUE(outcome.has_value());
  const auto fresh = std::get<Rechained>(*outcome).root;
  EXPECT_EQ(fresh.replaces, roots[1].epoch);
  EXPECT_EQ(fresh.after, root);
  EXPECT_EQ(ask(*store, ReadFeed{})->cursor, root);  // it stood on a digest that is gone

  const auto batch = read_batch(*store, 6);
  expect_valid(batch);
  EXPECT_EQ(batch.header.epoch, fresh.epoch);
  EXPECT_EQ(batch.header.root, fresh);
  EXPECT_EQ(batch.header.last, 12);
  commit(*store, create("Bea"));
  EXPECT_EQ(read_batch(*store, 12).header.epoch, fresh.epoch);
  store.reset();
  {
    auto db = world.raw();
    EXPECT_TRUE(verify_chain(*db, 0).has_value());
    for (Seq seq = 1; seq <= 12; ++seq) {
      auto now = **change_at(*db, seq);
      const auto& was = before[static_cast<std::size_t>(seq - 1)];
      EXPECT_EQ(now.envelope.epoch, seq <= 4 ? roots[0].epoch : seq <= 6 ? roots[1].epoch : fresh.epoch);
      now.envelope.epoch = was.envelope.epoch;
      EXPECT_EQ(now.envelope, was.envelope);
      EXPECT_EQ(now.payload, was.payload);
      EXPECT_EQ(now.prior, was.prior);
    }
  }
  store = world.open();
  const auto& path = store->opened().path.roots();
  ASSERT_EQ(path.size(), 4u);  // the third life lost all its rows
  EXPECT_EQ(path[0], roots[0]);
  EXPECT_EQ(path[1], roots[1]);
  EXPECT_EQ(path[2], fresh);
  EXPECT_EQ(path[3].replaces, fresh.epoch);
}

TEST(Rechain, SaysNowAndThenThatItComesRound) {
  World world;
  std::atomic<int> signs{0};
  world.options.on_progress = [&] { ++signs; };
  auto store = world.open();
  for (int i = 0; i < 450; ++i) commit(*store, create("Ada"));
  EXPECT_EQ(signs, 0);
  ASSERT_TRUE(run(*store, Rechain{Position{}}).has_value());
  EXPECT_EQ(signs, 3) << "one per 200 rows: a long ledger must not look like a writer that hangs";
}

TEST(Rechain, AtTheHeadOnlyDrawsANewEpoch) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  const Position head = position(*store, 1);
  auto outcome = run(*store, Rechain{head});
  ASSERT_TRUE(outcome.has_value());
  const auto fresh = std::get<Rechained>(*outcome).root;
  const auto empty = read_batch(*store, 1);
  EXPECT_EQ(empty.header.count(), 0);
  EXPECT_EQ(empty.header.root, fresh);
  commit(*store, create("Bea"));
  expect_valid(read_batch(*store, 1));
  EXPECT_EQ(read_batch(*store, 1).header.root, fresh);
  EXPECT_EQ(read_batch(*store, 0).header.last, 1);
}

TEST(Rechain, FromTheVeryBeginning) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 500; ++i) commit(*store, create("Ada"));
  auto outcome = run(*store, Rechain{Position{}});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_FALSE(std::get<Rechained>(*outcome).root.replaces.has_value());
  expect_valid(read_batch(*store, 0));
  EXPECT_EQ(read_batch(*store, 0).header.root, std::get<Rechained>(*outcome).root);
  store.reset();
  EXPECT_EQ(world.open()->opened().path.roots().size(), 2u);
  EXPECT_TRUE(verify_chain(*world.raw(), 0).has_value());
}

TEST(Rechain, RefusesARootThatIsNotOurs) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  EXPECT_EQ(run(*store, Rechain{Position{1, Digest{}}}).error().code, Errc::conflict);
  EXPECT_EQ(run(*store, Rechain{Position{7, Digest{}}}).error().code, Errc::conflict);
  commit(*store, create("Bea"));
  EXPECT_EQ(read_batch(*store, 0).header.last, 2);
}

TEST(Chain, HoldsAfterRandomWork) {
  const std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  World world;
  std::map<CustomerId, Customer> model;
  std::vector<CustomerId> ids;
  for (int life = 0; life < 4; ++life) {
    auto store = world.open();
    for (int i = 0; i < 120; ++i) {
      world.clock.advance(milliseconds(random() % 1000));
      const auto dice = random() % 10;
      if (ids.empty() || dice < 3) {
        const auto made = commit(*store, create("N" + std::to_string(random() % 50)));
        ids.push_back(made.customer.id);
        model[made.customer.id] = made.customer;
      } else {
        UpdateCustomer change;
        change.id = ids[random() % ids.size()];
        if (dice < 7) change.patch.fields = {{Field::first_name, "M" + std::to_string(random() % 3)}};
        if (dice == 7) change.patch.consent = {{Purpose::sms, random() % 2 == 0}};
        if (dice == 8) change.patch.tags_added = {"t" + std::to_string(random() % 4)};
        if (dice == 9) change.patch.tags_removed = {"t" + std::to_string(random() % 4)};
        model[change.id] = commit(*store, change).customer;
      }
    }
    const auto head = figures(*store).head.seq;
    if (life == 2) {
      const auto root = static_cast<Seq>(random() % static_cast<std::uint64_t>(head));
      ASSERT_TRUE(run(*store, Rechain{position(*store, root)}).has_value());
    }
  }
  {
    auto db = world.raw();
    EXPECT_TRUE(verify_chain(*db, 0).has_value());
    EXPECT_EQ(*db->text_of("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(*db->integer_of("SELECT count(*) FROM customers"), *db->integer_of("SELECT max(customers) FROM ledger"));
  }
  auto store = world.open();
  auto db = world.raw();
  for (const auto& [id, customer] : model) {
    auto found = ask(*store, GetCustomer{id});
    ASSERT_TRUE(found.has_value() && found->has_value());
    EXPECT_EQ((*found)->customer, customer);
    auto rebuilt = customer_at(*db, id, (*found)->last_seq);
    ASSERT_TRUE(rebuilt.has_value());
    EXPECT_EQ(*rebuilt, customer);  // the ledger alone gives the same record
  }
  Seq after = 0;
  while (true) {
    const auto batch = read_batch(*store, after, 50);
    expect_valid(batch);
    if (batch.header.count() == 0) break;
    after = batch.header.last;
  }
  EXPECT_EQ(after, figures(*store).head.seq);
}

}  // namespace
}  // namespace tillgate
