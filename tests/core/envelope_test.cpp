#include "core/envelope.hpp"

#include <gtest/gtest.h>

#include "tests/core/change_samples.hpp"

namespace tillgate {
namespace {

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
       {with(line, R"("kind":"update")", R"("kind":"merge")"), with(line, R"("entity":"customer")", R"("entity":"coupon")"),
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

}  // namespace
}  // namespace tillgate
