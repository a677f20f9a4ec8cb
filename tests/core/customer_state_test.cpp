#include "core/customer_state.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "tests/core/change_samples.hpp"

namespace tillgate {
namespace {

Customer ordinary_customer() {
  Customer customer;
  customer.id = *CustomerId::from_text(kKey);
  const Version version = at(0x0190f3a17c2e0001);
  const auto set = [&](Field field, std::string value) { customer[field] = Cell{std::move(value), version}; };
  set(Field::first_name, "Maximiliane");
  set(Field::last_name, "Oberhauser");
  set(Field::birthday, "1990-12-31");
  set(Field::phone, "+1 (415) 555-0101");
  set(Field::email, "maxi.oberhauser@example.com");
  set(Field::home_store, "store-17");
  return customer;
}

TEST(State, OfAnOrdinaryCustomerIsSmall) {
  const std::string text = encode_state(ordinary_customer());
  EXPECT_LE(text.size(), 330U) << text;
  EXPECT_EQ(decode_state(text).value(), ordinary_customer());
}

TEST(State, WritesOnlyVersionsThatDifferFromTheCommonOne) {
  Customer customer = ordinary_customer();
  customer[Field::phone] = Cell{std::nullopt, at(1)};
  const std::string text = encode_state(customer);
  EXPECT_NE(text.find(R"("phone":null)"), std::string::npos);
  EXPECT_NE(text.find(R"("vs":{"phone":"0000000000000001@11111111-1111-4111-8111-111111111111"})"), std::string::npos) << text;
  EXPECT_EQ(decode_state(text).value(), customer);
}

TEST(State, OfATieTakesTheGreatestVersion) {
  Customer customer;
  customer[Field::first_name] = Cell{"Ann", at(1)};
  customer[Field::last_name] = Cell{"Lee", at(2)};
  EXPECT_NE(encode_state(customer).find(R"("v":"0000000000000002@)"), std::string::npos);
  EXPECT_EQ(decode_state(encode_state(customer)).value(), customer);
}

TEST(State, OfNobodyIsJustAnId) {
  EXPECT_EQ(encode_state(Customer{}), R"({"id":"00000000-0000-0000-0000-000000000000"})");
  EXPECT_EQ(decode_state(encode_state(Customer{})).value(), Customer{});
}

TEST(State, PlainConsentIsOneWord) {
  Customer customer = ordinary_customer();
  const Version version = at(0x0190f3a17c2e0001);
  customer.consent[0] = Consent{{}, true, version};
  customer.consent[1] = Consent{{{version, false}}, false, version};
  const std::string text = encode_state(customer);
  EXPECT_NE(text.find(R"("consent":{"email":true,"sms":false})"), std::string::npos) << text;
  EXPECT_EQ(decode_state(text).value(), customer);
}

Customer random_customer(Random& random) {
  Customer customer;
  for (auto& byte : customer.id.bytes) byte = static_cast<std::uint8_t>(random.next());
  const auto version = [&] {
    return at(1 + random.below(4), std::array<std::string_view, 3>{kEpoch, kOther, "pos:treez"}[random.below(3)]);
  };
  const auto value = [&]() -> std::optional<std::string> {
    if (random.below(4) == 0) return std::nullopt;
    return std::array<std::string, 6>{"", "Ann", "M\u00fcller", "a\"b\\c\n\t", "\U0001f33f", "s1.k.x_-"}[random.below(6)];
  };
  for (auto& cell : customer.cells) {
    if (random.below(3) == 0) cell = Cell{value(), version()};
  }
  for (auto& consent : customer.consent) {
    if (random.below(2) == 0) continue;
    consent.latest = random.below(2) == 0;
    consent.version = version();
    if (!*consent.latest) consent.denials[consent.version] = random.below(3) == 0;
    for (auto more = random.below(3); more > 0; --more) consent.denials[version()] = random.below(2) == 0;
  }
  for (auto more = random.below(4); more > 0; --more)
    customer.tags[std::array<std::string, 4>{"vip", "a.b", "\u00e9", "vs"}[random.below(4)]] =
        Element{random.below(2) == 0, version()};
  for (auto more = random.below(3); more > 0; --more)
    customer.pos_links[std::array<std::string, 2>{"treez", "cova"}[random.below(2)]] = Cell{value(), version()};
  return customer;
}

TEST(State, Row1_RoundTripsAndEqualRecordsGiveEqualBytes) {
  const std::uint64_t seed = 20260403;
  std::cout << "seed " << seed << "\n";
  Random random(seed);
  for (int round = 0; round < 5'000; ++round) {
    const Customer customer = random_customer(random);
    const std::string text = encode_state(customer);
    const auto read = decode_state(text);
    ASSERT_TRUE(read) << text << " seed " << seed << " round " << round;
    ASSERT_EQ(*read, customer) << text << " seed " << seed << " round " << round;
    ASSERT_EQ(encode_state(*read), text) << "seed " << seed << " round " << round;
  }
}

TEST(State, UnknownKeysAreUnsupported) {
  const std::string text = encode_state(ordinary_customer());
  for (const auto& changed : {with(text, R"("id":)", R"("points":7,"id":)"), with(text, R"("phone":)", R"("fax":)")}) {
    const auto read = decode_state(changed);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::unsupported) << changed;
  }
}

TEST(State, RefusesWhatIsMalformed) {
  const std::string text = encode_state(ordinary_customer());
  for (const auto& changed :
       {with(text, R"("id":"0190)", R"("id":"01)"), with(text, R"("v":"0190f3)", R"("v":"")"),
        with(text, R"("f":{)", R"("f":{"phone":"1",)"),
        with(text, R"("f":{)", R"("vs":{"suffix":"0000000000000001@pos:a"},"f":{)"), std::string("{}"), std::string("[]"),
        std::string(R"({"id":"0190f3a1-7c2e-7abc-8def-0123456789ab","f":{"phone":"1"}})")}) {
    const auto read = decode_state(changed);
    ASSERT_FALSE(read) << changed;
    EXPECT_EQ(read.error().code, Errc::invalid) << changed;
  }
}

}  // namespace
}  // namespace tillgate
