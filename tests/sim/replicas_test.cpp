// Replicas converge, whatever the network and the clocks do; and the simulation notices each rule that is broken on purpose.
#include "sim/replicas/stage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace tillgate::sim::replicas {
namespace {

constexpr std::uint64_t kFirstSeed = 1;

std::uint64_t seeds() {
  const char* given = std::getenv("TILLGATE_REPLICA_SEEDS");
  return given ? static_cast<std::uint64_t>(std::max(1, std::atoi(given))) : 1000;
}

TEST(Replicas, AreEqualAndTrueOnceEverythingHasArrived) {
  std::cout << seeds() << " seeds from " << kFirstSeed << "\n";
  for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + seeds(); ++seed) ASSERT_EQ(play(seed, Canary::none), "");
}

TEST(Replicas, ASeedPlaysTheSameAgain) {
  std::uint64_t seed = kFirstSeed;
  while (play(seed, Canary::directed_links).empty()) ++seed;
  EXPECT_EQ(play(seed, Canary::directed_links), play(seed, Canary::directed_links));
}

TEST(Replicas, NoticeEveryCanary) {
  for (std::size_t i = 1; i < kCanaries; ++i) {
    const auto canary = static_cast<Canary>(i);
    std::uint64_t needed = 0;
    std::string found;
    while (found.empty() && needed < 300) found = play(kFirstSeed + needed++, canary);
    EXPECT_FALSE(found.empty()) << name_of(canary) << ": not noticed in " << needed << " seeds";
    std::cout << "canary " << name_of(canary) << ": " << needed << " seeds; " << found.substr(0, found.find('\n')) << "\n";
  }
}

// --- one story per rule: true as it is built, and no longer true with the rule broken

constexpr milliseconds kHour = std::chrono::hours(1);
using Story = void (*)(Stage&);
void holds(Story story, std::vector<milliseconds> leads, std::initializer_list<Canary> breakers) {
  Stage stage(leads, 4, Canary::none);
  story(stage);
  stage.check_all_equal();
  EXPECT_EQ(stage.complaint(), "") << stage.story();
  for (const Canary breaker : breakers) {
    Stage broken(leads, 4, breaker);
    story(broken);
    broken.check_all_equal();
    EXPECT_NE(broken.complaint(), "") << "not noticed: " << name_of(breaker) << "\n" << broken.story();
  }
}
// Every replica hears all that was said, each in an order of its own.
void all_hear(Stage& stage) {
  for (int i = 0; i < stage.replicas(); ++i) {
    for (std::size_t op = 0; op < stage.ops().size(); ++op) stage.hear(i, i % 2 == 0 ? op : stage.ops().size() - 1 - op);
  }
}

TEST(SamePerson, MergesThatCrossInACircleStillMakeOnePersonWithTheNewestFields) {
  holds(
      [](Stage& stage) {
        for (int record = 1; record <= 3; ++record)
          stage.say(write(record, record, Field::first_name, std::string(1, "ABC"[record - 1])));
        all_hear(stage);
        stage.say(word(1, Saying::merge, 1, 2));  // three stores at once: 1-2, 2-3, 3-1
        stage.say(word(2, Saying::merge, 2, 3));
        stage.say(word(3, Saying::merge, 3, 1));
        stage.say(write(1, 2, Field::phone, "5550102"));  // to the key it names
        all_hear(stage);
      },
      {milliseconds(0), milliseconds(0), milliseconds(0)}, {Canary::merge_by_pointer, Canary::directed_links});
}

TEST(SamePerson, AnUnmergeGivesEachTheirOwnBackAndLeavesALinkItDidNotSee) {
  holds(
      [](Stage& stage) {
        stage.say(write(1, 1, Field::first_name, "Ann"));
        stage.say(write(1, 2, Field::first_name, "Bea"));
        stage.say(word(1, Saying::merge, 1, 2));
        all_hear(stage);
        stage.say(word(2, Saying::merge, 2, 3));
        stage.say(word(1, Saying::unmerge, 2));
        all_hear(stage);
      },
      {milliseconds(0), milliseconds(0)}, {Canary::merge_by_pointer, Canary::directed_links});
}

TEST(SamePerson, AChoiceHoldsUntilALaterWriteAtAnyMember) {
  holds(
      [](Stage& stage) {
        stage.say(write(1, 1, Field::first_name, "Ann"));
        stage.say(write(1, 2, Field::first_name, "Bea"));
        stage.say(word(1, Saying::merge, 1, 2));
        stage.say(word(1, Saying::choose, 1));
        all_hear(stage);
        stage.say(write(2, 2, Field::first_name, "Beatrix"));
        all_hear(stage);
      },
      {milliseconds(0), milliseconds(0)}, {Canary::everlasting_choice});
}

TEST(Erasure, NamesEveryKeyAndOutlivesALaterClock) {
  holds(
      [](Stage& stage) {
        stage.say(write(1, 1, Field::first_name, "Ann"));
        stage.say(write(1, 2, Field::first_name, "Ann"));
        stage.say(word(1, Saying::merge, 1, 2));
        all_hear(stage);
        stage.say(word(1, Saying::erase, 2));
        stage.say(write(2, 2, Field::phone, "5550102"));  // its author had not heard of it, and his clock leads
        stage.say(word(2, Saying::merge, 2, 3));          // nor of this: a question, no more
        all_hear(stage);
      },
      {milliseconds(0), 5 * kHour}, {Canary::mortal_erase, Canary::single_key_erase, Canary::merge_by_pointer});
}

TEST(Erasure, LateWordsAreCountedAndALateLinkAsksAQuestion) {
  Stage stage({milliseconds(0), 5 * kHour}, 3, Canary::none);
  stage.say(write(1, 1, Field::first_name, "Ann"));
  all_hear(stage);
  stage.say(word(1, Saying::erase, 1));
  const auto late = stage.say(write(2, 1, Field::phone, "5550102"));
  const auto link = stage.say(word(2, Saying::merge, 1, 3));
  ASSERT_TRUE(late && link);
  const int before = stage.replica(1).discarded();
  EXPECT_TRUE(stage.hear(1, *late)) << "acknowledged";
  EXPECT_TRUE(stage.hear(1, *link));
  EXPECT_EQ(stage.replica(1).discarded(), before + 1);
  EXPECT_EQ(questions(stage.replica(1).people().persons).size(), 1U);
  EXPECT_EQ(stage.complaint(), "");
}

TEST(Erasure, IsNeverHeldBackByTheFence) {
  Stage stage({30 * kHour, milliseconds(0)}, 2, Canary::none);
  const auto written = stage.say(write(2, 1, Field::first_name, "Ann"));
  ASSERT_TRUE(stage.hear(0, *written));
  stage.hear(1, *written);
  const auto erased = stage.say(word(1, Saying::erase, 1));
  EXPECT_TRUE(stage.hear(0, *erased)) << "though the clock of its author leads by 30 h";
  stage.hear(2, *erased);
  stage.check_all_equal();
  EXPECT_EQ(stage.complaint(), "");
}

TEST(Consent, ANoStandsUntilAYesThatSawItWhateverTheClocksSay) {
  holds(
      [](Stage& stage) {
        stage.say(word(1, Saying::deny, 1));
        stage.say(word(2, Saying::grant, 1));  // without knowing of the no; the clock leads
        all_hear(stage);
      },
      {milliseconds(0), 5 * kHour}, {Canary::last_writer_consent});
  holds(
      [](Stage& stage) {
        stage.say(word(1, Saying::deny, 1));
        all_hear(stage);
        stage.say(word(2, Saying::grant, 1));
        all_hear(stage);
        if (stage.replica(0).is_granted(*stage.replica(0).shown(record_key(1)), Truth::kPurpose) != true)
          ADD_FAILURE() << "a yes that saw the no answers it";
      },
      {milliseconds(0), milliseconds(0)}, {});
}

TEST(Consent, IsUnitedOverLinkedRecordsFirst) {
  holds(
      [](Stage& stage) {
        stage.say(word(1, Saying::deny, 2));
        stage.say(word(2, Saying::grant, 1));
        stage.say(word(3, Saying::merge, 1, 2));
        all_hear(stage);
      },
      {milliseconds(0), 5 * kHour, milliseconds(0)}, {Canary::last_writer_consent, Canary::directed_links});
}

TEST(Clock, NobodyClampsAndWhoeverReceivedALeadingVersionWritesAboveIt) {
  holds(
      [](Stage& stage) {
        stage.say(write(1, 1, Field::first_name, "Ahead"));  // 20 h
        all_hear(stage);
        stage.say(write(2, 1, Field::first_name, "Corrected"));
        all_hear(stage);
      },
      {20 * kHour, -2 * kHour}, {Canary::clamp_on_receipt, Canary::deaf_clock});
}

TEST(Clock, HeadOfficeParksWhatLeadsByMoreThanADay) {
  Stage stage({25 * kHour, 23 * kHour}, 2, Canary::none);
  const auto beyond = stage.say(write(1, 1, Field::first_name, "Broken"));
  const auto within = stage.say(write(2, 1, Field::first_name, "Leading"));
  EXPECT_FALSE(stage.hear(0, *beyond));
  EXPECT_TRUE(stage.hear(0, *within));
  stage.say(write(0, 1, Field::first_name, "Corrected"));
  EXPECT_EQ(stage.replica(0).shown(record_key(1))->text(Field::first_name), "Corrected");
  EXPECT_EQ(stage.complaint(), "");
}

}  // namespace
}  // namespace tillgate::sim::replicas
