// How a sender walks the epochs of its file, and what it does about a fork.
#include "tests/core/talk.hpp"

namespace tillgate {
namespace {

using namespace sender;
using namespace sender::conversation;

TEST(Sender, AnEpochEndsWhereItsSuccessorBegins) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 4)}, .head = 6});
  (void)talk.up();
  EXPECT_EQ(talk.read(), "publish a 1..3");
  EXPECT_EQ(talk.ack('a', 3), "useful, save 3 of 1, read 3");
  EXPECT_EQ(talk.read(), "publish a 4..4, read 4");
  EXPECT_EQ(talk.read(), "publish b 5..6");
}

// † The far side may hold more of an epoch than we: a lost tail, a restored copy.
TEST(Sender, AnAckBeyondTheRowAtWhichWeLeftAnEpochMeansGoOnFromThere) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 4)}, .head = 6});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 9, {.chain = 'x'}), "useful, read 4");
  EXPECT_EQ(talk.shown().cursor, at(0)) << "its rows may be a clone's: only the next epoch's root proves that ours are held";
  EXPECT_EQ(talk.read(), "publish b 5..6");
  EXPECT_EQ(talk.ack('a', 9, {.chain = 'x'}), "") << "once is enough";
  EXPECT_EQ(talk.ack('b', 6), "save 6 of 1");
  EXPECT_EQ(talk.shown().forks, 0);
}

TEST(Sender, TheEpochAfterAJumpIsOpenedEvenWithoutARow) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 3)}, .head = 3});
  (void)talk.up();
  EXPECT_EQ(talk.read(), "publish a 1..3");
  EXPECT_EQ(talk.ack('a', 9, {.chain = 'x'}), "useful, read 3");
  EXPECT_EQ(talk.read(), "publish b 4..3");
  EXPECT_EQ(talk.ack('b', 3), "save 3 of 1");
}

// † Seed 18 of an early simulation: store and clone wrote different rows 4..6 of one epoch, the clone was first and went
// on to 9, the store restarted. Jumping to its own root would have lost 4..6 without a trace.
TEST(Sender, AJumpOverRowsOfACloneEndsInAForkAndLosesNothing) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 6)}, .head = 8, .cursor = 2});
  (void)talk.up();
  EXPECT_EQ(talk.ack('a', 9, {.chain = 'x'}), "useful");  // the greeting; the read is stale
  EXPECT_EQ(talk.read(), "read 6");
  EXPECT_EQ(talk.read(), "publish b 7..8");
  EXPECT_EQ(talk.unknown('b'), "read 2") << "its root is another row there: back to our cursor, which lies in a";
  EXPECT_EQ(talk.read(), "publish a 3..5");
  EXPECT_EQ(talk.ack('a', 5, {.chain = 'x'}), "fork 2") << "the row that head office compared";
  EXPECT_EQ(talk.rechained('f', 'a', 2), "read 2");
  EXPECT_EQ(talk.read(), "publish f 3..5");
}

TEST(Sender, AfterAJumpThatProvedWrongItGoesBatchByBatch) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 6)}, .head = 8});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 9, {.chain = 'x'}), "useful, read 6");
  (void)talk.read();
  EXPECT_EQ(talk.unknown('b'), "read 0");
  EXPECT_EQ(talk.read(), "publish a 1..3");
  EXPECT_EQ(talk.ack('a', 9, {.chain = 'x'}), "read 3") << "known there; no second jump";
  EXPECT_EQ(talk.read(), "publish a 4..6");
  EXPECT_EQ(talk.ack('a', 9, {.chain = 'x'}), "read 6");
  EXPECT_EQ(talk.read(), "publish b 7..8");
  EXPECT_EQ(talk.ack('b', 8), "save 8 of 1");
}

TEST(Sender, ANewHeadOfficeThatHoldsMoreOfAnOlderEpochIsBelievedUpToItsRoot) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 2), root('c', 'b', 6)}, .head = 8, .cursor = 8});
  (void)talk.up();
  EXPECT_EQ(talk.read(), "publish c 9..8");
  EXPECT_EQ(talk.ack('b', 9, {.chain = 'x', .of = 2}), "useful, save 2 of 2 even back, read 6");
  EXPECT_EQ(talk.read(), "publish c 7..8");
  (void)talk.saved();
  EXPECT_EQ(talk.ack('c', 8, {.of = 2}), "save 8 of 2");
}

// † An ack counts only when its epoch lies on our path and its digest is ours.
TEST(Sender, AcksOfAForeignEpochAreIgnored) {
  Talk talk = settled({.head = 6});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('z', 3), "");
  EXPECT_EQ(talk.unknown('z'), "");
  EXPECT_EQ(talk.unknown('z', {.gap = true, .of = 2}), "");
  EXPECT_EQ(talk.ack('a', 3), "useful, save 3 of 1, read 3") << "nor is their ho_epoch believed";
}

TEST(Sender, ADigestNotOursIsAFork) {
  Talk talk = settled({.head = 9, .cursor = 3});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 6, {.chain = 'x'}), "fork 3");
  EXPECT_EQ(talk.shown().forks, 1);
  EXPECT_EQ(talk.write(12), "") << "nothing is sent until the rows have their new epoch";
  EXPECT_EQ(talk.ack('a', 6, {.chain = 'x'}), "") << "one fork is one fork";
  EXPECT_EQ(talk.ack('a', 3), "");
  EXPECT_EQ(talk.rechained('f', 'a', 3), "read 3");
  EXPECT_EQ(talk.read(), "publish f 4..6");
  EXPECT_EQ(talk.ack('a', 6, {.chain = 'x'}), "") << "beyond where we left it";
  EXPECT_EQ(talk.ack('f', 6), "useful, save 6 of 1, read 6");
}

TEST(Sender, AnAckBeyondOurHeadInTheCurrentEpochIsAFork) {
  Talk talk = settled({.head = 9, .cursor = 9});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 12, {.chain = 'x'}), "fork 9");
  EXPECT_EQ(talk.rechained('f', 'a', 9), "read 9") << "the new epoch is opened even without a row";
  EXPECT_EQ(talk.read(), "publish f 10..9");
}

TEST(Sender, ARowReadBeforeTheRechainIsNotPublishedAfterIt) {
  Talk talk = settled({.head = 9, .cursor = 3});
  (void)talk.up();
  EXPECT_EQ(talk.ack('a', 6, {.chain = 'x'}), "fork 3");
  EXPECT_EQ(talk.read(), "");
  EXPECT_EQ(talk.rechained('f', 'a', 3), "read 3");
}

TEST(Sender, ABatchOfAnotherEpochThanThePathSaysIsNotPublished) {
  Talk talk = settled({.head = 9, .cursor = 3});
  (void)talk.up();
  UpBatch foreign;
  foreign.header.epoch = epoch('z');
  foreign.header.first = 4;
  foreign.header.last = 6;
  EXPECT_EQ(talk.tell(BatchRead{foreign}), "");
  EXPECT_EQ(talk.machine().next_tick(), talk.now + seconds(1)) << "no tight loop";
}

TEST(Sender, TheForkWaitsUntilTheCursorIsSaved) {
  Talk talk = settled({.head = 9});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 3), "useful, save 3 of 1, read 3");
  (void)talk.read();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 6), "");
  EXPECT_EQ(talk.ack('a', 9, {.chain = 'x'}), "");
  EXPECT_EQ(talk.saved(), "save 6 of 1");
  EXPECT_EQ(talk.saved(), "fork 6");
}

TEST(Sender, AForkDropsTheEpochsWhoseRowsWereRechained) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 4)}, .head = 6, .cursor = 2});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('b', 5, {.chain = 'x'}), "fork 2");
  EXPECT_EQ(talk.rechained('f', 'a', 2), "read 2");
  EXPECT_EQ(talk.read(), "publish f 3..5");
  EXPECT_EQ(talk.ack('b', 5, {.chain = 'x'}), "") << "b is not on our path any more";
  EXPECT_EQ(talk.shown().forks, 1);
}

// † An unknown epoch starts only at its root; otherwise we go back to the epoch before it.
TEST(Sender, AnEpochUnknownThereSendsUsBackToTheEpochBefore) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 4), root('c', 'b', 8)}, .head = 20, .cursor = 8});
  EXPECT_EQ(talk.up(), "read 8");
  EXPECT_EQ(talk.read(), "publish c 9..11");
  EXPECT_EQ(talk.unknown('c'), "read 4");
  EXPECT_EQ(talk.unknown('c'), "") << "we have gone back already";
  EXPECT_EQ(talk.read(), "publish b 5..7");
  EXPECT_EQ(talk.shown().window, 1);
  EXPECT_EQ(talk.unknown('b'), "read 0");
  EXPECT_EQ(talk.read(), "publish a 1..3");
  EXPECT_EQ(talk.shown().cursor, at(8)) << "the cursor itself never goes back";
  EXPECT_EQ(talk.ack('a', 4), "useful, read 4") << "all that we have of a is held there";
  EXPECT_EQ(talk.read(), "publish b 5..7, read 7");
}

TEST(Sender, WithoutAnEpochBeforeItStartsFromTheBeginning) {
  Talk talk = settled({.head = 9, .cursor = 3});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.unknown('a'), "read 0");
  EXPECT_EQ(talk.read(), "publish a 1..3");
}

TEST(Sender, GoingBackTwiceForTheSameEpochIsLeftToTheTimer) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 3)}, .head = 9, .cursor = 3});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.unknown('b'), "read 0");
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 3), "useful, read 3");
  EXPECT_EQ(talk.read(), "publish b 4..6, read 6");
  EXPECT_EQ(talk.unknown('b'), "") << "once per value of the cursor";
  talk.now += seconds(30);
  EXPECT_EQ(talk.tick(), "end");
}

TEST(Sender, TheGreetingOfAHeadOfficeThatDoesNotKnowTheEpochYetChangesNothing) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 3)}, .head = 3, .cursor = 3});
  (void)talk.up();
  EXPECT_EQ(talk.read(), "publish b 4..3");
  EXPECT_EQ(talk.unknown('b', {.gap = false}), "");
  EXPECT_EQ(talk.ack('b', 3), "useful");
}

TEST(Sender, TwoForksInOneLifeAreTwoEpochs) {
  Talk talk = settled({.head = 9, .cursor = 3});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 6, {.chain = 'x'}), "fork 3");
  EXPECT_EQ(talk.rechained('f', 'a', 3), "read 3");
  (void)talk.read();
  (void)talk.ack('f', 6);
  (void)talk.saved();
  EXPECT_EQ(talk.ack('f', 9, {.chain = 'y'}), "fork 6");
  EXPECT_EQ(talk.rechained('g', 'f', 6), "") << "a Read is still out; its answer is stale";
  EXPECT_EQ(talk.read(), "read 6");
  EXPECT_EQ(talk.read(), "publish g 7..9");
  EXPECT_EQ(talk.shown().forks, 2);
}

}  // namespace
}  // namespace tillgate
