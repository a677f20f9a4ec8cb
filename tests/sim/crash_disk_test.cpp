// CrashDisk itself: if it were kinder than a real disk, or harsher than one may be, what runs on it would prove nothing.
#include "sim/crash_disk.hpp"

#include <gtest/gtest.h>

#include "tests/sim/support.hpp"

namespace tillgate::sim {
namespace {

using namespace testing;

constexpr Cut kNone{Cut::Kind::none};
constexpr Cut kAll{Cut::Kind::all};

std::unique_ptr<Connection> connect(const CrashDisk& disk) {
  auto db = Connection::open({"test.db", disk.vfs(), false, 0});
  EXPECT_TRUE(db.has_value()) << (db ? "" : db.error().detail);
  return db ? std::move(*db) : nullptr;
}

std::int64_t rows_in(const Image& image) {
  CrashDisk disk(7);
  disk.load(image);
  auto db = connect(disk);
  if (!db) return -1;
  auto rows = db->integer_of("SELECT count(*) FROM t");
  return rows ? *rows : -1;
}

TEST(CrashDisk, KeepsWhatWasCommittedAndForgetsWhatWasNot) {
  CrashDisk disk(1);
  auto db = connect(disk);
  ASSERT_TRUE(db->execute("CREATE TABLE t (a)"));
  ASSERT_TRUE(db->execute("INSERT INTO t VALUES (1)"));
  EXPECT_EQ(disk.unsynced(), 0u);
  EXPECT_EQ(rows_in(disk.image_after_cut(kNone)), 1);
  // With half the guarantee: a transaction that nobody flushed is there as long as the power is.
  ASSERT_TRUE(db->execute("PRAGMA synchronous=OFF; INSERT INTO t VALUES (2)"));
  EXPECT_GT(disk.unsynced(), 0u);
  EXPECT_EQ(rows_in(disk.image()), 2);
  EXPECT_EQ(rows_in(disk.image_after_cut(kAll)), 2);
  EXPECT_EQ(rows_in(disk.image_after_cut(kNone)), 1);
  for (std::size_t i = 0; i < disk.unsynced(); ++i) {
    EXPECT_EQ(rows_in(disk.image_after_cut({Cut::Kind::all_but_one, i})), 1) << i;
  }
}

TEST(CrashDisk, ANewFileIsLostUntilItsFolderWasFlushed) {
  CrashDisk disk(1);
  {
    auto db = connect(disk);
    ASSERT_TRUE(db->execute("CREATE TABLE t (a)"));
  }
  EXPECT_EQ(disk.image_after_cut(kNone).size(), 2u) << "database and WAL";
  CrashDisk fresh(2);
  fresh.set_sync_honoured(false);
  {
    auto db = connect(fresh);
    ASSERT_TRUE(db->execute("CREATE TABLE t (a)"));
  }
  EXPECT_TRUE(fresh.image_after_cut(kNone).empty());
  EXPECT_EQ(rows_in(fresh.image_after_cut(kAll)), 0);
}

TEST(CrashDisk, TheSameSeedGivesTheSameBytes) {
  const auto run = [](std::uint64_t seed) {
    CrashDisk disk(seed);
    auto db = connect(disk);
    EXPECT_TRUE(
        db->execute("CREATE TABLE t (a); INSERT INTO t VALUES (randomblob(2000)); PRAGMA synchronous=OFF;"
                    "INSERT INTO t VALUES (randomblob(2000))"));
    return disk.image_after_cut({Cut::Kind::subset, 0, 50});
  };
  EXPECT_EQ(run(5), run(5));
  EXPECT_NE(run(5), run(6));
}

TEST(CrashDisk, AfterACutOpenHandlesAreDeadAndTheFilesOpenAnew) {
  CrashDisk disk(1);
  auto db = connect(disk);
  ASSERT_TRUE(db->execute("CREATE TABLE t (a)"));
  disk.cut(kNone);
  EXPECT_FALSE(db->execute("INSERT INTO t VALUES (1)").has_value());
  EXPECT_FALSE(db->integer_of("SELECT count(*) FROM t").has_value());
  auto again = connect(disk);
  EXPECT_TRUE(again->execute("INSERT INTO t VALUES (1)"));
  db.reset();
  EXPECT_EQ(*again->integer_of("SELECT count(*) FROM t"), 1);
}

TEST(CrashDisk, TwoWritersExcludeEachOtherAndAReaderSeesItsSnapshot) {
  CrashDisk disk(1);
  auto one = connect(disk), other = connect(disk);
  ASSERT_TRUE(one->execute("CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)"));
  auto refused = other->execute("BEGIN IMMEDIATE");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_EQ(*other->integer_of("SELECT count(*) FROM t"), 0);
  ASSERT_TRUE(other->execute("BEGIN; SELECT count(*) FROM t"));
  ASSERT_TRUE(one->execute("COMMIT"));
  EXPECT_EQ(*other->integer_of("SELECT count(*) FROM t"), 0);
  ASSERT_TRUE(other->execute("COMMIT"));
  EXPECT_EQ(*other->integer_of("SELECT count(*) FROM t"), 1);
}

TEST(CrashDisk, AFullDiskRefusesAndTakesAgainWithRoom) {
  CrashDisk disk(1);
  auto db = connect(disk);
  ASSERT_TRUE(db->execute("CREATE TABLE t (a)"));
  std::size_t used = 0;
  for (const auto& [name, bytes] : disk.image()) used += bytes.size();
  disk.set_room(used + 1000);
  auto refused = db->execute("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::full);
  disk.set_room(std::nullopt);
  EXPECT_TRUE(db->execute("INSERT INTO t VALUES (1)"));
}

TEST(CrashDisk, EveryKindOfCallCanBeMadeToFailOnceOrForEver) {
  for (int i = 0; i < kDiskCalls; ++i) {
    const auto call = static_cast<DiskCall>(i);
    if (call == DiskCall::remove || call == DiskCall::truncate) continue;  // a WAL database does neither when it is opened
    CrashDisk disk(1);
    disk.arm({call, DiskFault::Kind::io, 1, true});
    auto db = Connection::open({"test.db", disk.vfs(), false, 0});
    const bool is_refused = !db || !(*db)->execute("CREATE TABLE t (a); INSERT INTO t VALUES (1); SELECT * FROM t");
    EXPECT_TRUE(is_refused) << name_of(call);
    EXPECT_GE(disk.fired(), 1) << name_of(call);
    if (db) (*db).reset();
    disk.arm({call, DiskFault::Kind::io, 1, false});
    db = Connection::open({"test.db", disk.vfs(), false, 0});
    EXPECT_LE(disk.fired(), 1);
    disk.disarm();
    auto again = connect(disk);
    EXPECT_TRUE(again->execute("CREATE TABLE IF NOT EXISTS t (a); INSERT INTO t VALUES (1)")) << name_of(call);
  }
}

// What Linux does: the failed flush has cleaned the pages, so that the next one has nothing to write.
TEST(CrashDisk, AFlushThatFailedIsNotMadeGoodByTheNext) {
  int lost = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    DiskFiles files(seed);
    auto file = files.create("a");
    files.flush_folder();
    const Bytes sector(kSectorBytes, 0x55);
    ASSERT_EQ(files.write(file, 0, sector), sector.size());
    files.fail_flush(file);
    files.flush(file);
    EXPECT_EQ(files.as_written().at("a"), sector);
    if (files.after_cut(kAll).at("a") != sector) ++lost;
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 20);
}

TEST(CrashDisk, ATornWriteKeepsWholeSectorsOnly) {
  DiskFiles files(3);
  auto file = files.create("a");
  files.flush_folder();
  ASSERT_EQ(files.write(file, 0, Bytes(4096, 0x11)), 4096u);
  files.flush(file);
  ASSERT_EQ(files.write(file, 100, Bytes(3000, 0x22)), 3000u);
  bool has_mixture = false;
  for (int i = 0; i < 50; ++i) {
    const Bytes after = files.after_cut({Cut::Kind::prefix, 0, 50, true}).at("a");
    int kept = 0;
    for (std::size_t sector = 0; sector < 4096; sector += kSectorBytes) {
      int changed = 0;
      for (std::size_t at = sector; at < sector + kSectorBytes; ++at) changed += after[at] == 0x22 ? 1 : 0;
      const std::size_t from = std::max<std::size_t>(sector, 100), to = std::min<std::size_t>(sector + kSectorBytes, 3100);
      EXPECT_TRUE(changed == 0 || changed == static_cast<int>(to - from)) << sector;
      kept += changed != 0 ? 1 : 0;
    }
    has_mixture = has_mixture || (kept != 0 && kept != 7);
  }
  EXPECT_TRUE(has_mixture);
}

TEST(StoreDatabase, RunsTheRealStoreWithoutAThreadOnACrashDisk) {
  Machine machine(11);
  auto database = open(machine);
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(database->opened().migrated_from, 0);
  const auto made = commit(*database, create("Ada", key_of("k")));
  machine.disk.cut(kNone);
  EXPECT_FALSE(run_on(*database, create("Bea", key_of("l"))).has_value());
  EXPECT_EQ(machine.faults, 1);
  database = open(machine);
  ASSERT_NE(database, nullptr);
  EXPECT_FALSE(database->opened().was_clean_stop);
  auto found = database->ask(GetCustomer{made.customer.id});
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->etag, made.etag);
  EXPECT_TRUE(database->writer()->finish().has_value());
  database = open(machine);
  EXPECT_TRUE(database->opened().was_clean_stop);
}

}  // namespace
}  // namespace tillgate::sim
