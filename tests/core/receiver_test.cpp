#include "core/receiver.hpp"

#include <gtest/gtest.h>

namespace tillgate {
namespace {

Epoch epoch(char name) {
  Epoch out;
  out.bytes[15] = static_cast<std::uint8_t>(name);
  return out;
}
Digest digest(Seq seq, char chain = 'm') {
  Digest out;
  if (seq == 0) return out;
  out.bytes[0] = static_cast<std::uint8_t>(chain);
  out.bytes[31] = static_cast<std::uint8_t>(seq);
  return out;
}
Position at(Seq seq, char chain = 'm') {
  return {seq, digest(seq, chain)};
}
EpochRoot root(char name, char replaces, Seq seq, char chain = 'm') {
  return {epoch(name), replaces ? std::optional(epoch(replaces)) : std::nullopt, at(seq, chain)};
}
EpochCursor held(EpochRoot from, Seq upto, char chain = 'm') {
  return {from, at(upto, chain)};
}
BatchHeader batch(char name, Seq first, Seq last, char chain = 'm') {
  BatchHeader out;
  out.epoch = epoch(name);
  out.first = first;
  out.last = last;
  out.prev = digest(first - 1, chain);
  out.digest = digest(last, chain);
  return out;
}
BatchHeader rooted(EpochRoot from, Seq last, char chain = 'm') {
  BatchHeader out = batch(static_cast<char>(from.epoch.bytes[15]), from.after.seq + 1, last, chain);
  out.prev = from.after.digest;
  if (out.count() == 0) out.digest = out.prev;
  out.root = from;
  return out;
}
const EpochRoot kA = root('a', 0, 0);
const EpochRoot kB = root('b', 'a', 9);

// Of epoch a the rows 1..9 are held.
ReceiverFacts nine_held() {
  ReceiverFacts facts;
  facts.cursor = held(kA, 9);
  return facts;
}
Verdict verdict(const BatchHeader& header, const ReceiverFacts& facts) {
  return decide(header, facts).verdict;
}

TEST(Receiver, AppliesWhatIsNextInLine) {
  const auto decision = decide(batch('a', 10, 12), nine_held());
  EXPECT_EQ(decision.verdict, Verdict::apply);
  EXPECT_EQ(decision.skip, 0);
}

TEST(Receiver, WhatIsNextInLineButContinuesAnotherChainIsAFork) {
  EXPECT_EQ(verdict(batch('a', 10, 12, 'x'), nine_held()), Verdict::fork);
}

TEST(Receiver, AcknowledgesAgainWhatIsKnown) {
  EXPECT_EQ(verdict(batch('a', 7, 9), nine_held()), Verdict::known);
  ReceiverFacts facts = nine_held();
  facts.digest_at_overlap = digest(5);
  EXPECT_EQ(verdict(batch('a', 3, 5), facts), Verdict::known);
}

TEST(Receiver, KnownNumbersWithOtherContentAreAFork) {
  EXPECT_EQ(verdict(batch('a', 7, 9, 'x'), nine_held()), Verdict::fork);
  ReceiverFacts facts = nine_held();
  facts.digest_at_overlap = digest(5);
  EXPECT_EQ(verdict(batch('a', 3, 5, 'x'), facts), Verdict::fork);
}

TEST(Receiver, KnownNumbersThatCannotBeComparedMoveNothing) {
  EXPECT_EQ(verdict(batch('a', 3, 5), nine_held()), Verdict::gap);
}

TEST(Receiver, OfAnOverlapOnlyTheNewTailIsApplied) {
  ReceiverFacts facts = nine_held();
  facts.batch_digest_at_cursor = digest(9);
  const auto decision = decide(batch('a', 8, 12), facts);
  EXPECT_EQ(decision.verdict, Verdict::apply);
  EXPECT_EQ(decision.skip, 2);
}

TEST(Receiver, AnOverlapThatDisagreesIsAFork) {
  ReceiverFacts facts = nine_held();
  facts.batch_digest_at_cursor = digest(9, 'x');
  EXPECT_EQ(verdict(batch('a', 8, 12, 'x'), facts), Verdict::fork);
}

TEST(Receiver, AnOverlapThatCannotBeComparedIsNotApplied) {
  EXPECT_EQ(verdict(batch('a', 8, 12), nine_held()), Verdict::gap);
}

TEST(Receiver, WhatComesTooEarlyIsAGap) {
  EXPECT_EQ(verdict(batch('a', 11, 12), nine_held()), Verdict::gap);
  EXPECT_EQ(verdict(batch('a', 12, 11), nine_held()), Verdict::gap) << "an empty one beyond our cursor says that we miss rows";
}

TEST(Receiver, AnEmptyBatchOpensASessionOnly) {
  EXPECT_EQ(verdict(batch('a', 10, 9), nine_held()), Verdict::known);
  EXPECT_EQ(verdict(batch('a', 10, 9, 'x'), nine_held()), Verdict::fork);
  ReceiverFacts facts = nine_held();
  facts.digest_at_overlap = digest(5);
  EXPECT_EQ(verdict(batch('a', 6, 5), facts), Verdict::known) << "its sender has less than we";
  EXPECT_EQ(verdict(batch('a', 6, 5, 'x'), facts), Verdict::fork);
}

TEST(Receiver, AnEmptyBatchAtTheRootIsComparedWithTheRoot) {
  ReceiverFacts facts;
  facts.cursor = held(kB, 12);
  EXPECT_EQ(verdict(rooted(kB, 9), facts), Verdict::known);
}

// † An unknown epoch starts only at its root.
TEST(Receiver, OpensANewDatabase) {
  EXPECT_EQ(verdict(rooted(kA, 3), {}), Verdict::open);
  EXPECT_EQ(verdict(rooted(kA, 0), {}), Verdict::open) << "an empty batch opens it, too";
}

TEST(Receiver, OpensAnEpochWhoseRootIsTheLastRowHeld) {
  ReceiverFacts facts;
  facts.replaced = held(kA, 9);
  facts.digest_at_root = digest(9);
  EXPECT_EQ(verdict(rooted(kB, 12), facts), Verdict::open);
  EXPECT_EQ(verdict(rooted(kB, 9), facts), Verdict::open);
}

TEST(Receiver, AnUnknownEpochDoesNotStartInTheMiddle) {
  ReceiverFacts facts;
  facts.replaced = held(kA, 9);
  facts.digest_at_root = digest(9);
  EXPECT_EQ(verdict(batch('b', 13, 15), facts), Verdict::unknown_epoch);
  BatchHeader in_the_middle = batch('b', 13, 15);
  in_the_middle.root = kB;
  EXPECT_EQ(verdict(in_the_middle, facts), Verdict::unknown_epoch) << "even when it names its root";
}

TEST(Receiver, AnUnknownEpochWhoseRootIsNotHeldDoesNotStart) {
  EXPECT_EQ(verdict(rooted(kB, 12), {}), Verdict::unknown_epoch) << "nothing held of the epoch before";
  ReceiverFacts facts;
  facts.replaced = held(kA, 5);
  EXPECT_EQ(verdict(rooted(kB, 12), facts), Verdict::unknown_epoch) << "not up to the root";
  facts.replaced = held(kA, 9, 'x');
  facts.digest_at_root = digest(9, 'x');
  EXPECT_EQ(verdict(rooted(kB, 12), facts), Verdict::unknown_epoch) << "another row";
  facts.replaced = held(root('a', 'z', 9), 12);
  facts.digest_at_root = digest(9);
  EXPECT_EQ(verdict(rooted(kB, 12), facts), Verdict::unknown_epoch) << "row 9 was not written in epoch a";
}

TEST(Receiver, ARootThatContradictsItsHeaderOpensNothing) {
  ReceiverFacts facts;
  facts.replaced = held(kA, 9);
  facts.digest_at_root = digest(9);
  BatchHeader header = rooted(kB, 12);
  header.prev = digest(9, 'x');
  EXPECT_EQ(verdict(header, facts), Verdict::unknown_epoch);
  header = rooted(kB, 12);
  header.root->epoch = epoch('z');
  EXPECT_EQ(verdict(header, facts), Verdict::unknown_epoch);
  EXPECT_EQ(verdict(rooted(root('b', 0, 9), 12), facts), Verdict::unknown_epoch) << "a new database has no rows before it";
}

// † A root below what is held: lost tail, restored, or a clone.
TEST(Receiver, ARootBelowWhatIsHeldIsABranch) {
  ReceiverFacts facts;
  facts.replaced = held(kA, 12);
  facts.digest_at_root = digest(9);
  EXPECT_EQ(verdict(rooted(kB, 11), facts), Verdict::branch);
}

TEST(Receiver, OneEpochWithTwoRootsIsAFork) {
  ReceiverFacts facts;
  facts.cursor = held(kB, 12);
  EXPECT_EQ(verdict(rooted(root('b', 'a', 9, 'x'), 12, 'x'), facts), Verdict::fork);
}

TEST(Receiver, NonsenseMovesNothing) {
  EXPECT_EQ(verdict(batch('a', 0, 3), nine_held()), Verdict::gap);
  EXPECT_EQ(verdict(batch('a', 10, 5), nine_held()), Verdict::gap);
  ReceiverFacts facts;
  facts.cursor = held(kB, 12);
  facts.digest_at_overlap = digest(5);
  EXPECT_EQ(verdict(batch('b', 3, 5), facts), Verdict::gap) << "before the root of its own epoch";
}

// ---- which epoch is the current one

Status online(EpochRoot from, std::int64_t n = 1) {
  Status out;
  out.is_online = true;
  out.n = n;
  out.epoch = from.epoch;
  out.root = from;
  return out;
}
Status will(char name, std::int64_t n = 1) {
  Status out;
  out.n = n;
  out.epoch = epoch(name);
  return out;
}
StatusFacts current(EpochCursor now, std::vector<EpochCursor> before = {}) {
  StatusFacts facts;
  facts.current = now;
  facts.known = std::move(before);
  facts.known.push_back(now);
  return facts;
}

TEST(Succession, TheFirstStatusMakesTheFirstCurrentEpoch) {
  EXPECT_EQ(succession(online(kA), {}), Succession::first);
  EXPECT_EQ(succession(will('a'), {}), Succession::stale);
}

TEST(Succession, TheCurrentEpochComesAndGoes) {
  StatusFacts facts = current(held(kA, 9));
  facts.n_seen = 4;
  EXPECT_EQ(succession(online(kA, 5), facts), Succession::same);
  EXPECT_EQ(succession(online(kA, 4), facts), Succession::same) << "retained: it is delivered again";
  EXPECT_EQ(succession(will('a', 4), facts), Succession::same);
  EXPECT_EQ(succession(online(kA, 3), facts), Succession::stale);
  EXPECT_EQ(succession(will('a', 3), facts), Succession::stale) << "the will of an earlier session";
}

TEST(Succession, ARestartSucceeds) {
  EXPECT_EQ(succession(online(kB), current(held(kA, 9))), Succession::succeeds);
}

TEST(Succession, ARestartWithRowsThatWeHaveNotHeardYetSucceeds) {
  EXPECT_EQ(succession(online(kB), current(held(kA, 5))), Succession::succeeds);
}

TEST(Succession, ALostTailOrARestoreSucceeds) {
  EXPECT_EQ(succession(online(root('c', 'a', 5)), current(held(kA, 9))), Succession::succeeds);
  EXPECT_EQ(succession(online(root('c', 'a', 5)), current(held(kB, 12), {held(kA, 9)})), Succession::succeeds)
      << "of an older epoch";
  EXPECT_EQ(succession(online(root('c', 'a', 9)), current(held(kB, 9), {held(kA, 9)})), Succession::succeeds)
      << "b never wrote";
}

TEST(Succession, ARootOffTheCurrentPathIsAClone) {
  EXPECT_EQ(succession(online(root('c', 'a', 11)), current(held(kB, 12), {held(kA, 11)})), Succession::clone)
      << "the current path left a at 9";
  EXPECT_EQ(succession(online(root('c', 'a', 9, 'x')), current(held(kA, 9))), Succession::clone) << "another row 9";
  EXPECT_EQ(succession(online(root('c', 'a', 9, 'x')), current(held(kB, 12), {held(kA, 9)})), Succession::clone);
  EXPECT_EQ(succession(online(root('c', 'b', 9)), current(held(kB, 12), {held(kA, 9)})), Succession::clone)
      << "9 is no row of b";
}

TEST(Succession, AnEmptyDatabaseAtAKnownStoreIsAClone) {
  EXPECT_EQ(succession(online(root('c', 0, 0)), current(held(kA, 9))), Succession::clone);
  EXPECT_EQ(succession(online(root('c', 0, 0)), current(held(root('b', 0, 0), 0), {held(kA, 9)})), Succession::clone);
}

TEST(Succession, AFreshBoxThatRestartsBeforeItsFirstWriteIsNoClone) {
  EXPECT_EQ(succession(online(root('c', 0, 0)), current(held(kA, 0))), Succession::succeeds);
  EXPECT_EQ(succession(online(root('c', 0, 0)), current(held(kA, 0), {held(root('c', 0, 0), 4)})), Succession::succeeds)
      << "its first rows came before its status";
}

TEST(Succession, AFreshBoxThatRestartsBeforeItsFirstWriteAndOnceMoreIsNoClone) {
  // Seed 156 of an early simulation: a was online and empty; b wrote, unseen; c is online.
  const EpochRoot b = root('b', 0, 0), c = root('c', 'b', 1);
  EXPECT_EQ(succession(online(c), current(held(kA, 0))), Succession::undecided);
  EXPECT_EQ(succession(online(c), current(held(kA, 0), {held(b, 1)})), Succession::succeeds);
  EXPECT_EQ(succession(online(c), current(held(kA, 1), {held(b, 1)})), Succession::clone);
}

TEST(Succession, AnEpochThatWasSucceededAndComesBackIsAClone) {
  StatusFacts facts = current(held(kB, 12), {held(kA, 11)});
  facts.was_succeeded = true;
  facts.n_seen = 4;
  EXPECT_EQ(succession(online(kA, 5), facts), Succession::clone);
  EXPECT_EQ(succession(online(kA, 4), facts), Succession::stale) << "an old message";
  EXPECT_EQ(succession(will('a', 5), facts), Succession::stale) << "the one that was succeeded goes, as it should";
}

TEST(Succession, AChildOfALineThatWasLeftForTheCurrentOneIsAClone) {
  // Two copies of one disk, used in turn: b and d both began where a ended; d is current, now a child of b comes.
  const EpochRoot d = root('d', 'a', 9);
  StatusFacts facts = current(held(d, 12), {held(kA, 9), held(kB, 12)});
  facts.succeeded = {epoch('a'), epoch('b')};
  EXPECT_EQ(succession(online(root('c', 'b', 12)), facts), Succession::clone);
  EXPECT_EQ(succession(online(root('c', 'd', 12)), facts), Succession::succeeds) << "a child of the current one";
  EXPECT_EQ(succession(online(root('c', 'a', 5)), facts), Succession::succeeds) << "a backup put back: its root is on the path";
}

TEST(Succession, ARootInAnEpochNobodyHasHeardWaits) {
  // Restarted twice while cut off: c replaces b, and b's rows are still to come.
  const EpochRoot c = root('c', 'b', 12);
  EXPECT_EQ(succession(online(c), current(held(kA, 9))), Succession::undecided);
  EXPECT_EQ(succession(online(c), current(held(kA, 9), {held(kB, 10)})), Succession::succeeds) << "now b has been heard";
}

TEST(Succession, AGrandchildOfACloneIsAClone) {
  // b left the current path a -> d where it was not any more.
  const EpochRoot d = root('d', 'a', 5);
  EXPECT_EQ(succession(online(root('c', 'b', 12)), current(held(d, 8), {held(kA, 9), held(kB, 12)})), Succession::clone);
}

TEST(Succession, TheWillOfAForeignEpochProvesNothing) {
  EXPECT_EQ(succession(will('z'), current(held(kA, 9))), Succession::stale);
}

TEST(Succession, WithoutARootNothingSucceeds) {
  Status bare = online(kB);
  bare.root.reset();
  EXPECT_EQ(succession(bare, current(held(kA, 9))), Succession::clone);
  EXPECT_EQ(succession(bare, current(held(kA, 9), {held(kB, 9)})), Succession::succeeds) << "its batches have brought the root";
}

TEST(Succession, RootsThatFormACircleEnd) {
  const EpochCursor b = held(root('b', 'c', 9), 9), c = held(root('c', 'b', 9), 9);
  EXPECT_EQ(succession(online(root('d', 'b', 9)), current(held(kA, 9), {b, c})), Succession::clone);
  StatusFacts facts = current(b, {c});
  EXPECT_EQ(succession(online(root('d', 'z', 9)), facts), Succession::undecided);
}

TEST(Receiver, EveryVerdictAndSuccessionHasAName) {
  for (int i = 0; i <= static_cast<int>(Verdict::fork); ++i) EXPECT_NE(name_of(static_cast<Verdict>(i)), "unknown");
  for (int i = 0; i <= static_cast<int>(Succession::undecided); ++i) EXPECT_NE(name_of(static_cast<Succession>(i)), "unknown");
}

}  // namespace
}  // namespace tillgate
