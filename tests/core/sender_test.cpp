// Conversations: what happened, and word for word what the sender does about it.
#include "core/sender.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace tillgate {
namespace {

using namespace sender;

Epoch epoch(char name) {
  Epoch out;
  out.bytes[15] = static_cast<std::uint8_t>(name);
  return out;
}
HoEpoch office(int n) {
  HoEpoch out;
  out.bytes[15] = static_cast<std::uint8_t>(n);
  return out;
}
// The digest of a row: of the chain `name` up to `seq`.
Digest digest(Seq seq, char name = 'm') {
  Digest out;
  if (seq == 0) return out;
  out.bytes[0] = static_cast<std::uint8_t>(name);
  for (int i = 0; i < 8; ++i) out.bytes[static_cast<std::size_t>(31 - i)] = static_cast<std::uint8_t>(seq >> (8 * i));
  return out;
}
Position at(Seq seq, char name = 'm') {
  return {seq, digest(seq, name)};
}
EpochRoot root(char name, char replaces, Seq seq) {
  return {epoch(name), replaces ? std::optional(epoch(replaces)) : std::nullopt, at(seq)};
}

// A store's file with one row per seq, and the sender over it. Answers are given as text, one action after the other.
class Talk {
 public:
  struct Options {
    std::vector<EpochRoot> path{root('a', 0, 0)};
    Seq head = 0, cursor = 0;
    int known_office = 0;  // 0: never heard of one
    std::int64_t window = 4;
    std::size_t changes = 3;
  };
  explicit Talk(Options options) : path_(options.path), head_(options.head), sender_(start(options), limits(options)) {}

  std::string up() { return tell(SessionUp{}); }
  std::string down() { return tell(SessionDown{}); }
  std::string tick() { return tell(Tick{}); }
  std::string write(Seq head) {
    head_ = head;
    return tell(HeadMoved{at(head)});
  }
  // Answers the outstanding Read from the file, as the store does.
  std::string read() {
    EXPECT_TRUE(asked_) << "nothing was asked";
    return answer(asked_.value_or(0));
  }
  std::string answer(Seq after) {
    asked_.reset();
    const EpochRoot in = *path_.epoch_at(after + 1);
    const auto next = path_.successor_of(in.epoch);
    UpBatch batch;
    batch.header.epoch = in.epoch;
    batch.header.first = after + 1;
    batch.header.last = std::min({after + static_cast<Seq>(changes_), head_, next ? next->after.seq : head_});
    batch.header.prev = digest(after);
    batch.header.digest = digest(batch.header.last);
    if (in.after.seq == after) batch.header.root = in;
    return tell(BatchRead{batch});
  }
  std::string read_failed() {
    asked_.reset();
    return tell(ReadFailed{});
  }
  struct Said {
    bool gap = false;
    char chain = 'm';  // whose digest head office holds there
    int of = 1;        // its ho_epoch
  };
  std::string ack(char name, Seq seq) { return ack(name, seq, Said{}); }
  std::string ack(char name, Seq seq, Said said) {
    AckArrived event;
    event.ack = {StoreId{"s"}, epoch(name), office(said.of), at(seq, said.chain), said.gap, Timestamp{}};
    if (seq <= head_) event.own_digest = digest(seq);
    return tell(event);
  }
  std::string gap(char name, Seq seq) { return ack(name, seq, Said{.gap = true}); }
  std::string unknown(char name) { return unknown(name, Said{.gap = true}); }
  std::string unknown(char name, Said said) {
    return tell(AckArrived{{StoreId{"s"}, epoch(name), office(said.of), std::nullopt, said.gap, Timestamp{}}, std::nullopt});
  }
  std::string saved() { return tell(AckSaved{saving_.upto, saving_.ho_epoch}); }
  std::string rechained(char name, char replaces, Seq seq) {
    path_.rechain(root(name, replaces, seq));
    return tell(Rechained{root(name, replaces, seq), at(head_)});
  }
  std::string tell(const Event& event) {
    std::string said;
    for (const auto& action : sender_.step(now, event)) {
      const std::string one = text(action);
      if (!one.empty()) said += (said.empty() ? "" : ", ") + one;
    }
    return said;
  }

  Time now{seconds(1'000)};
  [[nodiscard]] const Sender& machine() const { return sender_; }
  [[nodiscard]] Sender::Snapshot shown() const { return sender_.snapshot(); }

 private:
  static SenderStart start(const Options& options) {
    SenderStart out{Path(options.path), at(options.head), at(options.cursor), std::nullopt};
    if (options.known_office) out.ho_epoch = office(options.known_office);
    return out;
  }
  SenderLimits limits(const Options& options) {
    changes_ = options.changes;
    SenderLimits out;
    out.window_max = options.window;
    out.batch_changes_max = options.changes;
    return out;
  }
  std::string text(const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) {
      EXPECT_FALSE(asked_) << "one Read at a time";
      asked_ = read->after;
      return "read " + std::to_string(read->after);
    }
    if (const auto* publish = std::get_if<Publish>(&action)) {
      const auto& header = publish->batch.header;
      const std::string where = std::string(1, static_cast<char>(header.epoch.bytes[15])) + " " + std::to_string(header.first);
      return "publish " + where + ".." + std::to_string(header.last);
    }
    if (const auto* save = std::get_if<Save>(&action)) {
      saving_ = *save;
      return "save " + std::to_string(save->upto.seq) + " of " + std::to_string(save->ho_epoch.bytes[15]) +
             (save->may_go_back ? " even back" : "");
    }
    if (const auto* fork = std::get_if<Fork>(&action)) return "fork " + std::to_string(fork->root.seq);
    if (std::holds_alternative<EndSession>(action)) return "end";
    if (std::holds_alternative<UsefulSession>(action)) return "useful";
    return "";  // notes are for people
  }

  std::size_t changes_ = 3;
  Path path_;
  Seq head_;
  std::optional<Seq> asked_;
  Save saving_{};
  Sender sender_;
};

// A store whose cursor stands at `cursor` under head office 1, and a session in which that was just confirmed.
Talk settled(Talk::Options options) {
  options.known_office = 1;
  return Talk(std::move(options));
}

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
