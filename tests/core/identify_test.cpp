#include "core/identify.hpp"

#include <gtest/gtest.h>

#include "core/token_bucket.hpp"
#include "tests/core/leaves.hpp"

namespace tillgate {
namespace {

Customer person(const char* first, const char* last, const char* birthday) {
  std::vector<std::pair<Field, std::string>> fields{{Field::first_name, first}, {Field::last_name, last}};
  auto customer = customer_of({{Field::first_name, first}, {Field::last_name, last}});
  if (*birthday) customer = customer_of({{Field::first_name, first}, {Field::last_name, last}, {Field::birthday, birthday}});
  return customer;
}
const Customer kAnn = person("Ann", "Bell", "1984-02-29"), kBob = person("Bob", "Bell", "1990-05-05"),
               kTwin = person("Ben", "Bell", "1990-05-05"), kUndated = person("Cy", "Bell", "");

struct Ladder {
  IdentityClaim claim;
  std::vector<const Customer*> matches;
  bool has_more = false;
  Ladder& contact() { return claim.has_contact = true, *this; }
  Ladder& born(const char* digits) { return claim.birthday = digits, *this; }
  Ladder& called(const char32_t* first, const char32_t* last) { return claim.first = first, claim.last = last, *this; }
  Ladder& fits(std::vector<const Customer*> all) { return matches = std::move(all), *this; }
  std::string outcome() {
    const auto verdict = identify(claim, matches, has_more);
    std::string text(name_of(verdict.outcome));
    if (!verdict.wanted.empty()) text.append(" ").append(verdict.wanted);
    if (verdict.outcome == Identification::found) text.append(" ").append(matches[verdict.index]->text(Field::first_name));
    return text;
  }
};

TEST(Identify, Row20_AContactThatOneHasIsEnough) {
  EXPECT_EQ(Ladder().contact().fits({}).outcome(), "not_found");
  EXPECT_EQ(Ladder().contact().fits({&kAnn}).outcome(), "found Ann");
  EXPECT_EQ(Ladder().contact().born("19840229").fits({&kAnn}).outcome(), "found Ann");
  EXPECT_EQ(Ladder().contact().born("19840229").fits({&kUndated}).outcome(), "found Cy") << "nothing speaks against it";
}

TEST(Identify, Row20_WhatContradictsIsNotPassedOver) {
  EXPECT_EQ(Ladder().contact().born("19840301").fits({&kAnn}).outcome(), "ask name");
  EXPECT_EQ(Ladder().contact().born("19840301").called(U"ann", U"bell").fits({&kAnn}).outcome(), "staff");
  EXPECT_EQ(Ladder().contact().called(U"bob", U"bell").fits({&kAnn}).outcome(), "ask birthday");
}

TEST(Identify, Row20_OneOfSeveralIsNeverPicked) {
  EXPECT_EQ(Ladder().contact().fits({&kAnn, &kBob}).outcome(), "ask birthday");
  EXPECT_EQ(Ladder().contact().born("19900505").fits({&kAnn, &kBob}).outcome(), "found Bob");
  EXPECT_EQ(Ladder().contact().born("19900505").fits({&kAnn, &kBob, &kTwin}).outcome(), "ask name");
  EXPECT_EQ(Ladder().contact().born("19900505").called(U"ben", U"bell").fits({&kAnn, &kBob, &kTwin}).outcome(), "found Ben");
  EXPECT_EQ(Ladder().contact().born("19900505").called(U"zed", U"bell").fits({&kAnn, &kBob, &kTwin}).outcome(), "staff");
  // Of two, one has another birthday and of the other none is known: that is no proof.
  EXPECT_EQ(Ladder().contact().born("20000101").fits({&kAnn, &kUndated}).outcome(), "ask name");
  EXPECT_EQ(Ladder().contact().born("20000101").called(U"cy", U"bell").fits({&kAnn, &kUndated}).outcome(), "found Cy");
}

TEST(Identify, Row20_ANameNeedsABirthday) {
  EXPECT_EQ(Ladder().called(U"ann", U"bell").fits({&kAnn}).outcome(), "ask birthday");
  EXPECT_EQ(Ladder().called(U"ann", U"bell").born("19840229").fits({&kAnn}).outcome(), "found Ann");
  EXPECT_EQ(Ladder().called(U"ann", U"bell").born("19840301").fits({&kAnn}).outcome(), "not_found");
  EXPECT_EQ(Ladder().called(U"cy", U"bell").born("19840301").fits({&kUndated}).outcome(), "not_found");
  EXPECT_EQ(Ladder().called(U"bell", U"bell").born("19900505").fits({&kBob, &kTwin}).outcome(), "ask phone");
}

TEST(Identify, Row20_WhoeverMayBeAmongMoreIsNotFound) {
  auto ladder = Ladder().contact().fits({&kAnn});
  ladder.has_more = true;
  EXPECT_EQ(ladder.outcome(), "ask birthday");
  EXPECT_EQ(ladder.born("19840229").outcome(), "ask name");
  EXPECT_EQ(ladder.called(U"ann", U"bell").outcome(), "staff");
}

TEST(TokenBucket, LetsABurstPassAndThenOneAfterTheOther) {
  const Time start{std::chrono::seconds(100)};
  TokenBucket bucket(3, std::chrono::seconds(6), start);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(start)) << i;
  EXPECT_FALSE(bucket.take(start));
  EXPECT_EQ(bucket.wait(start), Duration(std::chrono::seconds(6)));
  EXPECT_FALSE(bucket.take(start + std::chrono::seconds(5)));
  EXPECT_TRUE(bucket.take(start + std::chrono::seconds(6)));
  EXPECT_FALSE(bucket.take(start + std::chrono::seconds(6)));
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(bucket.take(start + std::chrono::hours(1))) << "rest does not save up more than a burst";
  EXPECT_FALSE(bucket.take(start + std::chrono::hours(1)));
}

}  // namespace
}  // namespace tillgate
