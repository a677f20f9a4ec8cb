#include "headoffice/receive.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/headoffice/desk.hpp"

namespace tillgate::test {
namespace {

VirtualStore store_with(int changes, std::uint64_t seed = 1, const std::string& name = "store-1") {
  VirtualStore store("acme", name, seed);
  for (int i = 0; i < changes; ++i)
    store.write(store.new_customer(), {{Field::first_name, "Ada " + std::to_string(i)}, {Field::last_name, "Byron"}});
  return store;
}

TEST(Receive, AppliesTheFirstBatchOfANewDatabaseAndMovesTheCursor) {
  Desk desk;
  const VirtualStore store = store_with(3);
  const Receipt receipt = desk.take(store, store.all());
  EXPECT_EQ(receipt.verdict, Verdict::open);
  EXPECT_EQ(receipt.applied, 3);
  ASSERT_TRUE(receipt.ack.upto.has_value());
  EXPECT_EQ(*receipt.ack.upto, store.head());
  EXPECT_EQ(receipt.ack.epoch, store.epoch());
  EXPECT_FALSE(receipt.ack.has_gap);
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers WHERE last_name = 'Byron'"), "3");
  EXPECT_EQ(desk.value("SELECT cursor_seq FROM hq.epochs"), "3");
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.incidents"), "0");
}

// A batch once read every change id that its organisation had ever sent: draining a backlog was quadratic.
TEST(Receive, LooksForItsOwnChangeIdsAloneHoweverManyAreHeld) {
  Desk desk;
  constexpr Seq kRows = 2000, kBatch = 100;
  const VirtualStore store = store_with(kRows);
  const auto ids_read = [&] {
    auto flushed = desk.database().run([](Transaction& tx) -> Result<> {
      tx.script("SELECT pg_stat_force_next_flush()");
      return {};
    });
    EXPECT_TRUE(flushed.has_value());
    return std::stoll(desk.value("SELECT idx_tup_read FROM pg_stat_all_indexes WHERE indexrelname = 'change_log_one_effect'"));
  };
  for (Seq first = 1; first <= kRows - kBatch; first += kBatch) desk.take(store, store.batch(first, first + kBatch - 1));
  const auto before = ids_read();
  EXPECT_EQ(desk.take(store, store.batch(kRows - kBatch + 1, kRows)).applied, kBatch);
  EXPECT_LE(ids_read() - before, kBatch);
}

TEST(Receive, KeepsEveryRowByteForByteWithItsDigest) {
  Desk desk;
  VirtualStore store("acme", "store-1", 2);
  store.write(store.new_customer(), {{Field::first_name, "\"O'Neil\" \\ {a,b} NULL"}, {Field::notes, "one\ntwo\t\u00e9"}});
  desk.take(store, store.all());
  const auto row = desk.sql("SELECT envelope, payload, encode(digest, 'hex') FROM hq.change_log").front();
  EXPECT_EQ(row[0], store.row(1).envelope);
  EXPECT_EQ(row[1], store.row(1).payload);
  EXPECT_EQ(row[2], store.row(1).digest.text());
  EXPECT_EQ(desk.value("SELECT first_name FROM hq.customers"), "\"O'Neil\" \\ {a,b} NULL");
  EXPECT_EQ(desk.value("SELECT notes FROM hq.customers"), "one\ntwo\t\u00e9");
}

TEST(Receive, TheNextBatchGoesOnAndAnEmptyOneOpensASession) {
  Desk desk;
  VirtualStore store = store_with(2);
  desk.take(store, store.all());
  const Receipt opening = desk.take(store, store.batch(3, 2));
  EXPECT_EQ(opening.verdict, Verdict::known);
  EXPECT_EQ(*opening.ack.upto, store.head());
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  const Receipt next = desk.take(store, store.batch(3, 3));
  EXPECT_EQ(next.verdict, Verdict::apply);
  EXPECT_EQ(next.applied, 1);
  EXPECT_EQ(desk.incidents("duplicate"), "0");
}

TEST(Receive, ABatchThatIsAllKnownIsAckedAgainAndChangesNothing) {
  Desk desk;
  const VirtualStore store = store_with(3);
  desk.take(store, store.all());
  const auto before = desk.sql("SELECT * FROM hq.customers ORDER BY id");
  const Receipt again = desk.take(store, store.batch(1, 2));
  EXPECT_EQ(again.verdict, Verdict::known);
  EXPECT_EQ(*again.ack.upto, store.head());
  EXPECT_EQ(desk.sql("SELECT * FROM hq.customers ORDER BY id"), before);
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.changes"), "3");
  EXPECT_EQ(desk.incidents("duplicate"), "1");
}

TEST(Receive, AnOverlapAppliesOnlyWhatIsNew) {
  Desk desk;
  const VirtualStore store = store_with(5);
  desk.take(store, store.batch(1, 3));
  const Receipt overlap = desk.take(store, store.batch(2, 5));
  EXPECT_EQ(overlap.verdict, Verdict::apply);
  EXPECT_EQ(overlap.applied, 2);
  EXPECT_EQ(*overlap.ack.upto, store.head());
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.changes"), "5");
}

TEST(Receive, AGapAppliesNothingAndAcksTheCursorWithGap) {
  Desk desk;
  const VirtualStore store = store_with(5);
  desk.take(store, store.batch(1, 2));
  const Receipt gap = desk.take(store, store.batch(4, 5));
  EXPECT_EQ(gap.verdict, Verdict::gap);
  EXPECT_TRUE(gap.ack.has_gap);
  EXPECT_EQ(*gap.ack.upto, store.position(2));
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.changes"), "2");
  EXPECT_EQ(desk.incidents("gap"), "1");
}

TEST(Receive, AFirstLookAtAGapRecordsNothing) {
  Desk desk;
  const VirtualStore store = store_with(3);
  desk.take(store, store.batch(1, 1));
  EXPECT_EQ(desk.take(store, store.batch(3, 3), Look::first).verdict, Verdict::gap);
  EXPECT_EQ(desk.incidents("gap"), "0");
}

TEST(Receive, AnUnknownEpochWithoutItsRootIsAckedAsUnknown) {
  Desk desk;
  VirtualStore store = store_with(2);
  store.open();
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  const Receipt receipt = desk.take(store, store.batch(3, 3));  // nothing of the epoch before was ever heard
  EXPECT_EQ(receipt.verdict, Verdict::unknown_epoch);
  EXPECT_TRUE(receipt.ack.has_gap);
  EXPECT_FALSE(receipt.ack.upto.has_value());
  EXPECT_EQ(receipt.ack.epoch, store.epoch());
  EXPECT_EQ(desk.incidents("unknown_epoch"), "1");
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.changes"), "0");
}

TEST(Receive, ARestartOpensTheNextEpochAtItsRoot) {
  Desk desk;
  VirtualStore store = store_with(2);
  desk.take(store, store.all());
  store.open();
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  const Receipt receipt = desk.take(store, store.batch(3, 3));
  EXPECT_EQ(receipt.verdict, Verdict::open);
  EXPECT_EQ(*receipt.ack.upto, store.head());
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.epochs"), "2");
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers"), "3");
}

TEST(Receive, ALostTailIsAcceptedAsABranchAndNothingOfItIsLostHere) {
  Desk desk;
  VirtualStore store = store_with(5);
  desk.take(store, store.all());
  store.lose_tail(3);
  store.open();
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  const Receipt receipt = desk.take(store, store.batch(4, 4));
  EXPECT_EQ(receipt.verdict, Verdict::branch);
  EXPECT_EQ(*receipt.ack.upto, store.head());
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers"), "6");  // 5 as before the loss, and Grace
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.epochs WHERE is_branch"), "1");
  EXPECT_EQ(desk.incidents("branch"), "1");
}

TEST(Receive, AForkAppliesNothingAndAcksOurDigest) {
  Desk desk;
  VirtualStore store = store_with(3);
  desk.take(store, store.all());
  VirtualStore copy = store;  // a live copy of a running machine: same epoch, two writers
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  desk.take(store, store.batch(4, 4));
  copy.reseed(99);
  copy.write(copy.new_customer(), {{Field::first_name, "Impostor"}});
  const Receipt receipt = desk.take(copy, copy.batch(4, 4));
  EXPECT_EQ(receipt.verdict, Verdict::fork);
  EXPECT_EQ(*receipt.ack.upto, store.head());
  EXPECT_FALSE(receipt.ack.has_gap);
  EXPECT_EQ(desk.incidents("fork"), "1");
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers WHERE first_name = 'Impostor'"), "0");
  // The same, found only at the overlap and at the row before the batch.
  copy.write(copy.new_customer(), {{Field::first_name, "Impostor"}});
  EXPECT_EQ(desk.take(copy, copy.batch(3, 5)).verdict, Verdict::fork);
  EXPECT_EQ(desk.take(copy, copy.batch(5, 5)).verdict, Verdict::fork);
}

TEST(Receive, AForkBelowOurCursorAcksTheRowThatBothHave) {
  Desk desk;
  VirtualStore store = store_with(3);
  desk.take(store, store.all());
  VirtualStore copy = store;
  for (const char* name : {"Grace", "Edsger", "Barbara"}) store.write(store.new_customer(), {{Field::first_name, name}});
  desk.take(store, store.batch(4, 6));
  copy.reseed(99);
  for (int i = 0; i < 2; ++i) copy.write(copy.new_customer(), {{Field::first_name, "Impostor"}});
  // The copy wrote rows 4 and 5 only: an ack of row 6 it could compare with nothing, and would never learn of the fork.
  const Receipt receipt = desk.take(copy, copy.batch(4, 5));
  EXPECT_EQ(receipt.verdict, Verdict::fork);
  ASSERT_TRUE(receipt.ack.upto.has_value());
  EXPECT_EQ(receipt.ack.upto->seq, 5);
  EXPECT_NE(receipt.ack.upto->digest, copy.head().digest);
}

TEST(Receive, AKnownChangeIdHasNoSecondEffect) {
  Desk desk;
  VirtualStore store("acme", "store-1", 3);
  const CustomerId ada = store.new_customer();
  store.write(ada, {{Field::first_name, "Ada"}});
  VirtualStore::Oddity again;
  again.change_id = store.row(1).change_id;
  store.write(ada, {{Field::first_name, "Ada"}}, again);  // in the same batch
  const Receipt first = desk.take(store, store.all());
  EXPECT_EQ(first.applied, 1);
  EXPECT_EQ(first.known_ids, 1);
  VirtualStore other("acme", "store-2", 4);
  other.write(ada, {{Field::first_name, "Ada"}}, again);  // and by another store
  const Receipt second = desk.take(other, other.all());
  EXPECT_EQ(second.applied, 0);
  EXPECT_EQ(second.known_ids, 1);
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.changes WHERE state = 'applied'"), "1");
  // Another organisation's ids are its own.
  VirtualStore stranger("globex", "store-1", 5);
  stranger.write(ada, {{Field::first_name, "Ada"}}, again);
  EXPECT_EQ(desk.take(stranger, stranger.all()).applied, 1);
}

TEST(Receive, ARechainedEpochBringsItsChangesOnce) {
  Desk desk;
  VirtualStore store = store_with(4);
  desk.take(store, store.all());
  // Rooted at row 2, rows 3 and 4 again with the ids they had: as after a fork.
  VirtualStore rechained = store;
  rechained.lose_tail(2);
  rechained.open();
  for (const Seq seq : {Seq{3}, Seq{4}}) {
    VirtualStore::Oddity same;
    same.change_id = store.row(seq).change_id;
    rechained.write(CustomerId(decode_envelope(store.row(seq).envelope)->key), {{Field::first_name, "Ada"}}, same);
  }
  const Receipt receipt = desk.take(rechained, rechained.batch(3, 4));
  EXPECT_EQ(receipt.verdict, Verdict::branch);
  EXPECT_EQ(receipt.known_ids, 2);
  EXPECT_EQ(receipt.applied, 0);
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers"), "4");
}

TEST(Receive, ASchemaFromTheFutureIsParkedAndTheCursorGoesOn) {
  Desk desk;
  VirtualStore store("acme", "store-1", 6);
  store.write(store.new_customer(), {{Field::first_name, "Ada"}});
  VirtualStore::Oddity future;
  future.payload_line = R"({"fields":{"shoe_size":"42"},"salt":"00000000000000000000000000000000"})";
  store.write(store.new_customer(), {}, future);
  VirtualStore::Oddity garbage;
  garbage.payload_line = "not even JSON";
  store.write(store.new_customer(), {}, garbage);
  store.write(store.new_customer(), {{Field::first_name, "Grace"}});
  const Receipt receipt = desk.take(store, store.all());
  EXPECT_EQ(receipt.applied, 2);
  EXPECT_EQ(receipt.parked, 2);
  EXPECT_EQ(*receipt.ack.upto, store.head());
  EXPECT_EQ(desk.incidents("parked"), "2");
  EXPECT_EQ(desk.value("SELECT park_code FROM hq.changes WHERE seq = 3"), "invalid");
  EXPECT_EQ(desk.value("SELECT payload FROM hq.change_log WHERE seq = 3"), "not even JSON");
  EXPECT_EQ(desk.value("SELECT park_code FROM hq.changes WHERE seq = 2"), "future_schema");
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers"), "2");
}

TEST(Receive, AVersionMoreThanADayAheadIsParkedAndOneJustBelowIsNot) {
  Desk desk;
  VirtualStore store("acme", "store-1", 7);
  VirtualStore::Oddity leading;
  leading.hlc = Hlc::from_time(kNow + std::chrono::hours(24) + seconds(1));
  store.write(store.new_customer(), {{Field::first_name, "Marty"}}, leading);
  leading.hlc = Hlc::from_time(kNow + std::chrono::hours(24) - seconds(1));
  store.write(store.new_customer(), {{Field::first_name, "Ada"}}, leading);
  const Receipt receipt = desk.take(store, store.all());
  EXPECT_EQ(receipt.parked, 1);
  EXPECT_EQ(receipt.applied, 1);
  EXPECT_EQ(desk.value("SELECT park_code FROM hq.changes WHERE seq = 1"), "clock_ahead");
  EXPECT_EQ(desk.value("SELECT first_name FROM hq.customers"), "Ada");
}

TEST(Receive, WhatTheClockParksIsNotInTheRecordThatWasMadeReadyBefore) {
  Desk desk;
  VirtualStore store("acme", "store-1", 7);
  const CustomerId id = store.new_customer();
  store.write(id, {{Field::first_name, "Ada"}});
  VirtualStore::Oddity leading;
  leading.hlc = Hlc::from_time(kNow + std::chrono::hours(25));
  store.write(id, {{Field::last_name, "McFly"}}, leading);
  const Receipt receipt = desk.take(store, store.all());
  EXPECT_EQ(receipt.applied, 1);
  EXPECT_EQ(receipt.parked, 1);
  EXPECT_EQ(desk.sql("SELECT first_name, last_name FROM hq.customers"), (Postgres::Lines{{"Ada", "NULL"}}));
}

TEST(Receive, ANulCharacterIsParkedInsteadOfStoppingTheStore) {
  Desk desk;
  VirtualStore store("acme", "store-1", 8);
  VirtualStore::Oddity nul;
  nul.replace = {"MARK", "\\u0000"};
  store.write(store.new_customer(), {{Field::notes, "aMARKb"}}, nul);
  store.write(store.new_customer(), {{Field::notes, "C:\\u0000 is a folder"}});
  const Receipt receipt = desk.take(store, store.all());
  EXPECT_EQ(receipt.parked, 1);
  EXPECT_EQ(receipt.applied, 1);
  EXPECT_EQ(desk.value("SELECT notes FROM hq.customers"), "C:\\u0000 is a folder");
  EXPECT_EQ(desk.value("SELECT payload FROM hq.change_log WHERE seq = 1"), store.row(1).payload);
}

TEST(Receive, AnEnvelopeThatNamesAnotherPlaceIsParked) {
  Desk desk;
  VirtualStore store = store_with(2);
  VirtualStore::Oddity elsewhere;
  elsewhere.envelope_line = store.row(1).envelope;
  store.write(store.new_customer(), {{Field::first_name, "Grace"}}, elsewhere);
  EXPECT_EQ(desk.take(store, store.all()).parked, 1);
}

TEST(Receive, RowsOfOursComeBackWithoutPayloadAndOthersMayNot) {
  Desk desk;
  VirtualStore store("acme", "store-1", 9);
  store.write_hash_only(store.new_customer(), "ho:" + desk.office().ho_epoch.text());
  const Receipt ours = desk.take(store, store.batch(1, 1));
  EXPECT_EQ(ours.known_ids, 1);
  EXPECT_EQ(ours.parked, 0);
  store.write_hash_only(store.new_customer(), "ho:8e1d0c9b-7a65-4f43-b210-fedcba987654");
  const Receipt others = desk.take(store, store.batch(2, 2));
  EXPECT_EQ(others.parked, 1);
  EXPECT_EQ(desk.value("SELECT park_code FROM hq.changes WHERE seq = 2"), "no_payload");
}

TEST(Receive, RefusesABatchWhoseChainDoesNotHoldOrThatNamesAnotherStore) {
  const VirtualStore store = store_with(2);
  UpBatch forged = store.all();
  forged.body[forged.body.find("Ada")] = 'E';
  const Encoded encoded = encode(forged);
  EXPECT_EQ(check_batch(store.key(), encoded.bytes, encoded.content_encoding).error().code, Errc::invalid);
  const Encoded honest = encode(store.all());
  EXPECT_TRUE(check_batch(store.key(), honest.bytes, honest.content_encoding).has_value());
  const StoreKey elsewhere{store.key().org, StoreId{"store-2"}};
  EXPECT_EQ(check_batch(elsewhere, honest.bytes, honest.content_encoding).error().code, Errc::invalid);
  EXPECT_FALSE(check_batch(store.key(), "rubbish", "").has_value());
  EXPECT_FALSE(check_batch(store.key(), honest.bytes, "gzip").has_value());
}

TEST(Receive, TwoStoresInEitherOrderGiveTheSameCustomers) {
  // Both write the same people, some fields both of them.
  VirtualStore one("acme", "store-1", 11), two("acme", "store-2", 12);
  Random random(2026);
  std::vector<CustomerId> people;
  for (int i = 0; i < 12; ++i) people.push_back(one.new_customer());
  two.skew(milliseconds(1));
  for (int i = 0; i < 60; ++i) {
    VirtualStore& who = random.below(2) == 0 ? one : two;
    const auto field = std::array{Field::first_name, Field::last_name, Field::email, Field::notes}[random.below(4)];
    std::optional<std::string> text;
    if (random.below(5) > 0) text = "value " + std::to_string(random.below(1000));
    who.write(people[random.below(people.size())], {{field, text}});
  }
  const auto state_after = [&](const std::vector<const VirtualStore*>& order) {
    Desk desk;
    for (const VirtualStore* store : order) desk.take(*store, store->all());
    return desk.sql("SELECT id, state, digest, fields FROM hq.customer_state ORDER BY id");
  };
  const auto forwards = state_after({&one, &two});
  EXPECT_GT(forwards.size(), 5u);
  EXPECT_EQ(forwards, state_after({&two, &one}));
}

TEST(Receive, ACommitThatFailsLeavesNothingAndComesAgain) {
  Desk desk;
  const VirtualStore store = store_with(3);
  desk.database().set_commit_fault([] { return true; });
  const auto failed = desk.try_take(store, store.all());
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, Errc::unavailable);
  desk.database().set_commit_fault(nullptr);
  desk.open();
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.changes"), "0");
  EXPECT_EQ(desk.take(store, store.all()).verdict, Verdict::open);
}

TEST(Receive, ADamagedRecordOfOursParksItsChangesAndNobodyElses) {
  Desk desk;
  VirtualStore store("acme", "store-1", 13);
  const CustomerId ada = store.new_customer(), grace = store.new_customer();
  store.write(ada, {{Field::first_name, "Ada"}});
  desk.take(store, store.all());
  (void)desk.sql("UPDATE hq.customer_state SET state = replace(state, 'Ada', 'Eve')");
  store.write(ada, {{Field::last_name, "Byron"}});
  store.write(grace, {{Field::first_name, "Grace"}});
  const Receipt receipt = desk.take(store, store.batch(2, 3));
  EXPECT_EQ(receipt.parked, 1);
  EXPECT_EQ(receipt.applied, 1);
  EXPECT_EQ(desk.value("SELECT park_code FROM hq.changes WHERE seq = 2"), "damaged");
}

}  // namespace
}  // namespace tillgate::test
