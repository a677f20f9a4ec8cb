// WalScan: damage in flushed transactions is seen, whatever a power cut leaves of the last one is not taken for damage.
#include "store/wal_scan.hpp"

#include <gtest/gtest.h>

#include "sim/machine.hpp"
#include "tests/sim/support.hpp"

namespace tillgate {
namespace {

using sim::Bytes;

constexpr std::size_t kPage = kPageBytes, kHeader = 32, kFrame = 24 + kPage;
const std::string kWal = "tillgate.db-wal", kDatabase = "tillgate.db";

// A log of some transactions, as the real store writes it, and the disk it lies on.
struct Log {
  sim::Machine machine{3};
  Bytes bytes;
  std::vector<std::size_t> commits;  // frames, from 0

  Log() {
    auto database = sim::testing::open(machine);
    for (int i = 0; i < 12; ++i)
      (void)sim::testing::commit(*database,
                                 sim::testing::create("N" + std::to_string(i), sim::testing::key_of(std::to_string(i))));
    bytes = machine.disk.image().at(kWal);
    for (std::size_t i = 0; i < frames(); ++i) {
      const auto mark = bytes.begin() + static_cast<std::ptrdiff_t>(kHeader + i * kFrame + 4);
      if (std::any_of(mark, mark + 4, [](auto byte) { return byte != 0; })) commits.push_back(i);
    }
  }
  [[nodiscard]] std::size_t frames() const { return (bytes.size() - kHeader) / kFrame; }
  // The first frame of the transaction `back` from the end (1: the last one).
  [[nodiscard]] std::size_t begin_of(std::size_t back) const { return commits[commits.size() - back - 1] + 1; }
};

std::optional<std::string> damage_in(const Bytes& bytes, std::size_t part = 64 * 1024) {
  WalScan scan(kPage);
  for (std::size_t at = 0; at < bytes.size(); at += part)
    scan.feed(std::span(bytes).subspan(at, std::min(part, bytes.size() - at)));
  return scan.damage();
}

TEST(WalScan, ASoundLogIsSoundInWhateverPartsItIsRead) {
  const Log log;
  ASSERT_GT(log.commits.size(), 12u);
  for (const std::size_t part : {std::size_t{7}, std::size_t{4096}, std::size_t{65536}, log.bytes.size()})
    EXPECT_EQ(damage_in(log.bytes, part), std::nullopt);
  EXPECT_EQ(damage_in({}), std::nullopt);
  EXPECT_EQ(damage_in(Bytes(1000, 0)), std::nullopt) << "a new file that never got its header";
}

TEST(WalScan, AFlippedBitInAFlushedTransactionIsDamage) {
  const Log log;
  Random random(7);
  const std::size_t end = kHeader + log.begin_of(1) * kFrame;
  for (int i = 0; i < 400; ++i) {
    Bytes bytes = log.bytes;
    const std::size_t at = i < 32 ? static_cast<std::size_t>(i) : random.below(end);
    bytes[at] ^= static_cast<std::uint8_t>(1 << random.below(8));
    // A commit mark that was cleared joins its transaction to the next one: seen when one more follows.
    const std::size_t frame = (at - kHeader) / kFrame, inside = (at - kHeader) % kFrame;
    if (at >= kHeader && frame + 1 == log.begin_of(1) && inside >= 4 && inside < 8) continue;
    EXPECT_NE(damage_in(bytes), std::nullopt) << "bit in byte " << at;
  }
}

TEST(WalScan, WhateverAPowerCutLeavesOfTheLastTransactionIsNoDamage) {
  const Log log;
  Random random(8);
  const std::size_t begin = kHeader + log.begin_of(1) * kFrame;
  for (int i = 0; i < 500; ++i) {
    Bytes bytes = log.bytes;
    for (std::size_t at = begin; at < bytes.size();) {
      const std::size_t next = std::min(bytes.size(), (at / 512 + 1) * 512);
      if (random.below(2) == 0)
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(next), 0);
      at = next;
    }
    if (random.below(4) == 0) bytes.resize(begin + random.below(bytes.size() - begin));
    EXPECT_EQ(damage_in(bytes), std::nullopt);
  }
}

// A torn transaction stays behind as its log is written on: its frames lie where the next ones go, chained among themselves.
TEST(WalScan, WhatIsLeftOfAnEarlierTornTransactionIsNoDamage) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    sim::Machine machine(seed);
    Random random(seed);
    auto database = sim::testing::open(machine);
    for (int life = 0; life < 6; ++life) {
      for (std::uint64_t i = 0; i < 1 + random.below(3); ++i) {
        const std::string name = std::to_string(life) + "-" + std::to_string(i);
        auto command = sim::testing::create("Big", sim::testing::key_of(name));
        command.patch.fields.emplace_back(Field::notes, std::string(random.below(6000), 'n'));
        (void)sim::testing::commit(*database, command);
      }
      // The power fails in the middle of a commit.
      int left = static_cast<int>(random.below(12));
      std::optional<sim::Image> image;
      machine.disk.watch([&](sim::DiskCall, const std::string&) {
        if (left-- == 0) image = machine.disk.image_after_cut(machine.disk.draw_cut());
      });
      (void)sim::run_on(*database, sim::testing::create("Torn", sim::testing::key_of("torn" + std::to_string(life))));
      machine.disk.watch(nullptr);
      database.reset();
      if (image) machine.disk.load(*image);
      const auto files = machine.disk.image();
      const auto wal = files.find(kWal);
      if (wal != files.end()) {
        EXPECT_EQ(damage_in(wal->second), std::nullopt) << seed;
      }
      database = sim::testing::open(machine);
      ASSERT_NE(database, nullptr);
    }
  }
}

TEST(StoreDatabase, DoesNotOpenOverALogThatIsDamagedInItsMiddle) {
  Log log;
  auto image = log.machine.disk.image();
  image[kWal][kHeader + 3 * kFrame + 700] ^= 1;
  log.machine.disk.load(image);
  auto opened = StoreDatabase::open(log.machine.options);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_NE(opened.error().detail.find("frame 4 is damaged"), std::string::npos) << opened.error().detail;
  EXPECT_EQ(log.machine.disk.image(), image) << "nothing was written: it can still be saved";
}

}  // namespace
}  // namespace tillgate
