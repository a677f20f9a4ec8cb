#include "headoffice/presence.hpp"

#include <gtest/gtest.h>

#include "headoffice/fleet.hpp"
#include "headoffice/unpark.hpp"
#include "tests/headoffice/desk.hpp"

namespace tillgate::test {
namespace {

VirtualStore store_with(int changes, std::uint64_t seed = 1) {
  VirtualStore store("acme", "store-1", seed);
  for (int i = 0; i < changes; ++i) store.write(store.new_customer(), {{Field::first_name, "Ada"}});
  return store;
}

Status will_of(Status status) {
  status.is_online = false;
  status.root.reset();
  status.now.reset();
  return status;
}

TEST(Presence, TheFirstStatusOfANewStoreIsAckedAsUnknown) {
  Desk desk;
  VirtualStore store = store_with(2);
  const Heard heard = desk.hear(store.connect());
  EXPECT_EQ(heard.succession, Succession::first);
  ASSERT_TRUE(heard.ack.has_value());
  EXPECT_FALSE(heard.ack->upto.has_value());
  EXPECT_TRUE(heard.ack->has_gap);
  EXPECT_EQ(heard.ack->epoch, store.epoch());
  const auto shown = desk.sql("SELECT online, lag, position, head, software, clock FROM hq.stores").front();
  EXPECT_EQ(shown, (std::vector<std::string>{"t", "2", "0", "2", "0.1.0", "confirmed"}));
}

TEST(Presence, AKnownEpochIsToldItsCursor) {
  Desk desk;
  VirtualStore store = store_with(3);
  desk.take(store, store.batch(1, 2));
  const Heard heard = desk.hear(store.connect());
  ASSERT_TRUE(heard.ack && heard.ack->upto);
  EXPECT_EQ(*heard.ack->upto, store.position(2));
  EXPECT_EQ(heard.ack->ho_epoch, desk.office().ho_epoch);
  EXPECT_EQ(desk.value("SELECT lag FROM hq.stores"), "1");
}

TEST(Presence, ARestartSucceedsAndIsToldTheCursorOfTheEpochBefore) {
  Desk desk;
  VirtualStore store = store_with(3);
  desk.hear(store.connect());
  desk.take(store, store.batch(1, 2));
  const Epoch before = store.epoch();
  store.open();
  const Heard heard = desk.hear(store.connect());
  EXPECT_EQ(heard.succession, Succession::succeeds);
  ASSERT_TRUE(heard.ack && heard.ack->upto);
  EXPECT_EQ(heard.ack->epoch, before);
  EXPECT_EQ(*heard.ack->upto, store.position(2));
  EXPECT_EQ(desk.value("SELECT epoch FROM hq.epochs WHERE is_current"), store.epoch().text());
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.epochs WHERE succeeded_at IS NOT NULL"), "1");
  EXPECT_EQ(desk.value("SELECT position FROM hq.stores"), "2");
  EXPECT_EQ(desk.incidents("clone"), "0");
}

TEST(Presence, AWillCountsOnlyForItsOwnSession) {
  Desk desk;
  VirtualStore store = store_with(1);
  const Status first = store.connect();
  desk.hear(first);
  const Status second = store.connect();
  desk.hear(second);
  EXPECT_EQ(desk.hear(will_of(first)).succession, Succession::stale);
  EXPECT_EQ(desk.value("SELECT online FROM hq.stores"), "t");
  EXPECT_TRUE(desk.hear(will_of(second)).has_changed);
  EXPECT_EQ(desk.value("SELECT online FROM hq.stores"), "f");
  // The will overtook a copy of the status it belongs to.
  EXPECT_EQ(desk.hear(second).succession, Succession::stale);
  EXPECT_EQ(desk.value("SELECT online FROM hq.stores"), "f");
  desk.hear(store.connect());
  EXPECT_EQ(desk.value("SELECT online FROM hq.stores"), "t");
}

TEST(Presence, WhatTheBrokerKeptIsNotAckedTwice) {
  Desk desk;
  VirtualStore store = store_with(1);
  const Status status = store.connect();
  desk.take(store, store.all());
  const auto news = desk.hear(status, true).ack;
  ASSERT_TRUE(news.has_value());
  EXPECT_TRUE(news->has_gap) << "it came online before we did: what it has sent since was heard by nobody";
  EXPECT_FALSE(desk.hear(status, true).ack.has_value());  // positions_of_online_stores says it
  const auto live = desk.hear(status, false).ack;
  ASSERT_TRUE(live.has_value());
  EXPECT_FALSE(live->has_gap) << "it comes online while we listen";
  std::vector<AckFor> positions;
  ASSERT_TRUE(desk.database()
                  .run([&](Transaction& tx) -> Result<> {
                    positions = positions_of_online_stores(tx, desk.office());
                    return {};
                  })
                  .has_value());
  ASSERT_EQ(positions.size(), 1u);
  EXPECT_EQ(positions[0].ack.epoch, store.epoch());
  EXPECT_EQ(positions[0].ack.upto, store.head());
  EXPECT_TRUE(positions[0].ack.has_gap);
}

TEST(Presence, ACloneIsHeardAndReportedAndDoesNotBecomeCurrent) {
  Desk desk;
  VirtualStore store = store_with(3);
  desk.hear(store.connect());
  desk.take(store, store.all());
  VirtualStore copy = store;  // the disk is cloned, then both boxes start
  copy.reseed(77);
  store.open();
  desk.hear(store.connect());
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  desk.take(store, store.batch(4, 4));
  copy.open();
  // The clone branches where the original went on: at row 3 of the epoch before, which is no longer the current one's head.
  copy.lose_tail(3);
  Status intruder = copy.connect();
  const Heard heard = desk.hear(intruder);
  // Rooted on the current one's path it is indistinguishable from a restored backup and succeeds; the original, once it is
  // heard again with a higher n, is what gives the pair away.
  EXPECT_EQ(heard.succession, Succession::succeeds);
  const Heard original = desk.hear(store.connect());
  EXPECT_EQ(original.succession, Succession::clone);
  EXPECT_TRUE(original.is_clone);
  EXPECT_TRUE(original.ack.has_value());
  EXPECT_EQ(desk.incidents("clone"), "1");
  EXPECT_EQ(desk.value("SELECT epoch FROM hq.epochs WHERE is_current"), copy.epoch().text());
  // Both are heard.
  store.write(store.new_customer(), {{Field::first_name, "Edith"}});
  EXPECT_EQ(desk.take(store, store.batch(5, 5)).verdict, Verdict::apply);
}

TEST(Presence, ANewDatabaseUnderAKnownNameIsAClone) {
  Desk desk;
  VirtualStore store = store_with(2);
  desk.hear(store.connect());
  desk.take(store, store.all());
  VirtualStore fresh("acme", "store-1", 55);
  const Heard heard = desk.hear(fresh.connect());
  EXPECT_EQ(heard.succession, Succession::clone);
  EXPECT_EQ(desk.value("SELECT epoch FROM hq.epochs WHERE is_current"), store.epoch().text());
  EXPECT_NE(desk.value("SELECT detail FROM hq.incidents WHERE kind = 'clone'").find(fresh.epoch().text()), std::string::npos);
}

TEST(Presence, AStoreThatRestartedTwiceWhileCutOffIsJudgedOnceItsRowsAreHere) {
  Desk desk;
  VirtualStore store = store_with(2);
  desk.hear(store.connect());
  desk.take(store, store.all());
  store.open();
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  store.open();
  const Heard heard = desk.hear(store.connect());
  EXPECT_EQ(heard.succession, Succession::undecided);
  EXPECT_TRUE(heard.ack.has_value());
  desk.take(store, store.batch(3, 3));
  EXPECT_EQ(desk.value("SELECT epoch FROM hq.epochs WHERE is_current"), store.epoch().text());
  EXPECT_EQ(desk.value("SELECT online FROM hq.stores"), "t");
}

TEST(Presence, AnUndecidedStoreThatLeavesIsNotMadeOnlineLater) {
  Desk desk;
  VirtualStore store = store_with(2);
  desk.hear(store.connect());
  desk.take(store, store.all());
  desk.hear(will_of(store.status()));
  store.open();
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  store.open();
  const Status status = store.connect();
  desk.hear(status);
  desk.hear(will_of(status));
  desk.take(store, store.batch(3, 3));
  EXPECT_EQ(desk.value("SELECT online FROM hq.stores"), "f");
}

TEST(Presence, TheFleetReadsAsJsonAndAsATableThatNoTextOfAStoreCanSteer) {
  Desk desk;
  VirtualStore store = store_with(3);
  Status status = store.connect();
  status.software = "1.0\x1b[31m";
  desk.hear(status);
  desk.take(store, store.batch(1, 1));
  std::string table, json;
  ASSERT_TRUE(desk.database()
                  .run([&](Transaction& tx) -> Result<> {
                    const auto stores = list_stores(tx, "", 10);
                    table = to_table(stores, kNow);
                    json = to_json(stores, 10);
                    EXPECT_FALSE(find_store(tx, "acme", "store-2").has_value());
                    EXPECT_TRUE(list_stores(tx, "acme/store-1", 10).empty());
                    return {};
                  })
                  .has_value());
  EXPECT_EQ(table.find('\x1b'), std::string::npos) << table;
  EXPECT_NE(table.find("acme/store-1"), std::string::npos);
  EXPECT_NE(json.find("\"lag\":2"), std::string::npos) << json;
  EXPECT_NE(json.find("\"next\":null"), std::string::npos);
}

TEST(Unpark, WhatAnOlderProgramCouldNotReadIsAppliedAfterAll) {
  Desk desk;
  VirtualStore store = store_with(2);
  desk.take(store, store.all());
  // As an older program left them: the rows parked, nothing merged.
  (void)desk.sql("UPDATE hq.change_log SET state = 'parked', park_code = 'future_schema', park_reason = 'x' WHERE seq = 1");
  (void)desk.sql("UPDATE hq.change_log SET state = 'parked', park_code = 'clock_ahead', park_reason = 'x' WHERE seq = 2");
  (void)desk.sql("DELETE FROM hq.customer_state");
  UnparkOutcome outcome;
  ASSERT_TRUE(desk.database()
                  .run([&](Transaction& tx) -> Result<> {
                    auto page = unpark(tx, desk.office(), {});
                    if (!page) return fail(page.error());
                    outcome = *page;
                    return {};
                  })
                  .has_value());
  EXPECT_EQ(outcome.applied, 1);
  EXPECT_FALSE(outcome.has_more);
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers"), "1");
  EXPECT_EQ(desk.value("SELECT state FROM hq.changes WHERE seq = 1"), "applied");
  EXPECT_EQ(desk.value("SELECT state FROM hq.changes WHERE seq = 2"), "parked");
}

}  // namespace
}  // namespace tillgate::test
