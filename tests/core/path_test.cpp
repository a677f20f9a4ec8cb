#include "core/path.hpp"

#include <gtest/gtest.h>

namespace tillgate {
namespace {

Epoch epoch(std::uint8_t n) {
  Epoch out;
  out.bytes[15] = n;
  return out;
}
Digest digest(std::uint8_t n) {
  Digest out;
  out.bytes[31] = n;
  return out;
}
const EpochRoot kA{epoch(1), std::nullopt, {}};
const EpochRoot kB{epoch(2), epoch(1), {3, digest(3)}};
const EpochRoot kC{epoch(3), epoch(2), {7, digest(7)}};

TEST(Path, KnowsInWhichEpochARowWasWritten) {
  const Path path({kA, kB, kC});
  EXPECT_EQ(path.epoch_at(1), kA);
  EXPECT_EQ(path.epoch_at(3), kA);
  EXPECT_EQ(path.epoch_at(4), kB);
  EXPECT_EQ(path.epoch_at(7), kB);
  EXPECT_EQ(path.epoch_at(8), kC);
  EXPECT_EQ(path.epoch_at(1'000), kC);
  EXPECT_EQ(path.epoch_at(0), std::nullopt);
  EXPECT_EQ(Path().epoch_at(1), std::nullopt);
}

TEST(Path, NamesTheEpochsBeforeAndAfter) {
  const Path path({kA, kB, kC});
  EXPECT_EQ(path.predecessor_of(kA.epoch), std::nullopt);
  EXPECT_EQ(path.predecessor_of(kC.epoch), kB);
  EXPECT_EQ(path.successor_of(kA.epoch), kB);
  EXPECT_EQ(path.successor_of(kC.epoch), std::nullopt);
  EXPECT_EQ(path.root_of(kB.epoch), kB);
}

TEST(Path, KnowsNothingOfAForeignEpoch) {
  const Path path({kA, kB});
  EXPECT_EQ(path.root_of(kC.epoch), std::nullopt);
  EXPECT_EQ(path.predecessor_of(kC.epoch), std::nullopt);
  EXPECT_EQ(path.successor_of(kC.epoch), std::nullopt);
}

TEST(Path, AnEpochThatNeverWroteOwnsNoRow) {
  const EpochRoot again{epoch(4), std::nullopt, {}};
  EXPECT_EQ(Path({kA, again}).epoch_at(1), again);
}

TEST(Path, ARechainDropsTheEpochsWhoseRowsItTook) {
  const EpochRoot in_b{epoch(5), epoch(2), {5, digest(5)}};
  Path path({kA, kB, kC});
  path.rechain(in_b);
  EXPECT_EQ(path.roots(), (std::vector<EpochRoot>{kA, kB, in_b}));

  const EpochRoot at_b{epoch(5), epoch(1), kB.after};
  path = Path({kA, kB, kC});
  path.rechain(at_b);
  EXPECT_EQ(path.roots(), (std::vector<EpochRoot>{kA, at_b}));

  const EpochRoot from_the_start{epoch(5), std::nullopt, {}};
  path = Path({kA, kB, kC});
  path.rechain(from_the_start);
  EXPECT_EQ(path.roots(), (std::vector<EpochRoot>{from_the_start}));
}

}  // namespace
}  // namespace tillgate
