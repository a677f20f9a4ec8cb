// What a session sends: the window, gaps, timers.
#include "tests/core/talk.hpp"

namespace tillgate {
namespace {

using namespace sender;
using namespace sender::conversation;

TEST(Sender, OpensItsEpochWithAnEmptyBatchWhenThereIsNothingToSend) {
  Talk talk({});
  EXPECT_EQ(talk.up(), "read 0");
  EXPECT_EQ(talk.read(), "publish a 1..0");
  EXPECT_EQ(talk.ack('a', 0), "useful, save 0 of 1 even back");
  EXPECT_EQ(talk.shown().in_flight, 0);
  EXPECT_EQ(talk.saved(), "");
}

TEST(Sender, SaysNothingWithoutASession) {
  Talk talk({.head = 5});
  EXPECT_EQ(talk.write(6), "");
  EXPECT_EQ(talk.tick(), "");
  EXPECT_EQ(talk.machine().next_tick(), std::nullopt);
}

TEST(Sender, SendsOneBatchUntilTheFirstAckAndThenFillsTheWindow) {
  Talk talk = settled({.head = 20});
  EXPECT_EQ(talk.up(), "read 0");
  EXPECT_EQ(talk.read(), "publish a 1..3");
  EXPECT_EQ(talk.ack('a', 3), "useful, save 3 of 1, read 3");
  EXPECT_EQ(talk.read(), "publish a 4..6, read 6");
  EXPECT_EQ(talk.read(), "publish a 7..9, read 9");
  EXPECT_EQ(talk.read(), "publish a 10..12, read 12");
  EXPECT_EQ(talk.read(), "publish a 13..15");  // four in flight
  EXPECT_EQ(talk.ack('a', 9), "read 15");      // cumulative; the first Save is still on its way
  EXPECT_EQ(talk.shown().cursor, at(9));
}

TEST(Sender, WhateverHappensItLooksWhetherThereIsSomethingToSend) {
  Talk talk = settled({});
  EXPECT_EQ(talk.up(), "read 0");
  EXPECT_EQ(talk.read(), "publish a 1..0");
  EXPECT_EQ(talk.ack('a', 0), "useful");
  EXPECT_EQ(talk.write(1), "read 0");
  EXPECT_EQ(talk.write(2), "");  // one Read outstanding at a time
  EXPECT_EQ(talk.read(), "publish a 1..2");
}

TEST(Sender, AnAckThatFindsTheFileLongerThanTheLastNewsIsNoFork) {
  Talk talk = settled({.head = 2});
  (void)talk.up();
  // The read sees rows whose HeadMoved is still in the queue.
  UpBatch batch;
  batch.header.epoch = epoch('a');
  batch.header.first = 1;
  batch.header.last = 3;
  batch.header.digest = digest(3);
  EXPECT_EQ(talk.tell(BatchRead{batch}), "publish a 1..3");
  EXPECT_EQ(talk.tell(AckArrived{{StoreId{"s"}, epoch('a'), office(1), at(3), false, Timestamp{}}, digest(3)}),
            "useful, save 3 of 1");
  EXPECT_EQ(talk.shown().head, 3);
}

TEST(Sender, SavesOneAtATimeAndTheNewestWins) {
  Talk talk = settled({.head = 12});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 3), "useful, save 3 of 1, read 3");
  (void)talk.read();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 6), "");
  EXPECT_EQ(talk.ack('a', 9), "");
  EXPECT_EQ(talk.saved(), "save 9 of 1");
  EXPECT_EQ(talk.saved(), "");
}

TEST(Sender, AnAckWithoutGapNeverRewinds) {
  Talk talk = settled({.head = 12});
  (void)talk.up();
  (void)talk.read();
  (void)talk.ack('a', 3);
  (void)talk.read();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 3), "");
  EXPECT_EQ(talk.ack('a', 0), "");
  EXPECT_EQ(talk.shown().rewinds, 0);
}

TEST(Sender, AGapRewindsOncePerValueOfTheCursorAndThenOnlyTheTimerDoes) {
  Talk talk = settled({.head = 12});
  (void)talk.up();
  (void)talk.read();
  (void)talk.ack('a', 3);
  (void)talk.read();  // 4..6 is lost
  EXPECT_EQ(talk.read(), "publish a 7..9, read 9");
  EXPECT_EQ(talk.read(), "publish a 10..12");
  EXPECT_EQ(talk.gap('a', 3), "read 3");
  EXPECT_EQ(talk.gap('a', 3), "");                   // the answer to 10..12
  EXPECT_EQ(talk.read(), "publish a 4..6, read 6");  // lost again
  EXPECT_EQ(talk.read(), "publish a 7..9");          // the window was halved
  EXPECT_EQ(talk.gap('a', 3), "");
  EXPECT_EQ(talk.shown().rewinds, 1);
  const auto due = talk.machine().next_tick();
  ASSERT_TRUE(due);
  talk.now = *due;
  EXPECT_EQ(talk.tick(), "end");
}

TEST(Sender, AGapAtALaterCursorRewindsAgain) {
  Talk talk = settled({.head = 9});
  (void)talk.up();
  (void)talk.read();
  (void)talk.ack('a', 3);
  (void)talk.read();
  (void)talk.read();
  EXPECT_EQ(talk.gap('a', 3), "read 3");
  EXPECT_EQ(talk.read(), "publish a 4..6, read 6");
  EXPECT_EQ(talk.read(), "publish a 7..9");
  (void)talk.saved();
  EXPECT_EQ(talk.gap('a', 6), "save 6 of 1, read 6");
  EXPECT_EQ(talk.shown().rewinds, 2);
}

TEST(Sender, AStragglerWithAGapBelowTheCursorIsNotObeyed) {
  Talk talk = settled({.head = 12});
  (void)talk.up();
  (void)talk.read();
  (void)talk.ack('a', 3);
  (void)talk.read();
  EXPECT_EQ(talk.gap('a', 0), "");
  EXPECT_EQ(talk.shown().rewinds, 0);
}

TEST(Sender, AGapBelowTheCursorCountsWhileTheSessionHasNotConfirmedTheCursor) {
  // Should never be: head office lost rows without a new ho_epoch. Not sending them would stall for ever.
  Talk talk = settled({.head = 12, .cursor = 9});
  EXPECT_EQ(talk.up(), "read 9");
  (void)talk.read();
  EXPECT_EQ(talk.gap('a', 3), "read 3");
  EXPECT_EQ(talk.read(), "publish a 4..6");
  EXPECT_EQ(talk.shown().cursor, at(9)) << "the cursor itself never goes back";
}

TEST(Sender, TheWindowIsHalvedOnTroubleAndGrowsByOneWithEachAck) {
  Talk talk = settled({.head = 9, .window = 8});
  (void)talk.up();
  EXPECT_EQ(talk.shown().window, 1);
  (void)talk.read();
  (void)talk.ack('a', 3);
  EXPECT_EQ(talk.shown().window, 8);
  (void)talk.read();
  (void)talk.read();
  (void)talk.gap('a', 3);
  EXPECT_EQ(talk.shown().window, 4);
  (void)talk.read();
  (void)talk.ack('a', 6);
  EXPECT_EQ(talk.shown().window, 5);
  (void)talk.ack('a', 6);
  EXPECT_EQ(talk.shown().window, 5) << "it freed nothing";
}

TEST(Sender, GivesTheSessionUpWhenTheOldestBatchIsNotAcknowledged) {
  Talk talk = settled({.head = 3});
  (void)talk.up();
  (void)talk.read();
  ASSERT_EQ(talk.machine().next_tick(), talk.now + seconds(30));
  talk.now += seconds(29);
  EXPECT_EQ(talk.tick(), "");
  talk.now += seconds(1);
  EXPECT_EQ(talk.tick(), "end");
  EXPECT_EQ(talk.tick(), "");
  EXPECT_EQ(talk.shown().timeouts, 1);
  EXPECT_EQ(talk.machine().next_tick(), std::nullopt);
  EXPECT_EQ(talk.down(), "");
  EXPECT_EQ(talk.up(), "read 0");
}

TEST(Sender, GivesTheSessionUpWhenTheOpeningBatchIsNotAcknowledged) {
  Talk talk({});
  (void)talk.up();
  (void)talk.read();
  talk.now += seconds(30);
  EXPECT_EQ(talk.tick(), "end");
}

TEST(Sender, ASlowHeadOfficeThatAcknowledgesBatchByBatchIsNotGivenUp) {
  Talk talk = settled({.head = 9});
  (void)talk.up();
  (void)talk.read();
  (void)talk.ack('a', 3);
  (void)talk.read();
  (void)talk.read();
  talk.now += seconds(20);
  (void)talk.ack('a', 6);
  talk.now += seconds(20);
  EXPECT_EQ(talk.tick(), "");
  talk.now += seconds(10);
  EXPECT_EQ(talk.tick(), "end");
}

TEST(Sender, AfterASessionEverythingUnacknowledgedIsSentAgain) {
  Talk talk = settled({.head = 9});
  (void)talk.up();
  (void)talk.read();
  (void)talk.ack('a', 3);
  (void)talk.read();
  (void)talk.read();
  EXPECT_EQ(talk.down(), "");
  EXPECT_EQ(talk.shown().in_flight, 0);
  EXPECT_EQ(talk.up(), "read 3");
  EXPECT_EQ(talk.read(), "publish a 4..6");
  (void)talk.saved();
  EXPECT_EQ(talk.ack('a', 9), "useful, save 9 of 1") << "the first time all of it had arrived";
}

TEST(Sender, AnAnswerOfAnEarlierSessionIsDropped) {
  Talk talk = settled({.head = 9});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 3), "useful, save 3 of 1, read 3");
  (void)talk.down();
  EXPECT_EQ(talk.answer(3), "") << "no session";
  EXPECT_EQ(talk.up(), "read 3");
  EXPECT_EQ(talk.answer(0), "") << "not what was asked";
  EXPECT_EQ(talk.answer(3), "publish a 4..6");
}

TEST(Sender, AReadThatFailsIsRepeatedAfterAWhile) {
  Talk talk = settled({.head = 3});
  (void)talk.up();
  EXPECT_EQ(talk.read_failed(), "");
  EXPECT_EQ(talk.write(4), "") << "no tight loop";
  ASSERT_EQ(talk.machine().next_tick(), talk.now + seconds(1));
  talk.now += seconds(1);
  EXPECT_EQ(talk.tick(), "read 0");
}

}  // namespace
}  // namespace tillgate
