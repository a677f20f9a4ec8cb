#include "core/change.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace tillgate {
namespace {

constexpr std::string_view kEpoch = "11111111-1111-4111-8111-111111111111", kOther = "22222222-2222-4222-8222-222222222222",
                           kKey = "0190f3a1-7c2e-7abc-8def-0123456789ab";

Version at(std::uint64_t clock, std::string_view origin = kEpoch) {
  return {Hlc{clock}, std::string(origin)};
}

Envelope envelope_of_everything() {
  Envelope envelope;
  envelope.epoch = *Epoch::from_text(kEpoch);
  envelope.seq = 7;
  envelope.version = at(0x0190f3a17c2e0001);
  envelope.change_id = *ChangeId::from_text(kOther);
  envelope.recorded_at = timestamp_from_ms(1'795'389'027'123);
  envelope.clock_confirmed = true;
  envelope.entity = "customer";
  envelope.key = *Uuid::from_text(kKey);
  envelope.kind = "update";
  envelope.source = "local";
  envelope.terminal = "pos-1";
  envelope.person = "p-17";
  envelope.role = "cashier";
  envelope.reason = "asked";
  envelope.correlation_id = "req \"1\"";
  return envelope;
}

// `text` with one occurrence of `from` made `to`.
std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto found = text.find(from);
  EXPECT_NE(found, std::string::npos) << from;
  return text.replace(found, from.size(), to);
}

TEST(Envelope, IsOneLineOfJsonInAFixedOrder) {
  EXPECT_EQ(
      encode(envelope_of_everything()),
      R"({"epoch":"11111111-1111-4111-8111-111111111111","seq":7,)"
      R"("version":"0190f3a17c2e0001@11111111-1111-4111-8111-111111111111",)"
      R"("change_id":"22222222-2222-4222-8222-222222222222","recorded_at":"2026-11-22T23:10:27.123Z","clock":"confirmed",)"
      R"("entity":"customer","key":"0190f3a1-7c2e-7abc-8def-0123456789ab","kind":"update","source":"local",)"
      R"("terminal":"pos-1","person":"p-17","role":"cashier","reason":"asked","correlation_id":"req \"1\""})");
}

TEST(Envelope, RoundTripsWithAndWithoutItsOptionalParts) {
  Envelope envelope = envelope_of_everything();
  EXPECT_EQ(decode_envelope(encode(envelope)).value(), envelope);
  envelope.terminal = envelope.person = envelope.role = envelope.reason = envelope.correlation_id = "";
  envelope.clock_confirmed = false;
  envelope.kind = "create";
  for (const std::string source : {"pos:treez-main", "ho:22222222-2222-4222-8222-222222222222"}) {
    envelope.source = source;
    EXPECT_EQ(decode_envelope(encode(envelope)).value(), envelope);
  }
}

TEST(Envelope, FromTheFutureIsUnsupportedNotInvalid) {
  const std::string line = encode(envelope_of_everything());
  for (const auto& text :
       {with(line, R"("kind":"update")", R"("kind":"merge")"), with(line, R"("entity":"customer")", R"("entity":"order")"),
        with(line, R"("seq":7)", R"("seq":7,"lane":"fast")")}) {
    const auto read = decode_envelope(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::unsupported) << text;
  }
}

TEST(Envelope, RefusesWhatIsMalformed) {
  const std::string line = encode(envelope_of_everything());
  for (const auto& text :
       {with(line, R"("seq":7)", R"("seq":0)"), with(line, R"("seq":7)", R"("seq":-1)"),
        with(line, R"("seq":7)", R"("seq":7.0)"), with(line, R"("seq":7)", R"("seq":9223372036854775808)"),
        with(line, R"("seq":7)", R"("seq":"7")"), with(line, R"("seq":7,)", ""),
        with(line, R"("clock":"confirmed")", R"("clock":"maybe")"),
        with(line, R"("source":"local")", R"("source":"elsewhere")"), with(line, R"("source":"local")", R"("source":"pos:A")"),
        with(line, R"("terminal":"pos-1")", R"("terminal":1)"), with(line, "T23:10:27.123Z", "T25:10:27.123Z"),
        with(line, "0190f3a17c2e0001@", "0190f3a17c2e0001#"), with(line, R"("seq":7)", R"("seq":7,"seq":7)"), line + "x",
        std::string("[]"), std::string("null"), std::string(), with(line, "asked", std::string(20'000, 'a'))}) {
    const auto read = decode_envelope(text);
    ASSERT_FALSE(read) << text.substr(0, 400);
    EXPECT_EQ(read.error().code, Errc::invalid) << text.substr(0, 400);
  }
}

Payload payload_of_everything() {
  Payload payload;
  payload.salt = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
  payload.changes.fields = {{Field::first_name, "Ann \"A\"", at(9), at(1)},
                            {Field::phone, std::nullopt, at(9), at(2, kOther)},
                            {Field::email, "a@b.c", at(8, "pos:treez"), {}}};
  payload.changes.consent = {{Purpose::email, true, at(9), {at(3), at(4, kOther)}}, {Purpose::sms, false, at(7), {}}};
  payload.changes.tags = {{"vip", true, at(9)}, {"was.x", false, at(5)}};
  payload.changes.pos_links = {{"treez", "77", at(9), at(6)}, {"cova", std::nullopt, at(4), {}}};
  return payload;
}

TEST(Payload, IsOneLineOfJsonInAFixedOrder) {
  const std::string e = "@" + std::string(kEpoch), o = "@" + std::string(kOther);
  EXPECT_EQ(encode(payload_of_everything(), at(9)),
            R"({"set":{"first_name":"Ann \"A\"","phone":null,"email":"a@b.c"},)"
            R"("was":{"first_name":"0000000000000001)" +
                e + R"(","phone":"0000000000000002)" + o + R"(","pos_links.treez":"0000000000000006)" + e + R"("},)" +
                R"("versions":{"email":"0000000000000008@pos:treez","consent.sms":"0000000000000007)" + e +
                R"(","tags.was.x":"0000000000000005)" + e + R"(","pos_links.cova":"0000000000000004)" + e + R"("},)" +
                R"("consent":{"email":{"granted":true,"seen":["0000000000000003)" + e + R"(","0000000000000004)" + o +
                R"("]},"sms":{"granted":false}},"tags":{"vip":true,"was.x":false},"pos_links":{"treez":"77","cova":null},)" +
                R"("salt":"000102030405060708090a0b0c0d0eff"})");
}

TEST(Payload, RoundTrips) {
  const Payload payload = payload_of_everything();
  EXPECT_EQ(decode_payload(encode(payload, at(9)), at(9)).value(), payload);
  const Payload empty;
  EXPECT_EQ(encode(empty, at(9)), R"({"salt":"00000000000000000000000000000000"})");
  EXPECT_EQ(decode_payload(encode(empty, at(9)), at(9)).value(), empty);
}

TEST(Payload, FromTheFutureIsUnsupportedNotInvalid) {
  const std::string line = encode(payload_of_everything(), at(9));
  for (const auto& text :
       {with(line, R"("phone":)", R"("fax":)"), with(line, R"("salt":)", R"("pepper":1,"salt":)"),
        with(line, R"("sms":{)", R"("post":{)"), with(line, R"({"granted":false)", R"({"granted":false,"how":"paper")")}) {
    const auto read = decode_payload(text, at(9));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::unsupported) << text;
  }
}

TEST(Payload, RefusesWhatIsMalformed) {
  const std::string line = encode(payload_of_everything(), at(9));
  for (const auto& text :
       {with(line, R"("phone":null)", R"("phone":7)"), with(line, R"("phone":null)", R"("phone":{})"),
        with(line, R"("vip":true)", R"("vip":"yes")"), with(line, R"("vip":true)", R"("vip":true,"vip":true)"),
        with(line, R"("set":{)", R"("set":{"phone":"1",)"), with(line, R"("cova":null)", R"("Cova":null)"),
        with(line, R"("salt":"00)", R"("salt":")"), with(line, R"(,"salt":")", R"(,"salt":"zz)"),
        with(line, R"("versions":{)", R"("versions":{"suffix":"0000000000000001@pos:a",)"),
        with(line, R"("was":{)", R"("was":{"suffix":"0000000000000001@pos:a",)"),
        with(line, R"("granted":false)", R"("granted":false,"seen":["0000000000000001@pos:a"])"),
        with(line, R"("set":{"first_name":"Ann \"A\"","phone":null,"email":"a@b.c"})", R"("set":[])"), line + " {}",
        std::string("7")}) {
    const auto read = decode_payload(text, at(9));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::invalid) << text;
  }
}

TEST(Payload, LongerThanTheLimitIsRefused) {
  Payload payload;
  payload.changes.fields = {{Field::notes, std::string(kPayloadBytesMax, 'n'), at(9), {}}};
  EXPECT_FALSE(decode_payload(encode(payload, at(9)), at(9)));
}

TEST(Chain, IsTheHashOverPreviousEnvelopeAndPayload) {
  const Digest previous = hash_of("previous"), payload = hash_of("payload"), envelope = hash_of("envelope");
  const auto text = [](const Digest& digest) { return std::string(digest.bytes.begin(), digest.bytes.end()); };
  EXPECT_EQ(chain(previous, "envelope", payload), hash_of(text(previous) + text(envelope) + text(payload)));
  EXPECT_NE(chain(Digest{}, "envelope", payload), chain(previous, "envelope", payload));
}

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

TEST(State, RoundTripsAndEqualRecordsGiveEqualBytes) {
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
