// What reads the bodies of the platform before us, on bytes that nobody meant: whatever comes, it answers within its bounds.
#include "daemon/legacy_request.hpp"

#include <gtest/gtest.h>

#include <random>

#include "daemon/event_text.hpp"
#include "daemon/json_body.hpp"

namespace tillgate {
namespace {

constexpr unsigned kSeed = 20'261'128;
constexpr int kRounds = 20'000;

// Bytes exchanged, lost and doubled; most of what comes out is JSON no more, some still is.
std::string spoilt(std::string text, std::mt19937& random) {
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  constexpr std::string_view marks = "{}[]\":,0-9.eE\\u0000 tfn/\xff";
  for (std::size_t n = 1 + below(3); n > 0 && !text.empty(); --n) {
    const auto at = below(text.size());
    switch (below(4)) {
      case 0: text[at] = marks[below(marks.size())]; break;
      case 1: text.erase(at, 1 + below(8)); break;
      case 2: text.insert(at, text.substr(below(text.size()), 1 + below(16))); break;
      default: text.insert(at, 1, marks[below(marks.size())]);
    }
  }
  return text;
}

TEST(LegacyRequest, AnswersWhateverComesWithinItsBounds) {
  std::mt19937 random(kSeed);
  SCOPED_TRACE(kSeed);
  const std::vector<std::string> samples{
      R"({"customer":{"first_name":"Ada","last_name":"Lovelace","gender":"F","birthday":"1984-02-29","drivers_license":4711,"notes":null}})",
      R"({"first_name":true,"driver_license":"D1","drivers_license":"D2","phone":{"x":[1]},"email":1.5})",
      R"({"order":{"order_number":12,"customer_id":"x","items":[{"product_id":7,"quantity":"2"},{"product_id":"a","product_value_id":"b","quantity":1,"weight_mg":5}]}})",
      R"({"items":[{"product_id":7,"quantity":9223372036854775807},{"product_id":7,"quantity":1}]})"};
  int read = 0;
  for (int i = 0; i < kRounds; ++i) {
    const auto text = spoilt(samples[static_cast<std::size_t>(i) % samples.size()], random);
    const auto body = parse_object(text);
    if (!body) continue;
    ++read;
    if (auto patch = legacy::customer_from(*body)) {
      EXPECT_LE(patch->fields.size(), 8u) << text;
      (void)normalise(*patch, WriteKind::create);
    }
    if (auto order = legacy::order_from(*body)) {
      for (const auto& [key, line] : order->patch.lines) {
        ASSERT_TRUE(line && line->quantity) << text;
        EXPECT_FALSE(key.product_id.empty());
      }
      for (const auto& fault : order->faults) EXPECT_FALSE(fault.field.empty() || fault.sentence.empty());
      if (order->faults.empty()) (void)normalise(order->patch, WriteKind::create);
    }
  }
  EXPECT_GT(read, kRounds / 50) << "most samples are spoilt beyond reading";
}

TEST(LegacyRequest, SumsNoTwoQuantitiesBeyondWhatANumberHolds) {
  const auto body = parse_object(R"({"items":[{"product_id":7,"quantity":10000},{"product_id":7,"quantity":10000},{"product_id":8,"quantity":9223372036854775807}]})");
  std::vector<FieldFault> faults;
  const auto items = legacy::items_from(*body, faults);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].line.quantity, 20'000) << "too many, which is said where the order is judged";
  EXPECT_EQ(faults.size(), 1u);
}

TEST(EventId, IsReadExactlyAsItIsWritten) {
  Position at;
  at.seq = 412;
  at.digest.bytes.fill(0xab);
  const auto text = event_id_text(at);
  const auto id = event_id_from(text);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->seq, 412);
  EXPECT_TRUE(names(*id, at.digest));
  EXPECT_FALSE(names(*id, Digest{}));
  std::mt19937 random(kSeed);
  for (int i = 0; i < kRounds; ++i)
    if (const auto other = event_id_from(spoilt(text, random))) {
      EXPECT_GE(other->seq, 0);
      EXPECT_EQ(other->digest.size(), 16u);
    }
}

}  // namespace
}  // namespace tillgate
