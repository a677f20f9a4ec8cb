#include "core/merge.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/change.hpp"
#include "core/customer_state.hpp"
#include "core/random.hpp"

namespace tillgate {
namespace {

Version at(std::uint64_t clock, std::string origin = "pos:a") {
  return {Hlc{clock}, "pos:" + origin.substr(origin.find(':') + 1)};
}

ChangeSet name_set(std::optional<std::string> value, Version version, Version was = {}) {
  ChangeSet changes;
  changes.fields.push_back({Field::first_name, std::move(value), std::move(version), std::move(was)});
  return changes;
}
ChangeSet consent_set(bool granted, Version version, std::vector<Version> seen = {}) {
  ChangeSet changes;
  changes.consent.push_back({Purpose::sms, granted, std::move(version), std::move(seen)});
  return changes;
}
const Consent& sms(const Customer& customer) {
  return customer.consent[static_cast<std::size_t>(Purpose::sms)];
}

TEST(Merge, TheHigherVersionWinsInEitherOrder) {
  Customer one, two;
  merge(one, name_set("Ann", at(1)));
  merge(one, name_set("Anna", at(2), at(1)));
  merge(two, name_set("Anna", at(2), at(1)));
  merge(two, name_set("Ann", at(1)));
  EXPECT_EQ(one.text(Field::first_name), "Anna");
  EXPECT_EQ(one, two);
}

TEST(Merge, ClearingIsAWriteLikeAnyOther) {
  Customer customer;
  merge(customer, name_set("Ann", at(1)));
  merge(customer, name_set(std::nullopt, at(3)));
  merge(customer, name_set("Late", at(2)));
  EXPECT_FALSE(customer[Field::first_name].value);
  EXPECT_EQ(customer[Field::first_name].version, at(3));
}

TEST(Merge, DifferentFieldsBothStay) {
  Customer customer;
  ChangeSet phone;
  phone.fields.push_back({Field::phone, "5550101", at(1, "b"), {}});
  merge(customer, name_set("Ann", at(9)));
  EXPECT_TRUE(merge(customer, phone).has_changed);
  EXPECT_EQ(customer.text(Field::first_name), "Ann");
  EXPECT_EQ(customer.text(Field::phone), "5550101");
}

TEST(Merge, ARepeatChangesNothing) {
  Customer customer;
  EXPECT_TRUE(merge(customer, name_set("Ann", at(1))).has_changed);
  const auto again = merge(customer, name_set("Ann", at(1)));
  EXPECT_FALSE(again.has_changed);
  EXPECT_TRUE(again.conflicts.empty());
}

TEST(Merge, EqualVersionsKeepTheGreaterHash) {
  const std::string one("\1Ann"), two("\1Bob"), clear("\0", 1);
  std::vector<std::pair<Digest, std::optional<std::string>>> ranked{
      {hash_of(one), "Ann"}, {hash_of(two), "Bob"}, {hash_of(clear), std::nullopt}};
  std::sort(ranked.begin(), ranked.end());
  for (const auto& first : ranked) {
    for (const auto& second : ranked) {
      Customer customer;
      merge(customer, name_set(first.second, at(1)));
      merge(customer, name_set(second.second, at(1)));
      EXPECT_EQ(customer[Field::first_name].value, std::max(first, second).second);
    }
  }
}

TEST(Merge, NotesAConflictWhenTheWinnerDidNotSeeTheLoser) {
  Customer customer;
  merge(customer, name_set("Ann", at(5, "a")));
  const auto outcome = merge(customer, name_set("Bea", at(6, "b"), at(1)));
  ASSERT_EQ(outcome.conflicts.size(), 1U);
  EXPECT_EQ(outcome.conflicts[0], (Conflict{"first_name", "Bea", "Ann", at(6, "b"), at(5, "a")}));
}

TEST(Merge, NoConflictWhenTheWinnerSawWhatItReplaced) {
  Customer customer;
  merge(customer, name_set("Ann", at(5, "a")));
  EXPECT_TRUE(merge(customer, name_set("Bea", at(6, "b"), at(5, "a"))).conflicts.empty());
}

TEST(Merge, NotesAConflictForAWriteThatArrivesAfterTheOneThatBeatsIt) {
  Customer customer;
  merge(customer, name_set("Bea", at(6, "b")));
  const auto outcome = merge(customer, name_set("Ann", at(5, "a")));
  EXPECT_FALSE(outcome.has_changed);
  ASSERT_EQ(outcome.conflicts.size(), 1U);
  EXPECT_EQ(outcome.conflicts[0].kept, "Bea");
  EXPECT_EQ(outcome.conflicts[0].lost, "Ann");
}

TEST(Merge, NoConflictWhereBothWroteTheSame) {
  Customer customer;
  merge(customer, name_set("Ann", at(5, "a")));
  EXPECT_TRUE(merge(customer, name_set("Ann", at(6, "b"))).conflicts.empty());
}

TEST(Merge, StatesNeverReportConflicts) {
  Customer one, two;
  merge(one, name_set("Ann", at(5, "a")));
  merge(two, name_set("Bea", at(6, "b")));
  const auto outcome = merge(one, two);
  EXPECT_TRUE(outcome.has_changed);
  EXPECT_TRUE(outcome.conflicts.empty());
  EXPECT_EQ(one, two);
}

TEST(Merge, AGrantRemovesOnlyTheDenialsItSaw) {
  Customer customer;
  merge(customer, consent_set(false, at(1, "a")));
  merge(customer, consent_set(false, at(2, "b")));
  merge(customer, consent_set(true, at(3, "a"), {at(1, "a")}));
  EXPECT_EQ(sms(customer).is_granted(), false) << "the no of b was said without a's author knowing it";
  merge(customer, consent_set(true, at(4, "a"), {at(2, "b")}));
  EXPECT_EQ(sms(customer).is_granted(), true);
}

TEST(Merge, AGrantAnswersADenialThatArrivesAfterIt) {
  Customer customer;
  merge(customer, consent_set(true, at(3), {at(1)}));
  EXPECT_EQ(sms(customer).is_granted(), true);
  EXPECT_FALSE(merge(customer, consent_set(false, at(1))).has_changed);
  EXPECT_EQ(sms(customer).is_granted(), true);
  merge(customer, consent_set(false, at(2, "b")));
  EXPECT_EQ(sms(customer).is_granted(), false) << "an unseen denial still counts, though it is older than the grant";
}

TEST(Merge, SaidBothWaysUnderOneVersionIsANo) {
  for (const bool first : {true, false}) {
    Customer customer;
    merge(customer, consent_set(first, at(1)));
    merge(customer, consent_set(!first, at(1)));
    EXPECT_EQ(sms(customer).latest, false);
    EXPECT_EQ(sms(customer).is_granted(), false);
  }
}

TEST(Versioned, LeavesOutWhatIsThereAlready) {
  Customer customer;
  merge(customer, name_set("Ann", at(1)));
  customer.tags["vip"] = Element{true, at(1)};
  customer.pos_links["treez"] = Cell{"7", at(1)};
  merge(customer, consent_set(true, at(1)));
  Patch patch;
  patch.fields = {{Field::first_name, "Ann"}, {Field::middle_name, std::nullopt}};
  patch.tags_added = {"vip"};
  patch.tags_removed = {"gone"};
  patch.pos_links = {{"treez", "7"}, {"cova", std::nullopt}};
  patch.consent = {{Purpose::sms, true}};
  EXPECT_TRUE(versioned(customer, patch, at(2)).is_empty());
}

TEST(Versioned, AWholeSetOfTagsAddsAndRemovesWhatDiffers) {
  Customer customer;
  customer.tags = {{"gone", Element{false, at(1)}}, {"old", Element{true, at(1)}}, {"vip", Element{true, at(1)}}};
  Patch patch;
  patch.tags = {"new", "vip"};
  EXPECT_EQ(versioned(customer, patch, at(2)).tags, (std::vector<TagWrite>{{"new", true, at(2)}, {"old", false, at(2)}}));
  patch.tags = std::vector<std::string>{};
  EXPECT_EQ(versioned(customer, patch, at(2)).tags, (std::vector<TagWrite>{{"old", false, at(2)}, {"vip", false, at(2)}}));
}

TEST(Versioned, SaysWhatItReplacedAndWhichDenialsItSaw) {
  Customer customer;
  merge(customer, name_set("Ann", at(1)));
  merge(customer, consent_set(false, at(2)));
  customer.pos_links["treez"] = Cell{"7", at(3)};
  Patch patch;
  patch.fields = {{Field::first_name, "Bea"}, {Field::last_name, "Lee"}};
  patch.consent = {{Purpose::sms, true}};
  patch.pos_links = {{"treez", std::nullopt}};
  patch.tags_added = {"vip"};
  const ChangeSet changes = versioned(customer, patch, at(9));
  EXPECT_EQ(changes.fields,
            (std::vector<Write>{{Field::first_name, "Bea", at(9), at(1)}, {Field::last_name, "Lee", at(9), {}}}));
  EXPECT_EQ(changes.consent, (std::vector<ConsentWrite>{{Purpose::sms, true, at(9), {at(2)}}}));
  EXPECT_EQ(changes.pos_links, (std::vector<PosLinkWrite>{{"treez", std::nullopt, at(9), at(3)}}));
  EXPECT_EQ(changes.tags, (std::vector<TagWrite>{{"vip", true, at(9)}}));

  merge(customer, changes);
  EXPECT_EQ(sms(customer).is_granted(), true);
  EXPECT_TRUE(versioned(customer, patch, at(10)).is_empty()) << "the same patch again has nothing to do";
}

TEST(Versioned, AGrantIsWrittenWhileAnUnseenDenialStands) {
  Customer customer;
  merge(customer, consent_set(true, at(5)));
  merge(customer, consent_set(false, at(1, "b")));
  ASSERT_EQ(sms(customer).latest, true);
  Patch patch;
  patch.consent = {{Purpose::sms, true}};
  const ChangeSet changes = versioned(customer, patch, at(6));
  ASSERT_EQ(changes.consent.size(), 1U);
  EXPECT_EQ(changes.consent[0].seen_denials, std::vector<Version>{at(1, "b")});
}

TEST(Versioned, AYesToAnotherTextIsAFactOfItsOwnANoIsNot) {
  Customer customer;
  merge(customer, consent_set(true, at(5)));
  Patch patch;
  patch.consent = {{Purpose::sms, true, "kiosk", "2026-03"}};
  const ChangeSet changes = versioned(customer, patch, at(6));
  EXPECT_EQ(changes.consent, (std::vector<ConsentWrite>{{Purpose::sms, true, at(6), {}, "kiosk", "2026-03"}}));

  merge(customer, consent_set(false, at(7)));
  patch.consent = {{Purpose::sms, false, "paper", "2026-03"}};
  EXPECT_TRUE(versioned(customer, patch, at(8)).is_empty());
}

// Few clocks, origins and values, so that equal versions with different values are common.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  ChangeSet changes() {
    ChangeSet set;
    for (auto left = random_.below(3); left > 0; --left) {
      const Field field = std::array{Field::first_name, Field::phone, Field::licence_number}[random_.below(3)];
      set.fields.push_back({field, value(), version(), version()});
    }
    for (auto left = random_.below(3); left > 0; --left) {
      ConsentWrite write{static_cast<Purpose>(random_.below(2)), random_.below(2) == 0, version(), {}};
      for (auto seen = write.granted ? random_.below(3) : 0; seen > 0; --seen) write.seen_denials.push_back(version());
      set.consent.push_back(write);
    }
    for (auto left = random_.below(3); left > 0; --left)
      set.tags.push_back({std::array{"a", "b"}[random_.below(2)], random_.below(2) == 0, version()});
    if (random_.below(2) == 0) set.pos_links.push_back({std::array{"x", "y"}[random_.below(2)], value(), version(), version()});
    return set;
  }
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

 private:
  std::optional<std::string> value() {
    const auto pick = random_.below(4);
    return pick == 0 ? std::nullopt : std::optional<std::string>(std::string(pick, 'v'));
  }
  Version version() { return at(1 + random_.below(5), std::array{"a", "b", "c"}[random_.below(3)]); }
  Random random_;
};

Customer state_of(const std::vector<const ChangeSet*>& order) {
  Customer customer;
  for (const auto* changes : order) merge(customer, *changes);
  return customer;
}

TEST(Merge, AnyOrderAnyGroupingAnyNumberOfTimesGivesTheSame) {
  const std::uint64_t seed = 20260401;
  std::cout << "seed " << seed << "\n";
  Generator random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const ChangeSet a = random.changes(), b = random.changes(), c = random.changes();
    const Customer expected = state_of({&a, &b, &c});
    std::vector<const ChangeSet*> order{&a, &b, &c};
    std::sort(order.begin(), order.end());
    do {
      ASSERT_EQ(state_of(order), expected) << "commutative; seed " << seed << " round " << round;
    } while (std::next_permutation(order.begin(), order.end()));

    ASSERT_EQ(state_of({&a, &b, &a, &c, &b, &c, &a}), expected) << "idempotent; seed " << seed << " round " << round;

    // Grouped as whole states: (a + b) + c and a + (b + c).
    Customer left = state_of({&a, &b}), right = state_of({&a});
    merge(left, state_of({&c}));
    merge(right, state_of({&b, &c}));
    ASSERT_EQ(left, expected) << "associative; seed " << seed << " round " << round;
    ASSERT_EQ(right, expected) << "associative; seed " << seed << " round " << round;
    ASSERT_EQ(encode_state(left), encode_state(right)) << "equal records, equal bytes; seed " << seed << " round " << round;
  }
}

TEST(Merge, SaysThatSomethingChangedExactlyWhenItDid) {
  const std::uint64_t seed = 20260402;
  std::cout << "seed " << seed << "\n";
  Generator random(seed);
  Customer customer;
  for (int round = 0; round < 20'000; ++round) {
    if (random.below(8) == 0) customer = Customer{};
    const Customer before = customer;
    const auto outcome = merge(customer, random.changes());
    ASSERT_EQ(outcome.has_changed, customer != before) << "seed " << seed << " round " << round;
    for (const auto& conflict : outcome.conflicts)
      ASSERT_NE(conflict.kept, conflict.lost) << "seed " << seed << " round " << round;
  }
}

}  // namespace
}  // namespace tillgate
