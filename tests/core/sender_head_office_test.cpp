// What a sender believes when head office is another one than before.
#include "tests/core/talk.hpp"

namespace tillgate {
namespace {

using namespace sender;
using namespace sender::conversation;

// † Head office that goes back in time.
TEST(Sender, UnderANewHoEpochTheFirstCursorCountsHoweverLow) {
  Talk talk = settled({.head = 12, .cursor = 9});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 3, {.of = 2}), "useful, save 3 of 2 even back, read 3");
  EXPECT_EQ(talk.shown().cursor, at(3));
  EXPECT_EQ(talk.read(), "publish a 4..6");
  (void)talk.saved();
  EXPECT_EQ(talk.ack('a', 0, {.of = 2}), "") << "only the first";
  EXPECT_EQ(talk.ack('a', 6, {.of = 2}), "save 6 of 2, read 6");
}

TEST(Sender, AcksOfAnEarlierHoEpochAreDropped) {
  Talk talk = settled({.head = 12, .cursor = 9});
  (void)talk.up();
  (void)talk.read();
  (void)talk.ack('a', 3, {.of = 2});
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 12, {.of = 1}), "");
  EXPECT_EQ(talk.shown().cursor, at(3));
  (void)talk.down();
  (void)talk.up();
  EXPECT_EQ(talk.ack('a', 12, {.of = 1}), "") << "in the next session, too";
}

TEST(Sender, WhereTheLatestIsSilentAndAnEarlierSpeaksItForgetsWhichCameEarlier) {
  // After a restart of ours a straggler of a dead head office looks new. The living one must not stay "earlier" for ever.
  Talk talk = settled({.head = 12, .cursor = 9});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 3, {.of = 7}), "useful, save 3 of 7 even back, read 3") << "the straggler";
  (void)talk.saved();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 9), "");
  talk.now += seconds(30);
  EXPECT_EQ(talk.tick(), "end");
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 9), "useful, save 9 of 1 even back, read 9");
}

// † Seed 15786 of a simulation: the straggler confirmed all that an idle store had in flight, so no timer ever ran.
TEST(Sender, AnIdleStoreIsNotFooledByAStragglerOfADeadHeadOffice) {
  Talk talk = settled({.head = 9, .cursor = 9});
  (void)talk.up();
  EXPECT_EQ(talk.read(), "publish a 10..9");
  EXPECT_EQ(talk.ack('a', 9, {.of = 7}), "useful, save 9 of 7 even back, read 9") << "believed only when it answers this one";
  (void)talk.saved();
  EXPECT_EQ(talk.read(), "publish a 10..9");
  EXPECT_EQ(talk.ack('a', 3), "") << "the living one, taken for an earlier";
  talk.now += seconds(30);
  EXPECT_EQ(talk.tick(), "end");
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 3), "useful, save 3 of 1 even back, read 3");
}

TEST(Sender, AnAckOfAnEarlierHoEpochAsksTheLatestForASignOfLife) {
  Talk talk = settled({.head = 9, .cursor = 9});
  (void)talk.up();
  (void)talk.read();
  (void)talk.ack('a', 9, {.of = 2});
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 9, {.of = 2}), "");
  EXPECT_EQ(talk.ack('a', 9), "read 9");
  EXPECT_EQ(talk.read(), "publish a 10..9");
  EXPECT_EQ(talk.ack('a', 9), "") << "one question at a time";
  EXPECT_EQ(talk.ack('a', 9, {.of = 2}), "");
  EXPECT_EQ(talk.shown().in_flight, 0);
}

TEST(Sender, ANewHeadOfficeThatKnowsNothingGetsEverythingFromTheStart) {
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 4)}, .head = 6, .cursor = 6});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.unknown('b', {.gap = false, .of = 2}), "useful, save 0 of 2 even back, read 0");
  EXPECT_EQ(talk.read(), "publish a 1..3");
}

TEST(Sender, TheGreetingOfTheFirstHeadOfficeEverCostsNothing) {
  Talk talk({.head = 6});
  (void)talk.up();
  EXPECT_EQ(talk.read(), "publish a 1..3");
  EXPECT_EQ(talk.unknown('a', {.gap = false}), "useful, save 0 of 1 even back")
      << "1..3 continues its cursor: it stays in flight";
  (void)talk.saved();
  EXPECT_EQ(talk.ack('a', 3), "save 3 of 1, read 3");
}

TEST(Sender, ASaveThatMayGoBackStaysOneWhenANewerOverridesIt) {
  Talk talk = settled({.head = 12, .cursor = 6});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('a', 9), "useful, save 9 of 1, read 9");
  EXPECT_EQ(talk.ack('a', 0, {.of = 2}), "");  // the read is stale now
  EXPECT_EQ(talk.read(), "read 0");
  EXPECT_EQ(talk.read(), "publish a 1..3");
  EXPECT_EQ(talk.ack('a', 3, {.of = 2}), "read 3");
  EXPECT_EQ(talk.saved(), "save 3 of 2 even back");
}

TEST(Sender, AForkUnderANewHoEpochIsRootedWhereTheForkedEpochBegan) {
  // What the old head office acknowledged the new one may not hold; that it knows the epoch proves that it holds its root.
  Talk talk = settled({.path = {root('a', 0, 0), root('b', 'a', 4)}, .head = 12, .cursor = 9});
  (void)talk.up();
  (void)talk.read();
  EXPECT_EQ(talk.ack('b', 7, {.chain = 'x', .of = 2}), "useful, save 4 of 2 even back");
  EXPECT_EQ(talk.saved(), "fork 4");
  EXPECT_EQ(talk.rechained('f', 'a', 4), "read 4");
}

}  // namespace
}  // namespace tillgate
