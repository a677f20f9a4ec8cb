#include "core/match.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.hpp"

namespace tillgate {
namespace {

struct Typed {
  const char *given = "", *surname = "", *birthday = "", *phone = "", *email = "", *street = "", *postal_code = "",
             *suffix = "", *middle = "", *gender = "";
  const char* verification = "";
  int licence = 0;  // the number; 0: none
  const char* issuer = "OR";
};

Identity identity(const Typed& typed) {
  Customer customer;
  const auto put = [&](Field field, const char* value) {
    if (*value != '\0') customer[field].value = value;
  };
  put(Field::first_name, typed.given);
  put(Field::middle_name, typed.middle);
  put(Field::last_name, typed.surname);
  put(Field::suffix, typed.suffix);
  put(Field::birthday, typed.birthday);
  put(Field::phone, typed.phone);
  put(Field::email, typed.email);
  put(Field::address_street1, typed.street);
  put(Field::address_postal_code, typed.postal_code);
  put(Field::gender, typed.gender);
  put(Field::verification, typed.verification);
  std::optional<BlindIndex> licence;
  if (typed.licence != 0) {
    licence = BlindIndex{static_cast<std::uint8_t>(typed.licence)};
    put(Field::licence_region, typed.issuer);
  }
  return identity_of(customer, licence);
}

constexpr MatchSettings kShop{50'000, 0.05, nullptr};
Judgement judged(const Typed& a, const Typed& b, const MatchSettings& settings = kShop) {
  return judge(identity(a), identity(b), settings);
}
Sameness verdict(const Typed& a, const Typed& b) {
  return judged(a, b).verdict;
}

const Typed kAda{.given = "Ada",
                 .surname = "Brightwater",
                 .birthday = "1984-03-07",
                 .phone = "503-234-5678",
                 .email = "ada.b@quarry.org",
                 .street = "12 North Oak Street",
                 .postal_code = "97103"};

Typed with(Typed typed, auto change) {
  change(typed);
  return typed;
}

TEST(Match, OnePersonTypedTwiceIsTheSame) {
  const Typed again{.given = "ADA",
                    .surname = "brightwater",
                    .birthday = "1984-03-07",
                    .phone = "+1 (503) 234 5678",
                    .email = "Ada.B@Quarry.org",
                    .street = "12 N. Oak St",
                    .postal_code = "97103-1234"};
  EXPECT_EQ(verdict(kAda, again), Sameness::same);
  EXPECT_EQ(verdict(kAda, with(again, [](Typed& t) { t.given = "Brightwater", t.surname = "Ada"; })), Sameness::same)
      << "names exchanged";
  EXPECT_EQ(verdict(kAda, with(again, [](Typed& t) { t.street = "977 Mill Rd", t.phone = "971-881-2345"; })), Sameness::same)
      << "moved";
}

TEST(Match, Row32_NamesAloneNeverMerge) {
  const Typed names{.given = "Ada", .surname = "Brightwater"};
  SurnameShares rare;
  for (int i = 0; i < 100'000; ++i) rare.count(i == 0 ? U"brightwater" : U"smith");
  const Judgement judgement = judged(names, names, {1000, 1, &rare});
  EXPECT_NE(judgement.verdict, Sameness::same);
  EXPECT_FALSE(judgement.has_proof);
  EXPECT_NE(verdict(with(kAda, [](Typed& t) { t.birthday = ""; }), kAda), Sameness::same)
      << "nor names with contacts: a daughter may be called Ada";
}

TEST(Match, NamesAndBirthdayAreBackedBySomethingMore) {
  const Typed a{.given = "Ada", .surname = "Brightwater", .birthday = "1984-03-07"};
  EXPECT_EQ(verdict(a, a), Sameness::ask) << "two of one name, born on one day, are met in every larger town";
  const Typed town = with(a, [](Typed& t) { t.street = "12 Oak St", t.postal_code = "97103"; });
  EXPECT_EQ(verdict(town, with(town, [](Typed& t) { t.street = "977 Mill Rd"; })), Sameness::ask)
      << "one postal code is no more";
  EXPECT_EQ(verdict(town, town), Sameness::same);
  const Typed middle = with(a, [](Typed& t) { t.middle = "Rose"; });
  EXPECT_EQ(verdict(middle, middle), Sameness::same);
}

TEST(Match, AddressPhoneAndMailAloneJoinNobody) {
  const Typed house{
      .phone = "503-234-5678", .email = "family@quarry.org", .street = "12 North Oak Street", .postal_code = "97103"};
  const Judgement judgement = judged(house, house, {1000, 1, nullptr});
  EXPECT_EQ(judgement.verdict, Sameness::different);
  EXPECT_LT(judgement.probability, kAskProbability);
}

TEST(Match, Row32_AHouseholdIsNotOnePerson) {
  const Typed wife = with(kAda, [](Typed& t) { t.given = "Miles", t.birthday = "1981-11-20"; });
  EXPECT_EQ(verdict(kAda, wife), Sameness::different) << "one address, phone and mailbox";
  EXPECT_EQ(verdict(kAda, with(wife, [](Typed& t) { t.birthday = ""; })), Sameness::different);
  const Typed flatmate = with(
      kAda, [](Typed& t) { t.given = "Wren", t.surname = "Okafor", t.birthday = "1985-07-30", t.email = "wren@quarry.org"; });
  EXPECT_EQ(verdict(kAda, flatmate), Sameness::different);
}

TEST(Match, TwoFlatsOfOneHouseAreTwoHouseholds) {
  const Typed a{
      .given = "Ada", .surname = "Brightwater", .birthday = "1984-03-07", .street = "12 Oak St #4", .postal_code = "97103"};
  EXPECT_EQ(verdict(a, with(a, [](Typed& t) { t.street = "12 Oak Street, Apt 4"; })), Sameness::same);
  EXPECT_EQ(verdict(a, with(a, [](Typed& t) { t.street = "12 Oak St #9"; })), Sameness::ask);
}

TEST(Match, TwinsAreNotMerged) {
  for (const auto& [one, other] : std::initializer_list<std::pair<const char*, const char*>>{{"Ada", "June"},
                                                                                             {"Jayden", "Jaden"},
                                                                                             {"Deborah", "Debra"},
                                                                                             {"Alexander", "Alexandra"},
                                                                                             {"Mary Ann", "Mary Jane"},
                                                                                             {"Alex", "Alex"},
                                                                                             {"Tim", "Tom"}}) {
    const Typed a = with(kAda, [&](Typed& t) { t.given = one; });
    const Typed b = with(kAda, [&](Typed& t) { t.given = other; });
    EXPECT_NE(verdict(a, b), Sameness::same) << one << ", " << other;
  }
  const Typed crossed = with(kAda, [](Typed& t) { t.given = "Brightwater", t.surname = "Mary Jane"; });
  EXPECT_NE(verdict(with(kAda, [](Typed& t) { t.given = "Mary Ann"; }), crossed), Sameness::same);
  EXPECT_NE(verdict(with(kAda, [](Typed& t) { t.middle = "Rose"; }), with(kAda, [](Typed& t) { t.middle = "June"; })),
            Sameness::same);
}

TEST(Match, TheBirthdayOfTwinsCountsLittle) {
  const auto birthday_bits = [](const Judgement& judgement) {
    for (std::size_t i = 0; i < judgement.reason_count; ++i)
      if (judgement.reasons[i].kind == ReasonKind::birthday) return judgement.reasons[i].bits;
    return 0.0F;
  };
  EXPECT_GT(birthday_bits(judged(kAda, kAda)), 12);
  EXPECT_LE(birthday_bits(judged(kAda, with(kAda, [](Typed& t) { t.given = "June"; }))), 7);
}

TEST(Match, FatherAndSonAreNotMerged) {
  const Typed father = with(kAda, [](Typed& t) { t.given = "Miles", t.birthday = "1951-02-03", t.suffix = "Sr"; });
  const Typed son = with(father, [](Typed& t) { t.birthday = "1978-09-14", t.suffix = "Jr"; });
  const Judgement judgement = judged(father, son);
  EXPECT_NE(judgement.verdict, Sameness::same);
  EXPECT_TRUE(judgement.has_conflict);
  EXPECT_NE(verdict(father, with(father, [](Typed& t) { t.suffix = "Jr."; })), Sameness::same) << "even where all else agrees";
  EXPECT_NE(verdict(with(father, [](Typed& t) { t.suffix = "", t.birthday = "1970-01-01"; }),
                    with(son, [](Typed& t) { t.suffix = "", t.birthday = "1970-01-01"; })),
            Sameness::same)
      << "an invented birthday proves nothing";
}

TEST(Match, DifferentLicencesOfOneStateForbidAMerge) {
  const Typed a = with(kAda, [](Typed& t) { t.licence = 1, t.gender = "female", t.middle = "Grace"; });
  const Judgement conflict = judged(a, with(kAda, [](Typed& t) { t.licence = 2, t.gender = "female", t.middle = "Grace"; }));
  EXPECT_TRUE(conflict.has_conflict);
  for (std::size_t i = 0; i < conflict.reason_count; ++i)
    EXPECT_EQ(conflict.reasons[i].is_conflict, conflict.reasons[i].kind == ReasonKind::licence) << conflict.reasons[i].sentence;
  EXPECT_EQ(conflict.verdict, Sameness::ask);
  EXPECT_EQ(verdict(a, with(kAda, [](Typed& t) { t.licence = 2, t.issuer = "WA"; })), Sameness::same)
      << "moved to another state";
  EXPECT_EQ(verdict(a, with(kAda, [](Typed& t) { t.licence = 1, t.issuer = "Oregon"; })), Sameness::same);
}

TEST(Match, TheSameLicenceIsProof) {
  const Typed a{.given = "Bill", .surname = "Brightwater", .birthday = "1984-03-07", .licence = 1};
  EXPECT_EQ(verdict(a, with(a, [](Typed& t) { t.given = "William"; })), Sameness::same);
  EXPECT_EQ(verdict(a, with(a, [](Typed& t) { t.surname = "Okafor"; })), Sameness::same) << "married";
  EXPECT_NE(verdict(a, with(a, [](Typed& t) { t.given = "Zoë", t.surname = "Okafor"; })), Sameness::same)
      << "somebody else's card was scanned";
}

TEST(Match, DifferentVerifiedBirthdaysForbidAMerge) {
  const Typed a = with(kAda, [](Typed& t) { t.verification = "verified", t.licence = 1; });
  const Typed b = with(a, [](Typed& t) { t.birthday = "1984-03-08"; });
  EXPECT_TRUE(judged(a, b).has_conflict);
  EXPECT_EQ(verdict(a, b), Sameness::ask);
  EXPECT_EQ(verdict(a, with(b, [](Typed& t) { t.verification = "unverified"; })), Sameness::same)
      << "a slip, and the licence says who it is";
}

TEST(Match, CommonSurnamesWeighLess) {
  SurnameShares shares;
  for (int i = 0; i < 10'000; ++i) shares.count(i < 200 ? U"smith" : i < 202 ? U"brightwater" : U"other");
  const MatchSettings settings{50'000, 0.05, &shares};
  const Typed smith{.given = "Ada", .surname = "Smith", .birthday = "1984-03-07"};
  const Typed brightwater{.given = "Ada", .surname = "Brightwater", .birthday = "1984-03-07"};
  EXPECT_GT(judged(brightwater, brightwater, settings).score, judged(smith, smith, settings).score + 5);
  EXPECT_EQ(judged(smith, smith, settings).verdict, Sameness::ask) << "two Ada Smiths born on one day may be two";
}

TEST(Match, ReasonsAddUpToTheScore) {
  const Typed b =
      with(kAda, [](Typed& t) { t.surname = "Brightwatter", t.phone = "503-234-5679", t.email = "ada.b@gmail.com"; });
  const Judgement judgement = judged(kAda, b);
  double sum = std::log2(0.05 / 50'000);
  for (std::size_t i = 0; i < judgement.reason_count; ++i) {
    sum += static_cast<double>(judgement.reasons[i].bits);
    EXPECT_FALSE(judgement.reasons[i].sentence.empty());
  }
  EXPECT_NEAR(sum, judgement.score, 1e-3);
  EXPECT_NEAR(judgement.probability, 1 / (1 + std::exp2(-judgement.score)), 1e-9);
}

TEST(Match, CorrelatedContactsAreNotCountedThrice) {
  const Typed names{.given = "Ada", .surname = "Brightwater"};
  const Typed phone = with(names, [](Typed& t) { t.phone = kAda.phone; });
  const Typed all = with(kAda, [](Typed& t) { t.birthday = ""; });
  const double none = judged(names, names).score, one = judged(phone, phone).score, three = judged(all, all).score;
  EXPECT_GT(one, none + 10);
  EXPECT_LT(three, one + 4);
}

// Whatever is compared with whatever: the order does not matter, and "same" has proof.
TEST(Match, IsSymmetric) {
  constexpr std::uint64_t seed = 5;
  Random random(seed);
  const auto one_of = [&](std::initializer_list<const char*> values) {
    return *(values.begin() + random.below(values.size()));
  };
  const auto any = [&] {
    Typed typed;
    typed.given = one_of({"", "Ada", "Adda", "Bill", "William", "Mary Ann", "Mary", "Brightwater", "王", "CUSTOMER"});
    typed.surname = one_of({"", "Brightwater", "Ada", "Smith", "Smyth", "Smith-Jones", "Jones", "王"});
    typed.birthday = one_of({"", "1984-03-07", "1984-07-03", "1984-03-08", "1970-01-01", "1951-12-30"});
    typed.phone = one_of({"", "503-234-5678", "503-234-5679", "971-881-2345", "555-555-5555"});
    typed.email = one_of({"", "ada.b@gmail.com", "adab@gmail.com", "ada.b@quarry.org", "none@none.com"});
    typed.street = one_of({"", "12 Oak St", "13 Oak Street", "977 Mill Rd"});
    typed.postal_code = one_of({"", "97103", "97104", "10001"});
    typed.suffix = one_of({"", "", "Jr", "Sr"});
    typed.middle = one_of({"", "R", "Rose", "June"});
    typed.gender = one_of({"", "male", "female"});
    typed.verification = one_of({"", "verified"});
    typed.licence = static_cast<int>(random.below(3));
    return typed;
  };
  for (int n = 0; n < 5'000; ++n) {
    const Identity a = identity(any()), b = identity(any());
    const Judgement x = judge(a, b, kShop), y = judge(b, a, kShop);
    ASSERT_NEAR(x.score, y.score, 1e-9) << "seed " << seed << ", case " << n;
    ASSERT_EQ(x.verdict, y.verdict) << "seed " << seed << ", case " << n;
    if (x.verdict == Sameness::same) {
      ASSERT_TRUE(x.has_proof && !x.has_conflict && x.probability >= kSameProbability);
    }
  }
}

}  // namespace
}  // namespace tillgate
