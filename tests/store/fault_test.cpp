// Broken and full disks: the fault at every step, not at one. Promises P4 (no lies after a storage error) and P5 (a full disk
// heals by itself) of docs/architecture.md.
#include <chrono>
#include <map>

#include "sim/crash_disk.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;
using sim::DiskCall;
using sim::DiskFault;
using sim::DiskFile;
constexpr auto kIo = DiskFault::Kind::io;
constexpr auto kFull = DiskFault::Kind::full;

struct BrokenWorld : World {
  sim::CrashDisk disk{20261122};
  BrokenWorld() {
    options.vfs = disk.vfs();
    options.flush_folder = [this] { return disk.flush_folder(); };
  }
  [[nodiscard]] std::int64_t touched() const { return disk.calls(DiskCall::write) + disk.calls(DiskCall::sync); }
};

constexpr int kCommands = 40;

struct Ledger {  // what the terminals know
  std::map<std::string, Customer> acknowledged;
  std::vector<std::string> unknown;
};

std::string key_name(int i) {
  return "key-" + std::to_string(i);
}
CreateCustomer nth_create(int i) {
  return create("N" + std::to_string(i), key_of(key_name(i)));
}

// After the storm: everything acknowledged is there, and every repeat has one effect and a consistent answer.
void expect_nothing_lost_or_doubled(World& world, const Ledger& ledger, int commands) {
  auto store = world.open();
  ASSERT_NE(store, nullptr);
  for (const auto& [key, customer] : ledger.acknowledged) {
    auto found = ask(*store, GetCustomer{customer.id});
    ASSERT_TRUE(found.has_value() && found->has_value()) << key << " was acknowledged and is lost";
    EXPECT_EQ((*found)->customer, customer);
  }
  for (int i = 0; i < commands; ++i) {
    const auto again = commit(*store, nth_create(i));
    const auto known = ledger.acknowledged.find(key_name(i));
    if (known == ledger.acknowledged.end()) continue;
    EXPECT_TRUE(again.is_replay);
    EXPECT_EQ(again.customer, known->second);
  }
  EXPECT_EQ(figures(*store).customers, commands);
  EXPECT_EQ(figures(*store).ledger_rows, commands);
  store.reset();
  auto db = world.raw();
  EXPECT_TRUE(verify_chain(*db, 0).has_value());
  EXPECT_EQ(*db->text_of("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(*db->integer_of("SELECT count(*) FROM customers"), commands);
  EXPECT_EQ(*db->integer_of("SELECT count(*) FROM ids"), 2 * commands);
}

void break_at(DiskCall op, long nth, bool for_ever) {
  SCOPED_TRACE(::testing::Message() << (op == DiskCall::sync ? "flush " : "write ") << nth
                                    << (for_ever ? " and all after" : ""));
  BrokenWorld world;
  Ledger ledger;
  {
    auto store = world.open();
    world.disk.arm({op, kIo, nth, for_ever});
    bool is_broken = false;
    std::int64_t touched = 0;
    for (int i = 0; i < kCommands; ++i) {
      auto outcome = run(*store, nth_create(i));
      if (outcome) {
        EXPECT_FALSE(is_broken) << "a 2xx after a storage error";
        ledger.acknowledged[key_name(i)] = std::get<Committed>(*outcome).customer;
        continue;
      }
      EXPECT_EQ(outcome.error().code, Errc::corrupt);
      ledger.unknown.push_back(key_name(i));
      if (!is_broken) touched = world.touched();
      is_broken = true;
    }
    EXPECT_EQ(is_broken, world.disk.fired() > 0);
    EXPECT_EQ(world.faults, is_broken ? 1 : 0);
    EXPECT_EQ(store->counters().has_fault, is_broken);
    store.reset();
    if (is_broken) {
      EXPECT_EQ(world.touched(), touched) << "the disk was touched after the error";
    }
    world.disk.disarm();
  }
  expect_nothing_lost_or_doubled(world, ledger, kCommands);
}

TEST(BrokenDisk, AFailedFlushStopsTheStoreAndLosesNothing) {
  for (long nth = 1; nth <= 45; ++nth) break_at(DiskCall::sync, nth, nth % 2 == 0);
}

TEST(BrokenDisk, AFailedWriteStopsTheStoreAndLosesNothing) {
  for (long nth = 1; nth <= 60; ++nth) break_at(DiskCall::write, nth, nth % 2 == 0);
}

TEST(BrokenDisk, AFailedFlushInACheckpointStopsTheStoreToo) {
  for (const DiskCall op : {DiskCall::sync, DiskCall::write}) {
    BrokenWorld world;
    std::map<CustomerId, Customer> acknowledged;
    {
      auto store = world.open();
      world.disk.arm({op, kIo, 1, true, DiskFile::database});
      bool is_broken = false;
      for (int i = 0; i < 2000 && !is_broken; ++i) {
        auto command = create("N" + std::to_string(i));
        command.patch.fields.emplace_back(Field::notes, std::string(1800, 'n'));
        auto outcome = run(*store, command);
        is_broken = !outcome;
        if (outcome) acknowledged[std::get<Committed>(*outcome).customer.id] = std::get<Committed>(*outcome).customer;
      }
      EXPECT_TRUE(is_broken);
      EXPECT_EQ(world.faults, 1);
      store.reset();
      world.disk.disarm();
    }
    auto store = world.open();
    for (const auto& [id, customer] : acknowledged) {
      auto found = ask(*store, GetCustomer{id});
      ASSERT_TRUE(found.has_value() && found->has_value());
      EXPECT_EQ((*found)->customer, customer);
    }
  }
}

TEST(BrokenDisk, AFailureWhileOpeningIsAnErrorAndTheNextStartIsSound) {
  int refused = 0;
  for (const DiskCall op : {DiskCall::write, DiskCall::sync}) {
    for (long nth = 1; nth <= 40; ++nth) {
      SCOPED_TRACE(nth);
      BrokenWorld world;
      world.disk.arm({op, kIo, nth, true});
      {
        auto store = Store::open(world.options);
        if (!store) {
          ++refused;
          EXPECT_EQ(store.error().code, Errc::corrupt);
        }
      }
      world.disk.disarm();
      auto store = world.open();
      ASSERT_NE(store, nullptr);
      commit(*store, create("Ada"));
    }
  }
  EXPECT_GT(refused, 5);
}

// One failed write, then room again: the group is refused as a whole, the next one goes through, without a restart.
TEST(FullDisk, Row46_RefusesAndGoesOnByItself) {
  for (long nth = 1; nth <= 60; ++nth) {
    SCOPED_TRACE(nth);
    BrokenWorld world;
    auto store = world.open();
    world.disk.arm({DiskCall::write, kFull, nth, false});
    Ledger ledger;
    for (int i = 0; i < kCommands; ++i) {
      auto outcome = run(*store, nth_create(i));
      if (!outcome) {
        EXPECT_EQ(outcome.error().code, Errc::full);
        outcome = run(*store, nth_create(i));
        ASSERT_TRUE(outcome.has_value()) << outcome.error().detail;
        EXPECT_FALSE(std::get<Committed>(*outcome).is_replay) << "half done before";
      }
      ledger.acknowledged[key_name(i)] = std::get<Committed>(*outcome).customer;
    }
    EXPECT_EQ(world.faults, 0);
    EXPECT_EQ(store->counters().refused_full, world.disk.fired());
    world.disk.disarm();
    store.reset();
    expect_nothing_lost_or_doubled(world, ledger, kCommands);
  }
}

TEST(FullDisk, ReadsGoOnAndWritesComeBackWithRoom) {
  BrokenWorld world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada"));
  world.disk.arm({DiskCall::write, kFull, 1, true});
  std::atomic<int> refused{0};
  std::promise<void> all;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(store->submit(create("Bea"), [&](Result<CommandOutcome> outcome) {
      if (!outcome && outcome.error().code == Errc::full && ++refused == 50) all.set_value();
    }));
  }
  ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  auto found = ask(*store, GetCustomer{made.customer.id});
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ(figures(*store).customers, 1);
  world.disk.disarm();
  EXPECT_EQ(commit(*store, create("Cleo")).seq, 2);
  EXPECT_EQ(world.faults, 0);
  EXPECT_EQ(figures(*store).customers, 2);
  EXPECT_TRUE(verify_chain(*world.raw(), 0).has_value());
}

TEST(FullDisk, ACheckpointWithoutRoomWaitsAndNothingIsRefused) {
  BrokenWorld world;
  world.options.wal_pages_max = 6000;
  auto store = world.open();
  world.disk.arm({DiskCall::write, kFull, 1, true, DiskFile::database});
  for (int i = 0; i < 800; ++i) {
    auto command = create("N" + std::to_string(i));
    command.patch.fields.emplace_back(Field::notes, std::string(1800, 'n'));
    commit(*store, command);
  }
  EXPECT_GT(world.disk.fired(), 0);
  world.disk.disarm();
  EXPECT_EQ(world.faults, 0);
  for (int i = 0; i < 300; ++i) commit(*store, create("M"));
  EXPECT_GT(store->counters().checkpoints, 0);
  store.reset();
  EXPECT_TRUE(verify_chain(*world.raw(), 0).has_value());
}

TEST(FullDisk, TheConfiguredLimitRefusesWritesButNotAcknowledgements) {
  World world;
  {
    auto store = world.open();
    commit(*store, create("Ada"));
  }
  world.options.bytes_max = 8 * 1024;
  auto store = world.open();
  auto outcome = run(*store, create("Bea"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Errc::full);
  SaveAck ack;
  ack.feed = "head_office";
  ack.upto = store->opened().head;
  EXPECT_TRUE(run(*store, ack).has_value());
  const auto counters = store->counters();
  EXPECT_TRUE(counters.is_above_70_percent && counters.is_above_90_percent);
  EXPECT_FALSE(counters.has_fault);
  EXPECT_EQ(counters.refused_full, 1);
  EXPECT_EQ(figures(*store).customers, 1);
}

}  // namespace
}  // namespace tillgate
