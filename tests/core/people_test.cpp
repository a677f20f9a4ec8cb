#include "core/people.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>

#include "core/random.hpp"

namespace tillgate {
namespace {

CustomerId key(int number) {
  Uuid uuid;
  uuid.bytes[15] = static_cast<std::uint8_t>(number);
  return CustomerId(uuid);
}
Version at(std::uint64_t clock, const std::string& account = "a") {
  return {Hlc{clock}, "pos:" + account};
}
RecordWrite name(int record, std::optional<std::string> value, Version version) {
  RecordWrite write{key(record), {}};
  write.changes.fields.push_back({Field::first_name, std::move(value), std::move(version), {}});
  return write;
}
Merge link(int one, int other, Version version) {
  return {{RecordPair::between(key(one), key(other)), std::move(version)}};
}
void all(People& people, std::initializer_list<PeopleChange> changes) {
  for (const auto& change : changes) absorb(people, change);
}
std::string name_of(const People& people, int record) {
  const auto person = shown(people, key(record));
  return person ? std::string(person->text(Field::first_name)) : "nobody";
}

TEST(People, AreNamedByTheSmallestKeyAndShowTheHighestVersion) {
  People people;
  all(people, {name(2, "Ann", at(1)), name(1, "Anna", at(2)), name(3, "Anne", at(3)), link(3, 2, at(4)), link(1, 3, at(5))});
  for (int record = 1; record <= 3; ++record) {
    EXPECT_EQ(shown(people, key(record))->id, key(1));
    EXPECT_EQ(name_of(people, record), "Anne");
  }
  EXPECT_EQ(people.records.at(key(2)).text(Field::first_name), "Ann") << "a merge copies nothing";
}

TEST(People, AnUnmergeLeavesALinkThatItDidNotSee) {
  People people;
  all(people, {name(1, "Ann", at(1)), name(2, "Bea", at(2)), link(1, 2, at(3))});
  const auto unmerge = unmerging(people.persons, key(1));
  ASSERT_TRUE(unmerge);
  all(people, {link(1, 2, at(3, "b")), *unmerge});
  EXPECT_EQ(name_of(people, 1), "Bea");
  absorb(people, *unmerging(people.persons, key(2)));
  EXPECT_EQ(name_of(people, 1), "Ann") << "undone";
  EXPECT_FALSE(unmerging(people.persons, key(1))) << "nothing left to undo";
}

TEST(People, AnUnmergeThatComesBeforeTheMergeItUndoesStillUndoesIt) {
  People people;
  all(people, {name(1, "Ann", at(1)), name(2, "Bea", at(2)), Unmerge{key(1), {link(1, 2, at(3)).add}}, link(1, 2, at(3))});
  EXPECT_EQ(name_of(people, 1), "Ann");
}

TEST(People, AChoiceHoldsUntilALaterWriteOfThatFieldAtAnyMember) {
  People people;
  all(people, {name(1, "Ann", at(1)), name(2, "Bea", at(2)), name(3, "Cis", at(3)), link(1, 2, at(4)), link(2, 3, at(5))});
  absorb(people, *choosing(people.persons, key(1), {Field::first_name}, at(6)));
  EXPECT_EQ(name_of(people, 3), "Ann");
  EXPECT_EQ((*shown(people, key(3)))[Field::first_name].version, at(6)) << "what a later write replaces";
  absorb(people, name(3, "Cäcilie", at(7)));
  EXPECT_EQ(name_of(people, 1), "Cäcilie");
}

TEST(People, AChoiceIsVoidForGoodOnceItsRecordHasLeft) {
  People people;
  all(people, {name(1, "Ann", at(1)), name(2, "Bea", at(2)), name(3, "Cis", at(0x10)), link(1, 2, at(3))});
  absorb(people, *choosing(people.persons, key(1), {Field::first_name}, at(0x20)));
  absorb(people, *unmerging(people.persons, key(1)));
  EXPECT_EQ(name_of(people, 1), "Ann");
  EXPECT_EQ(name_of(people, 2), "Bea");
  absorb(people, link(1, 2, at(0x21)));
  EXPECT_EQ(name_of(people, 1), "Bea") << "linked anew: nobody has chosen yet";
  absorb(people, link(1, 3, at(0x22)));
  EXPECT_EQ(name_of(people, 1), "Cis");
}

TEST(People, TheLatestOfSeveralChoicesHolds) {
  People people;
  all(people, {name(1, "Ann", at(1)), name(2, "Bea", at(2)), name(3, "Cis", at(3)), link(1, 2, at(4)), link(2, 3, at(5))});
  const auto first = choosing(people.persons, key(1), {Field::first_name}, at(6));
  const auto second = choosing(people.persons, key(2), {Field::first_name}, at(7));
  all(people, {*second, *first});
  EXPECT_EQ(name_of(people, 3), "Bea");
  EXPECT_FALSE(choosing(People{}.persons, key(1), {Field::first_name}, at(8))) << "alone there is nothing to choose";
}

TEST(People, AChoiceWaitsForTheValueItTakes) {
  People people;
  all(people, {name(1, "Ann", at(1)), link(1, 2, at(4)), Choose{key(2), {Field::first_name}, at(5), {link(1, 2, at(4)).add}}});
  EXPECT_EQ(name_of(people, 1), "Ann");
  absorb(people, name(2, "Bea", at(1, "b")));
  EXPECT_EQ(name_of(people, 1), "Bea");
}

TEST(People, ATombstoneAbsorbsWhateverTheClockOfALateWriteSays) {
  People people;
  all(people, {name(1, "Ann", at(1)), name(2, "Bea", at(2)), link(1, 2, at(3))});
  const auto erase = erasing(people.persons, key(2));
  ASSERT_TRUE(erase);
  const Applied applied = absorb(people, *erase);
  EXPECT_EQ(applied.erased, (std::vector{key(1), key(2)})) << "every key of the person";
  EXPECT_TRUE(people.records.empty());
  const Applied late = absorb(people, name(1, "Ann", at(std::uint64_t{6} << 60)));
  EXPECT_TRUE(late.is_discarded);
  EXPECT_FALSE(late.has_changed);
  EXPECT_TRUE(people.records.empty());
  EXPECT_TRUE(absorb(people, Choose{key(1), {Field::phone}, at(9), {}}).is_discarded);
  EXPECT_TRUE(absorb(people, *erase).erased.empty()) << "once";
  EXPECT_FALSE(erasing(people.persons, key(1)));
  EXPECT_FALSE(merging(people.persons, key(1), key(3), at(10)));
}

TEST(People, ALinkToATombstoneConnectsNobodyAndRaisesAQuestionInEitherOrder) {
  const Merge late = link(2, 3, at(9));
  const Merge beyond = link(2, 4, at(9));
  for (const bool is_erased_first : {true, false}) {
    People people;
    all(people, {name(2, "Bea", at(2)), name(3, "Cis", at(3)), name(4, "Dot", at(4))});
    if (is_erased_first) all(people, {Erase{{key(2)}}, late, beyond});
    if (!is_erased_first) all(people, {late, beyond, Erase{{key(2)}}});
    EXPECT_EQ(person_of(people.persons, key(3)), std::vector{key(3)}) << "not with 4 through the dead 2";
    EXPECT_EQ(questions(people.persons), (std::vector{late.add, beyond.add}));
    EXPECT_EQ(name_of(people, 2), "nobody");
    absorb(people, *unmerging(people.persons, key(3)));
    EXPECT_EQ(questions(people.persons), std::vector{beyond.add}) << "the answer was no";
    absorb(people, *erasing(people.persons, key(4)));
    EXPECT_TRUE(questions(people.persons).empty()) << "the answer was yes";
  }
}

TEST(People, AGrantAnswersTheDenialsOfAllLinkedRecordsWhileTheyAreLinked) {
  People people;
  RecordWrite no{key(2), {}};
  no.changes.consent.push_back({Purpose::sms, false, at(5), {}});
  all(people, {name(1, "Ann", at(1)), no, link(1, 2, at(6))});
  const auto sms = [&](int record) { return shown(people, key(record))->consent[1].is_granted(); };
  EXPECT_EQ(sms(1), false) << "a no said of one record counts for the person";
  Patch patch;
  patch.consent = {{Purpose::sms, true}};
  absorb(people, RecordWrite{key(1), versioned(*shown(people, key(1)), patch, at(7))});
  EXPECT_EQ(sms(2), true);
  absorb(people, *unmerging(people.persons, key(1)));
  EXPECT_EQ(sms(1), true);
  EXPECT_EQ(sms(2), false) << "the yes was said of the other person";
}

TEST(People, NobodyLinksMoreRecordsThanAnEraseCanName) {
  Persons persons;
  const auto wide = [](std::size_t number) {
    Uuid uuid;
    uuid.bytes[14] = static_cast<std::uint8_t>(number >> 8);
    uuid.bytes[15] = static_cast<std::uint8_t>(number);
    return CustomerId(uuid);
  };
  for (std::size_t i = 1; i < kPersonKeysMax; ++i) {
    const auto next = merging(persons, wide(i - 1), wide(i), at(1));
    ASSERT_TRUE(next) << i;
    absorb(persons, *next);
  }
  EXPECT_FALSE(merging(persons, wide(0), wide(kPersonKeysMax), at(2)));
  EXPECT_TRUE(merging(persons, wide(0), wide(kPersonKeysMax - 1), at(2))) << "a second tie within the person";
  EXPECT_EQ(erasing(persons, wide(7))->keys.size(), kPersonKeysMax);
  for (std::uint64_t i = 0; i <= kStatementsMax; ++i) absorb(persons, link(200, 201, at(9 + i)));
  const auto first = unmerging(persons, key(200));
  ASSERT_EQ(first->seen.size(), kStatementsMax);
  absorb(persons, *first);
  EXPECT_TRUE(unmerging(persons, key(200))) << "the rest waits for the next change";
}

TEST(People, TheFenceHoldsBackALeadingVersionAndNeverAnErase) {
  const Timestamp now = timestamp_from_ms(1'795'348'800'000);
  const Version ahead{Hlc{Hlc::from_time(now + kClockFence + milliseconds(1)).value}, "pos:a"};
  const Version just{Hlc{Hlc::from_time(now + kClockFence).value | 0xffff}, "pos:a"};
  const std::vector<LinkAdd> seen{link(1, 2, ahead).add};
  RecordWrite consent{key(1), {}}, tag{key(1), {}}, pos{key(1), {}}, grant{key(1), {}};
  consent.changes.consent.push_back({Purpose::sms, false, ahead, {}});
  grant.changes.consent.push_back({Purpose::sms, true, just, {ahead}});
  tag.changes.tags.push_back({"vip", true, ahead});
  pos.changes.pos_links.push_back({"treez", "7", ahead, {}});
  for (const PeopleChange& change :
       std::vector<PeopleChange>{name(1, "Ann", ahead), consent, grant, tag, pos, link(1, 2, ahead), Unmerge{key(1), seen},
                                 Choose{key(1), {Field::phone}, ahead, {}}, Choose{key(1), {Field::phone}, just, seen}}) {
    EXPECT_TRUE(is_beyond_fence(change, now)) << change.index();
  }
  EXPECT_FALSE(is_beyond_fence(name(1, "Ann", just), now));
  EXPECT_FALSE(is_beyond_fence(Erase{{key(1)}}, now));
  EXPECT_EQ(newest_in(Erase{{key(1)}}), Hlc{});
}

// --- any order, any grouping, any number of times

// Few keys, clocks, origins and values, so that crossings are common.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  PeopleChange change() {
    switch (random_.below(8)) {
      case 0: return PersonChange(Merge{add()});
      case 1: return PersonChange(Unmerge{record(), adds()});
      case 2: return PersonChange(Choose{record(), {field()}, version(), adds()});
      case 3: return PersonChange(random_.below(2) == 0 ? Erase{{record()}} : Erase{{record(), record()}});
      case 4: {
        RecordWrite write{record(), {}};
        ConsentWrite consent{Purpose::sms, random_.below(2) == 0, version(), {}};
        for (auto left = consent.granted ? random_.below(3) : 0; left > 0; --left) consent.seen_denials.push_back(version());
        write.changes.consent.push_back(consent);
        return write;
      }
      case 5: {
        RecordWrite write{record(), {}};
        write.changes.tags.push_back({"vip", random_.below(2) == 0, version()});
        return write;
      }
      default: {
        RecordWrite write{record(), {}};
        write.changes.fields.push_back({field(), value(), version(), {}});
        return write;
      }
    }
  }
  // Alone nothing can cross: a handful of changes, so that the three states overlap.
  std::vector<PeopleChange> some() {
    std::vector<PeopleChange> changes;
    for (auto left = 1 + random_.below(3); left > 0; --left) changes.push_back(change());
    return changes;
  }
  CustomerId record() { return key(1 + static_cast<int>(random_.below(3))); }

 private:
  Field field() { return random_.below(2) == 0 ? Field::first_name : Field::phone; }
  std::optional<std::string> value() {
    const auto pick = random_.below(4);
    return pick == 0 ? std::nullopt : std::optional<std::string>(std::string(pick, 'v'));
  }
  Version version() { return at(1 + random_.below(4), random_.below(2) == 0 ? "a" : "b"); }
  LinkAdd add() {
    const int one = 1 + static_cast<int>(random_.below(3));
    return {RecordPair::between(key(one), key(one % 3 + 1)), version()};
  }
  std::vector<LinkAdd> adds() {
    std::vector<LinkAdd> seen;
    for (auto left = random_.below(3); left > 0; --left) seen.push_back(add());
    return seen;
  }
  Random random_;
};

People state_of(std::initializer_list<const std::vector<PeopleChange>*> order) {
  People people;
  for (const auto* changes : order) {
    for (const auto& change : *changes) absorb(people, change);
  }
  return people;
}

int triples() {
  const char* given = std::getenv("TILLGATE_TRIPLES");
  return given ? std::max(1, std::atoi(given)) : 100'000;
}

TEST(People, AnyOrderAnyGroupingAnyNumberOfTimesGivesTheSame) {
  const std::uint64_t seed = 20261127;
  const int rounds = triples();
  std::cout << "seed " << seed << ", " << rounds << " triples\n";
  Generator random(seed);
  int linked = 0, buried = 0, chosen = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto a = random.some(), b = random.some(), c = random.some();
    const People expected = state_of({&a, &b, &c});
    ASSERT_EQ(state_of({&c, &b, &a}), expected) << "commutative; seed " << seed << " round " << round;
    ASSERT_EQ(state_of({&b, &a, &c, &a, &b}), expected) << "idempotent; seed " << seed << " round " << round;
    // As whole states: (a + b) + c and a + (b + c).
    People left = state_of({&a, &b}), right = state_of({&a});
    merge(left, state_of({&c}));
    merge(right, state_of({&b, &c}));
    ASSERT_EQ(left, expected) << "associative; seed " << seed << " round " << round;
    ASSERT_EQ(right, expected) << "associative; seed " << seed << " round " << round;
    ASSERT_FALSE(merge(left, expected).has_changed) << "idempotent; seed " << seed << " round " << round;
    linked += static_cast<int>(person_of(expected.persons, key(1)).size() > 1);
    buried += static_cast<int>(!expected.persons.erased.empty());
    chosen += static_cast<int>(!expected.persons.choices.empty());
  }
  std::cout << linked << " with links, " << buried << " with tombstones, " << chosen << " with choices\n";
  EXPECT_GT(std::min({linked, buried, chosen}), rounds / 20) << "the generator must reach what it is there for";
}

TEST(People, SayThatSomethingChangedExactlyWhenItDid) {
  const std::uint64_t seed = 20261128;
  std::cout << "seed " << seed << "\n";
  Generator random(seed);
  People people;
  for (int round = 0; round < 20'000; ++round) {
    if (round % 12 == 0) people = People{};
    const People before = people;
    const Applied applied = absorb(people, random.change());
    ASSERT_EQ(applied.has_changed, people != before) << "seed " << seed << " round " << round;
    ASSERT_FALSE(applied.is_discarded && applied.has_changed) << "seed " << seed << " round " << round;
    for (const CustomerId& erased : applied.erased) ASSERT_FALSE(people.records.contains(erased));
  }
}

}  // namespace
}  // namespace tillgate
