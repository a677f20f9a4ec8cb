// One scripted play for each rule that answers a counter-example (docs/simulation.md has the table). Each is played by the rules,
// and again with that one rule broken: the second must be noticed, or the play proves nothing. On both kinds of disk.
#include <gtest/gtest.h>

#include "sim/store_disk.hpp"
#include "sim/world/world.hpp"

namespace tillgate::sim {
namespace {

struct Kind {
  const char* name;
  MakeDisk make_disk;
};

class Scenario : public testing::TestWithParam<Kind> {
 protected:
  // A play says what it found wrong beside what the world's own judgement finds.
  using Play = std::string (*)(World&);
  std::string play(Play script, const Policy& policy = {}, std::size_t receivers = 2) const {
    World world(Options{7, policy, false, receivers, 6}, GetParam().make_disk);
    world.open_shop();
    world.pass(seconds(2));
    const std::string found = script(world);
    return !found.empty() ? found : world.settle().violation;
  }
  void holds_and_matters(Play script, bool Policy::*rule_broken) const {
    EXPECT_EQ(play(script), "");
    Policy policy;
    policy.*rule_broken = true;
    EXPECT_NE(play(script, policy), "") << "the broken rule was not noticed";
  }
};

Patch named(const std::string& name) {
  Patch patch;
  patch.fields = {{Field::first_name, name}, {Field::last_name, "Example"}};
  return patch;
}
Patch noted(const std::string& text) {
  Patch patch;
  patch.fields = {{Field::notes, text}};
  return patch;
}
void write(World& world, std::size_t shop, int count) {
  for (int i = 0; i < count; ++i) world.clerk().create(shop, named("n" + std::to_string(i)));
  world.pass(seconds(1));
}
Seq rows(World& world, std::size_t shop = 0) {
  return world.shop(shop).disk().head().seq;
}

TEST_P(Scenario, EveryOpeningDrawsAnEpochSoALostTailIsABranch) {
  holds_and_matters(
      [](World& world) -> std::string {
        write(world, 0, 5);
        const Epoch before = world.shop(0).epoch();
        world.shop(0).lie(true);
        write(world, 0, 5);  // sent and acknowledged, and then lost here
        world.pass(seconds(3));
        while (rows(world) > 5) {  // what a lying disk loses is drawn
          world.shop(0).cut_power("scripted");
          world.pass(seconds(3));
          if (rows(world) == 10) write(world, 0, 1);
          if (world.stage().outcome.crashes > 50) return "the disk lost nothing";
        }
        world.shop(0).lie(false);
        write(world, 0, 3);
        return world.shop(0).epoch() == before ? "the epoch is the old one" : "";
      },
      &Policy::keeps_epoch);
}

TEST_P(Scenario, AnEpochWithoutRowsIsNeverReplaced) {
  EXPECT_EQ(play([](World& world) -> std::string {
              write(world, 0, 2);
              const Epoch written = world.shop(0).epoch();
              for (int i = 0; i < 5; ++i) {
                world.shop(0).restart();
                world.pass(seconds(2));
              }
              write(world, 0, 1);
              const auto batch = world.shop(0).disk().read(2, 10, kBatchBytesMax);
              return batch && batch->header.root && batch->header.root->replaces == written ? ""
                                                                                            : "an empty epoch is on the path";
            }),
            "");
}

TEST_P(Scenario, AnUnknownEpochStartsOnlyAtItsRoot) {
  holds_and_matters(
      [](World& world) -> std::string {
        write(world, 0, 1);
        for (int i = 0; i < 5; ++i) {
          world.network().partition(0, seconds(5));
          write(world, 0, 2);
          world.shop(0).restart();
          world.pass(seconds(2));
          write(world, 0, 4);
          world.stage().faults.delay_max = milliseconds(300);  // the new epoch overtakes what it was rooted in, and itself
          world.pass(seconds(12));
        }
        return "";
      },
      &Policy::opens_anywhere);
}

TEST_P(Scenario, AGapIsPutAsideUntilAnotherReceiverClosesIt) {
  for (const std::size_t receivers : {std::size_t{1}, std::size_t{3}}) {
    const Play busy = [](World& world) -> std::string {
      world.stage().faults.delay_max = milliseconds(100);  // reorders, loses nothing
      for (int i = 0; i < 20; ++i) write(world, 0, 6);
      world.pass(seconds(5));
      const Seq written = rows(world);
      world.shop(0).count();
      const auto& outcome = world.stage().outcome;
      return outcome.sent * 10 > written * 11 ? std::to_string(outcome.sent) + " sent for " + std::to_string(written) : "";
    };
    EXPECT_EQ(play(busy, {}, receivers), "") << receivers << " receivers";
    Policy policy;
    policy.puts_nothing_aside = true;
    EXPECT_NE(play(busy, policy, receivers), "") << receivers << " receivers";
  }
}

TEST_P(Scenario, AnAckCountsOnlyWithOurOwnDigest) {
  holds_and_matters(
      [](World& world) -> std::string {
        write(world, 0, 3);
        const std::size_t twin = world.copy(0, true);
        world.pass(seconds(2));
        write(world, 0, 4);
        write(world, twin, 4);
        world.pass(seconds(10));
        return "";
      },
      &Policy::ignores_own_digest);
}

TEST_P(Scenario, BothCopiesOfADiskAreHeard) {
  EXPECT_EQ(play([](World& world) -> std::string {
              write(world, 0, 3);
              const std::size_t twin = world.copy(0, false);
              world.pass(seconds(2));
              write(world, 0, 4);
              write(world, twin, 4);
              return "";
            }),
            "");
}

TEST_P(Scenario, AHeadOfficeThatWentBackGetsAgainWhatItLost) {
  holds_and_matters(
      [](World& world) -> std::string {
        write(world, 0, 3);
        world.pass(seconds(2));
        world.office().keep_backup();
        write(world, 0, 6);
        world.pass(seconds(2));
        world.office().restore();
        world.pass(seconds(1));
        write(world, 0, 1);
        world.pass(seconds(5));
        return "";
      },
      &Policy::keeps_ho_epoch);
}

TEST_P(Scenario, ARepeatAfterACrashIsOneEffectWithOneAnswer) {
  holds_and_matters(
      [](World& world) -> std::string {
        bool is_first = true;
        world.script = [&](std::size_t, Await await) { return await != Await::committed || !std::exchange(is_first, false); };
        const auto request = world.clerk().create(0, named("Ada"));
        world.pass(seconds(10));
        world.script = nullptr;
        if (is_first) return "nothing was cut";
        if (world.clerk().request(request).state != Request::State::answered) return "the repeat was not answered";
        world.clerk().repeat(request);
        world.pass(seconds(1));
        return rows(world) == 1 ? "" : std::to_string(rows(world)) + " effects";
      },
      &Policy::draws_ids);
}

TEST_P(Scenario, AnAnswerWithoutARowIsKeptOverARestart) {
  holds_and_matters(
      [](World& world) -> std::string {
        const auto ada = world.clerk().create(0, named("Ada"));
        world.pass(seconds(1));
        const CustomerId id = world.clerk().request(ada).customer;
        world.clerk().update(0, id, noted("red"));
        world.pass(seconds(1));
        const auto changes_nothing = world.clerk().update(0, id, noted("red"));
        world.pass(seconds(1));
        world.clerk().update(0, id, noted("blue"));
        world.pass(seconds(1));
        world.shop(0).restart();
        world.pass(seconds(2));
        world.clerk().repeat(changes_nothing);  // must not undo what was written since
        world.pass(seconds(1));
        return rows(world) == 3 ? "" : "the late repeat wrote";
      },
      &Policy::forgets_answers);
}

TEST_P(Scenario, NobodyClampsAReceivedVersion) {
  holds_and_matters(
      [](World& world) -> std::string {
        world.shop(0).set_clock(std::chrono::minutes(4));  // within what counts as sound
        write(world, 0, 1);
        write(world, 0, 3);
        return "";
      },
      &Policy::clamps_versions);
}

TEST_P(Scenario, VersionsNeverRunBackwardsWhateverTheClockDoes) {
  EXPECT_EQ(play([](World& world) -> std::string {
              for (const auto offset :
                   {std::chrono::minutes(4), std::chrono::minutes(-90), std::chrono::minutes(60 * 24 * 365 * 12)}) {
                world.shop(0).set_clock(offset);
                write(world, 0, 2);
                world.shop(0).cut_power("scripted");
                world.pass(seconds(2));
                write(world, 0, 2);  // judged: each row's version is above the one before, none is ahead of time
              }
              return rows(world) == 12 ? "" : "writes are missing";
            }),
            "");
}

TEST_P(Scenario, EveryReceiverHearsAStatusAndWhatWasRetained) {
  holds_and_matters(
      [](World& world) -> std::string {
        write(world, 0, 1);
        world.shop(0).cut_power("scripted");
        for (int i = 0; i < 20; ++i) {  // nobody is there when the status comes
          for (std::size_t each = 0; each < 2; ++each) world.receiver(each).crash();
          world.pass(milliseconds(100));
        }
        world.pass(seconds(4));
        const auto& table = world.office().ledger().stores.at(world.shop(0).store());
        return table.current == world.shop(0).epoch() ? "" : "head office follows another epoch";
      },
      &Policy::shares_status);
}

TEST_P(Scenario, APubackIsNoReceipt) {
  const Play lost_behind_the_broker = [](World& world) -> std::string {
    write(world, 0, 2);
    world.pass(seconds(3));
    world.stage().faults.loss = 1'000;
    write(world, 0, 4);
    world.pass(seconds(3));
    return "";
  };
  holds_and_matters(lost_behind_the_broker, &Policy::trusts_puback);
  holds_and_matters(lost_behind_the_broker, &Policy::trims_on_puback);
}

TEST_P(Scenario, AnAckComesAfterTheCommit) {
  holds_and_matters(
      [](World& world) -> std::string {
        for (int i = 0; i < 10; ++i) {
          write(world, 0, 1);
          for (std::size_t each = 0; each < 2; ++each) world.receiver(each).crash();
        }
        return "";
      },
      &Policy::acks_before_commit);
}

TEST_P(Scenario, AFullDiskRefusesAndServesAgain) {
  EXPECT_EQ(play([](World& world) -> std::string {
              write(world, 0, 2);
              world.shop(0).fill(true);
              write(world, 0, 3);
              if (!world.clerk().has_open()) return "everything was answered on a full disk";
              world.shop(0).fill(false);
              world.pass(seconds(10));  // P5
              return world.clerk().has_open() ? "no answer 10 s after there was room again" : "";
            }),
            "");
}

// Nothing else goes wrong: so whatever is found is that cut's doing.
TEST_P(Scenario, ThePowerMayGoAtEveryAwaitPoint) {
  for (std::size_t await = 0; await < kAwaits; ++await) {
    if (static_cast<Await>(await) == Await::forked) continue;  // a fork needs a copy: below
    for (int nth = 1; nth <= 3; ++nth) {
      World world(Options{11, {}, false, 2, 6}, GetParam().make_disk);
      world.open_shop();
      int seen = 0;
      world.script = [&](std::size_t, Await at) { return static_cast<std::size_t>(at) != await || ++seen != nth; };
      for (int i = 0; i < 4; ++i) write(world, 0, 2);
      const std::string where = "at the " + std::to_string(nth) + ". " + std::string(name_of(static_cast<Await>(await)));
      EXPECT_GE(seen, nth) << where << ": never came there";
      EXPECT_EQ(world.settle().violation, "") << where;
    }
  }
}

TEST_P(Scenario, ThePowerMayGoRightAfterAReChain) {
  World world(Options{7, {}, false, 2, 6}, GetParam().make_disk);
  world.open_shop();
  bool is_cut = false;
  world.script = [&](std::size_t, Await at) { return at != Await::forked || std::exchange(is_cut, true); };
  world.pass(seconds(2));
  write(world, 0, 3);
  const std::size_t twin = world.copy(0, true);
  world.pass(seconds(2));
  write(world, 0, 4);
  write(world, twin, 4);
  world.pass(seconds(10));
  EXPECT_TRUE(is_cut) << "no fork";
  EXPECT_EQ(world.settle().violation, "");
}

INSTANTIATE_TEST_SUITE_P(Disks, Scenario, testing::Values(Kind{"memory", make_memory_disk}, Kind{"store", make_store_disk}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace tillgate::sim
