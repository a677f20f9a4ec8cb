// Every call of the disk fails once, or from then on, in turn: the first, the second, ... until a run is no longer hit.
// Promises P4 and P5: no 2xx that is not durable, none after a fault, nothing half-done, and a sound file afterwards.
// TILLGATE_CUTS set: every number; otherwise every flush, and the other calls in growing steps.
#include <gtest/gtest.h>

#include <cstdlib>

#include "store/ledger.hpp"
#include "tests/sim/support.hpp"

namespace tillgate::sim {
namespace {

using namespace testing;

constexpr Cut kNone{Cut::Kind::none};

struct Trial {
  std::uint64_t seed = 5;
  Machine machine{seed};
  Machine judge{seed + 1};
  Oracle oracle;
  Random random{seed};
  int number = 0;
  std::vector<CustomerId> made;
  int answers_full = 0;

  // One command; checks what may be answered.
  void ask(StoreDatabase& database, Command command) {
    const std::size_t place = oracle.asked(command);
    const bool was_faulty = database.writer()->counters().has_fault;
    auto outcome = run_on(database, command);
    if (outcome) {
      EXPECT_FALSE(was_faulty) << "a 2xx after a storage fault";
      ASSERT_TRUE(std::holds_alternative<Committed>(*outcome));
      const auto& committed = std::get<Committed>(*outcome);
      made.push_back(committed.customer.id);
      EXPECT_EQ(oracle.answered(place, committed), "");
      return;
    }
    const Errc code = outcome.error().code;
    EXPECT_TRUE(code == Errc::corrupt || code == Errc::full || code == Errc::not_found)
        << name_of(code) << outcome.error().detail;
    EXPECT_EQ(code == Errc::corrupt, database.writer()->counters().has_fault);
    if (code == Errc::full) ++answers_full;
  }
  void work(StoreDatabase& database, int commands) {
    for (int i = 0; i < commands; ++i) {
      const std::string name = "key-" + std::to_string(number++);
      if (number % 3 != 0 || made.empty()) {
        ask(database, create("N" + name, key_of(name, name)));
        continue;
      }
      UpdateCustomer update;
      update.actor = Actor{"till-1", "", "cashier"};
      update.key = key_of(name, name);
      update.id = made.front();
      update.patch.fields = {{Field::notes, std::string(5000, static_cast<char>('a' + number % 26))}};
      ask(database, update);
    }
    database.writer()->rest();
  }
  // The whole life, faults included; what it answers is in the oracle.
  void live() {
    auto opened = StoreDatabase::open(machine.options);
    if (!opened) {
      const Errc code = opened.error().code;
      EXPECT_TRUE(code == Errc::corrupt || code == Errc::full || code == Errc::unavailable || code == Errc::busy)
          << opened.error().detail;
      return;
    }
    work(**opened, 6);
    if ((*opened)->writer()->counters().has_fault) return;
    if (auto done = (*opened)->writer()->finish(); done) {
      EXPECT_EQ(machine.faults, 0);
    }
  }
  void judge_image(const Image& image, const char* when) {
    judge.disk.load(image);
    judge.now_ms = machine.now_ms;
    EXPECT_EQ(oracle.check(judge, oracle.now(), random), "") << when;
  }
};

// False: the fault was never met, so all are done.
bool fail_nth(const DiskFault& fault) {
  SCOPED_TRACE(::testing::Message() << name_of(fault.call) << ' ' << fault.nth << (fault.is_for_ever ? " and all after" : "")
                                    << (fault.kind == DiskFault::Kind::full ? ", full" : ", i/o error"));
  Trial trial;
  trial.machine.options.wal_pages_max = 420;
  trial.machine.disk.arm(fault);
  trial.live();
  const bool is_met = trial.machine.disk.fired() > 0;
  trial.machine.disk.disarm();
  trial.judge_image(trial.machine.disk.image(), "the process died");
  trial.judge_image(trial.machine.disk.image_after_cut(kNone), "the power failed");
  // The service starts the process again, on what the kernel still holds; then the power fails.
  trial.machine.disk.kill_process();
  auto again = open(trial.machine);
  if (!again) return is_met;
  for (int i = 0; i < 4; ++i) {
    trial.work(*again, 1);
    trial.judge_image(trial.machine.disk.image_after_cut(kNone), "restarted, then the power failed");
  }
  EXPECT_FALSE(again->writer()->counters().has_fault);
  return is_met;
}

void fail_each(DiskCall call, DiskFault::Kind kind) {
  const bool is_thorough = call == DiskCall::sync || std::getenv("TILLGATE_CUTS") != nullptr;
  int runs = 0;
  for (const bool is_for_ever : {false, true}) {
    for (std::int64_t nth = 1; fail_nth({call, kind, nth, is_for_ever}); nth += is_thorough ? 1 : 2 + nth) ++runs;
  }
  std::printf("%s: %d failures tried\n", name_of(call), runs);
  EXPECT_GT(runs, 0) << name_of(call) << " never failed";
}

TEST(NthFailure, NoCallThatFailsLosesOrHalvesAnything) {
  for (int i = 0; i < kDiskCalls; ++i) fail_each(static_cast<DiskCall>(i), DiskFault::Kind::io);
}

// Of a write alone does SQLite learn that the disk is full: out of a flush, a truncation or an opening, ENOSPC comes to it as the
// I/O error of that call, tried above.
TEST(NthFailure, ADiskThatIsFullAtAnyWriteLosesNothing) {
  fail_each(DiskCall::write, DiskFault::Kind::full);
}

// P5: refused with `full`, nothing half-done, and served again without a restart as soon as there is room.
TEST(NthFailure, AFullDiskServesAgainWithRoom) {
  int refused = 0;
  for (std::size_t room = 1000; room < 120'000; room += 7000) {
    SCOPED_TRACE(room);
    Trial trial;
    auto database = open(trial.machine);
    std::size_t used = 0;
    for (const auto& [name, bytes] : trial.machine.disk.image()) used += bytes.size();
    trial.machine.disk.set_room(used + room);
    trial.work(*database, 9);
    refused += trial.answers_full;
    const int before = trial.answers_full;
    EXPECT_EQ(trial.machine.faults, 0);
    trial.machine.disk.set_room(std::nullopt);
    trial.work(*database, 3);
    EXPECT_EQ(trial.answers_full, before);
    EXPECT_EQ(trial.machine.faults, 0);
    trial.judge_image(trial.machine.disk.image_after_cut(kNone), "the power failed");
  }
  EXPECT_GT(refused, 10);
}

}  // namespace
}  // namespace tillgate::sim
