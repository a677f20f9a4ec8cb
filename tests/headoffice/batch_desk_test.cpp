#include "headoffice/batch_desk.hpp"

#include <gtest/gtest.h>

#include "tests/headoffice/desk.hpp"
#include "tests/headoffice/instance.hpp"

namespace tillgate::test {
namespace {

VirtualStore store_with(int changes, const std::string& name, const std::string& first_name = "Ada") {
  VirtualStore store("acme", name, std::hash<std::string>{}(name));
  for (int i = 0; i < changes; ++i) store.write(store.new_customer(), {{Field::first_name, first_name}});
  return store;
}

// The database thread's part of head office without the thread.
struct Bench {
  Database1 database;
  Metrics metrics;
  IntakeCounters counters{metrics};
  OfficeDatabase office{Postgres::instance().conninfo(database.name),
                        milliseconds(20),
                        milliseconds(100),
                        {[](bool) {}, [](const std::string&) {}}};
  std::vector<Ack> acks;
  BatchDesk desk{office, counters, {}, [this](const OrgId&, const Ack& ack) { acks.push_back(ack); }};

  Bench() { EXPECT_TRUE(office.open()); }
  void take_in(const std::vector<std::pair<const VirtualStore*, UpBatch>>& batches) {
    std::vector<BatchPtr> in;
    for (const auto& [store, batch] : batches) in.push_back(checked(store->key(), batch));
    desk.take_in(std::move(in));
  }
  [[nodiscard]] std::string transactions() const { return database.value("SELECT count(DISTINCT xmin::text) FROM hq.change_log"); }
};

TEST(BatchDesk, WhatWaitsTogetherIsCommittedTogetherAndAckedBatchByBatch) {
  Bench bench;
  const VirtualStore one = store_with(4, "store-1"), two = store_with(1, "store-2");
  bench.take_in({{&one, one.batch(1, 2)}, {&two, two.all()}, {&one, one.batch(3, 3)}, {&one, one.batch(4, 4)}});
  EXPECT_EQ(bench.transactions(), "1");
  ASSERT_EQ(bench.acks.size(), 4u);
  EXPECT_EQ(bench.acks[2].upto, one.head());
  EXPECT_EQ(bench.acks[3].upto, two.head());
  EXPECT_EQ(bench.database.value("SELECT count(*) FROM hq.changes WHERE state = 'applied'"), "5");
}

TEST(BatchDesk, OneThatIsRefusedCostsTheOthersNothing) {
  Bench bench;
  (void)Postgres::instance().sql(bench.database.name,
                                 "ALTER TABLE hq.customer_state ADD CHECK (fields->>'first_name' <> 'Eve')");
  const VirtualStore one = store_with(2, "store-1"), two = store_with(1, "store-2", "Eve"), three = store_with(1, "store-3");
  bench.take_in({{&one, one.all()}, {&two, two.all()}, {&three, three.all()}});
  ASSERT_EQ(bench.acks.size(), 3u);
  for (const Ack& ack : bench.acks) EXPECT_FALSE(ack.has_gap);
  EXPECT_EQ(bench.database.value("SELECT count(*) FROM hq.changes WHERE state = 'applied'"), "3");
  EXPECT_EQ(bench.database.value("SELECT store FROM hq.changes WHERE park_code = 'refused'"), "store-2");
}

TEST(BatchDesk, AGapThatClosesWithinTheGroupIsNeverTold) {
  Bench bench;
  const VirtualStore store = store_with(4, "store-1");
  bench.take_in({{&store, store.batch(4, 4)}, {&store, store.batch(2, 3)}, {&store, store.batch(1, 1)}});
  EXPECT_EQ(bench.desk.put_aside(), 0u);
  for (const Ack& ack : bench.acks) EXPECT_FALSE(ack.has_gap);
  ASSERT_FALSE(bench.acks.empty());
  EXPECT_EQ(bench.acks.back().upto, store.head());
}

TEST(BatchDesk, NothingIsAckedThatWasNotCommitted) {
  Bench bench;
  const VirtualStore one = store_with(1, "store-1"), two = store_with(1, "store-2");
  Postgres::instance().stop(SIGINT);
  bench.take_in({{&one, one.all()}, {&two, two.all()}});
  EXPECT_TRUE(bench.acks.empty());
  EXPECT_FALSE(bench.office.is_up());
  Postgres::instance().start();
}

}  // namespace
}  // namespace tillgate::test
