#include "headoffice/intake.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/headoffice/desk.hpp"
#include "tests/headoffice/instance.hpp"

namespace tillgate::test {
namespace {

VirtualStore store_with(int changes, std::uint64_t seed = 1, const std::string& name = "store-1") {
  VirtualStore store("acme", name, seed);
  for (int i = 0; i < changes; ++i) store.write(store.new_customer(), {{Field::first_name, "Ada " + std::to_string(i)}});
  return store;
}

TEST(Intake, MigratesConnectsAndAcksWhatIsCommitted) {
  Database1 database;
  Instance office(database.name);
  ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  const VirtualStore store = store_with(3);
  ASSERT_TRUE(office.post(store, store.all()));
  ASSERT_TRUE(eventually([&] { return office.has_acked(store.head()); }));
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.changes"), "3");
}

TEST(Intake, TwoInstancesMigrateOneDatabaseAtTheSameTime) {
  for (int round = 0; round < 3; ++round) {
    Database1 database;
    Instance one(database.name), two(database.name);
    ASSERT_TRUE(eventually([&] { return one.is_up() && two.is_up(); }));
    EXPECT_EQ(database.value("SELECT count(*) = count(DISTINCT digest) AND count(*) > 1 FROM hq.migration"), "t");
    EXPECT_EQ(database.value("SELECT count(*) FROM hq.ho_epoch"), "1");
  }
}

TEST(Intake, AGapThatClosesInTimeIsNeverTold) {
  Database1 database;
  Instance office(database.name);
  ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  const VirtualStore store = store_with(6);
  ASSERT_TRUE(office.post(store, store.batch(5, 6)));
  ASSERT_TRUE(office.post(store, store.batch(3, 4)));
  ASSERT_TRUE(eventually([&] { return office.intake().waiting().put_aside == 2; }));
  ASSERT_TRUE(office.post(store, store.batch(1, 2)));
  ASSERT_TRUE(eventually([&] { return office.has_acked(store.head()); }));
  for (const Ack& ack : office.acks()) EXPECT_FALSE(ack.has_gap);
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.changes"), "6");
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.incidents WHERE kind IN ('gap', 'unknown_epoch')"), "0");
}

TEST(Intake, AGapThatStaysIsToldOnceForAllThatWaitsBehindIt) {
  Database1 database;
  IntakeLimits limits = Instance::quick();
  limits.put_aside.patience = milliseconds(300);
  Instance office(database.name, limits);
  ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  const VirtualStore store = store_with(6);
  ASSERT_TRUE(office.post(store, store.batch(1, 2)));
  ASSERT_TRUE(office.post(store, store.batch(4, 4)));
  ASSERT_TRUE(office.post(store, store.batch(5, 6)));
  ASSERT_TRUE(eventually([&] { return office.ack_count() == 2 && office.intake().waiting().put_aside == 0; }));
  EXPECT_TRUE(office.acks()[1].has_gap);
  EXPECT_EQ(office.acks()[1].upto, store.position(2));
}

TEST(Intake, ACleanGapClosesWhenAnotherInstanceAppliesWhatIsMissing) {
  Database1 database;
  Instance one(database.name), two(database.name);
  ASSERT_TRUE(eventually([&] { return one.is_up() && two.is_up(); }));
  const VirtualStore store = store_with(4);
  ASSERT_TRUE(one.post(store, store.batch(3, 4)));
  ASSERT_TRUE(eventually([&] { return one.intake().waiting().put_aside == 1; }));
  ASSERT_TRUE(two.post(store, store.batch(1, 2)));
  EXPECT_TRUE(eventually([&] { return one.has_acked(store.head()); }));
}

TEST(Intake, TwoInstancesRacingTheSameBatchesApplyEachOnce) {
  constexpr std::uint64_t kSeed = 20261122;
  std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed));
  Database1 database;
  Instance one(database.name), two(database.name);
  ASSERT_TRUE(eventually([&] { return one.is_up() && two.is_up(); }));
  // Two stores write the same 30 people, so that customers collide as well as batches.
  VirtualStore left("acme", "left", kSeed), right("acme", "right", kSeed + 1);
  Random random(kSeed);
  std::vector<CustomerId> people;
  for (int i = 0; i < 30; ++i) people.push_back(left.new_customer());
  constexpr Seq kRows = 240, kPerBatch = 6;
  for (Seq i = 0; i < kRows; ++i) {
    for (VirtualStore* store : {&left, &right})
      store->write(people[random.below(people.size())],
                   {{random.below(2) == 0 ? Field::first_name : Field::notes, "v" + std::to_string(random.below(1000))}});
  }
  const auto send_all = [&](Instance& to, bool is_reversed) {
    for (Seq first = 1; first <= kRows; first += kPerBatch) {
      const VirtualStore& a = is_reversed ? right : left;
      const VirtualStore& b = is_reversed ? left : right;
      for (const VirtualStore* store : {&a, &b}) {
        // A full mailbox drops: the sender comes again.
        if (!eventually([&] { return to.post(*store, store->batch(first, first + kPerBatch - 1)); })) ADD_FAILURE();
      }
    }
  };
  std::thread first([&] { send_all(one, false); }), second([&] { send_all(two, true); });
  first.join();
  second.join();
  ASSERT_TRUE(eventually([&] {
    return (one.has_acked(left.head()) || two.has_acked(left.head())) &&
           (one.has_acked(right.head()) || two.has_acked(right.head()));
  })) << one.metrics();
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.changes WHERE state = 'applied'"), std::to_string(2 * kRows));
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.changes"), std::to_string(2 * kRows));
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.incidents WHERE kind = 'fork'"), "0");

  // The customers are what one receiver makes of the same batches in peace.
  Desk desk;
  desk.take(left, left.all());
  desk.take(right, right.all());
  const std::string states = "SELECT id, state FROM hq.customer_state ORDER BY id";
  EXPECT_EQ(Postgres::instance().sql(database.name, states), desk.sql(states));
}

TEST(Intake, PostgreSqlRestartedInTheMiddleLosesNothingThatWasAcked) {
  Database1 database;
  Instance office(database.name);
  ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  VirtualStore store = store_with(40);
  store.connect();
  ASSERT_TRUE(office.intake().post_status(store.status(), false));
  for (Seq first = 1; first <= 20; first += 2) ASSERT_TRUE(office.post(store, store.batch(first, first + 1)));
  ASSERT_TRUE(eventually([&] { return office.has_acked(store.position(20)); }));

  Postgres::instance().stop(SIGINT);
  ASSERT_TRUE(office.post(store, store.batch(21, 22)));  // dropped, without an ack
  ASSERT_TRUE(eventually([&] { return !office.is_up(); }));
  const std::size_t acks_before = office.ack_count();
  store.connect();
  ASSERT_TRUE(office.intake().post_status(store.status(), false));  // kept: nobody says it twice
  Postgres::instance().start();
  ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  // A session begins with our position, which is how the sender learns where to go on.
  ASSERT_TRUE(eventually([&] { return office.ack_count() > acks_before; }));
  EXPECT_EQ(office.acks()[acks_before].upto, store.position(20));

  ASSERT_TRUE(office.post(store, store.batch(21, 40)));
  ASSERT_TRUE(eventually([&] { return office.has_acked(store.head()); }));
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.changes WHERE state = 'applied'"), "40");
}

TEST(Intake, AStatusIsAnsweredWithThePositionAndSoIsOurOwnReconnection) {
  Database1 database;
  Instance office(database.name);
  ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  VirtualStore store = store_with(2);
  ASSERT_TRUE(office.post(store, store.all()));
  ASSERT_TRUE(office.intake().post_status(store.connect(), false));
  ASSERT_TRUE(eventually([&] { return office.ack_count() == 2; }));
  ASSERT_TRUE(office.intake().post_connected());
  ASSERT_TRUE(eventually([&] { return office.ack_count() == 3; }));
  for (const Ack& ack : office.acks()) EXPECT_EQ(ack.upto, store.head());
}

TEST(Intake, AFullMailboxDropsBatchesAndStillTakesAStatus) {
  IntakeLimits limits = Instance::quick();
  limits.batches = 2;
  limits.bytes = 100;
  // Nobody listens there, so the thread takes nothing for as long as it waits between attempts.
  Metrics metrics;
  std::atomic<int> acks{0};
  IntakeEvents events;
  events.ack = [&](OrgId, Ack) { ++acks; };
  events.database = [](bool) {};
  events.give_up = [](int, std::string) {};
  Intake intake("postgresql://nobody@127.0.0.1:1/none", limits, metrics, events);
  const VirtualStore store = store_with(1);
  EXPECT_FALSE(intake.post_batch(store.key(), std::string(101, 'x'), ""));
  EXPECT_NE(metrics.render().find("tillgate_hq_batches_dropped_total{why=\"full\"} 1\n"), std::string::npos) << metrics.render();
  // However many come: no more than have room, and they keep no status out.
  for (int i = 0; i < 50; ++i) (void)intake.post_batch(store.key(), "x", "");
  EXPECT_FALSE(intake.post_batch(store.key(), "x", ""));
  EXPECT_TRUE(intake.post_status(store.status(), false));
  EXPECT_EQ(acks, 0);
}

TEST(Intake, GarbageIsRefusedRecordedAndNeverAcked) {
  Database1 database;
  Instance office(database.name);
  ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  const StoreKey store{OrgId{"acme"}, StoreId{"store-1"}};
  ASSERT_TRUE(office.intake().post_batch(store, "rubbish", ""));
  ASSERT_TRUE(office.intake().post_batch(store, "rubbish", "zstd"));
  ASSERT_TRUE(eventually([&] { return office.metrics().find("{why=\"bad\"} 2") != std::string::npos; }));
  ASSERT_TRUE(eventually([&] { return database.value("SELECT count FROM hq.incidents WHERE kind = 'bad_batch'") == "2"; }));
  EXPECT_EQ(office.ack_count(), 0u);
}

TEST(Intake, ADatabaseOfANewerProgramStopsTheProcessForGood) {
  Database1 database;
  {
    Instance office(database.name);
    ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  }
  (void)Postgres::instance().sql(database.name, "INSERT INTO hq.migration (name, digest) VALUES ('9999_later.sql', '')");
  Instance old(database.name);
  ASSERT_TRUE(eventually([&] { return old.gave_up_with() != 0; }));
  EXPECT_EQ(old.gave_up_with(), 78);
  EXPECT_FALSE(old.is_up());
}

TEST(Intake, AQueryIsAnsweredOrRefusedButNeverForgotten) {
  Database1 database;
  std::atomic<int> answers{0};
  {
    Instance office(database.name);
    ASSERT_TRUE(eventually([&] { return office.is_up(); }));
    const Intake::Read read = [](Transaction&) -> Result<std::string> { return std::string("fine"); };
    ASSERT_TRUE(
        office.intake().query(read, [&](Result<std::string> answer) { answers += answer && *answer == "fine" ? 1 : 100; }));
    const Intake::Read missing = [](Transaction&) -> Result<std::string> { return fail(Errc::not_found, "none"); };
    ASSERT_TRUE(office.intake().query(
        missing, [&](Result<std::string> answer) { answers += !answer && answer.error().code == Errc::not_found ? 1 : 100; }));
    ASSERT_TRUE(eventually([&] { return answers == 2; }));
  }
  EXPECT_EQ(answers, 2);
}

}  // namespace
}  // namespace tillgate::test
