#include "core/payload.hpp"

#include <gtest/gtest.h>

#include "tests/core/change_samples.hpp"

namespace tillgate {
namespace {

Envelope envelope_at(const Version& version) {
  Envelope envelope;
  envelope.version = version;
  envelope.entity = kCustomerEntity;
  return envelope;
}

Payload payload_of_everything() {
  Payload payload;
  payload.salt = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};
  changes_in(payload).fields = {{Field::first_name, "Ann \"A\"", at(9), at(1)},
                                {Field::phone, std::nullopt, at(9), at(2, kOther)},
                                {Field::email, "a@b.c", at(8, "pos:treez"), {}}};
  changes_in(payload).consent = {{Purpose::email, true, at(9), {at(3), at(4, kOther)}}, {Purpose::sms, false, at(7), {}}};
  changes_in(payload).tags = {{"vip", true, at(9)}, {"was.x", false, at(5)}};
  changes_in(payload).pos_links = {{"treez", "77", at(9), at(6)}, {"cova", std::nullopt, at(4), {}}};
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
  EXPECT_EQ(decode_payload(encode(payload, at(9)), envelope_at(at(9))).value(), payload);
  const Payload empty;
  EXPECT_EQ(encode(empty, at(9)), R"({"salt":"00000000000000000000000000000000"})");
  EXPECT_EQ(decode_payload(encode(empty, at(9)), envelope_at(at(9))).value(), empty);
}

TEST(Payload, FromTheFutureIsUnsupportedNotInvalid) {
  const std::string line = encode(payload_of_everything(), at(9));
  for (const auto& text :
       {with(line, R"("phone":)", R"("fax":)"), with(line, R"("salt":)", R"("pepper":1,"salt":)"),
        with(line, R"("versions":{)", R"("stamps":{"gold":1},"versions":{"stamps.gold":"0000000000000001@pos:a",)"),
        with(line, R"("sms":{)", R"("post":{)"), with(line, R"({"granted":false)", R"({"granted":false,"how":"paper")")}) {
    const auto read = decode_payload(text, envelope_at(at(9)));
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
    const auto read = decode_payload(text, envelope_at(at(9)));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::invalid) << text;
  }
}

TEST(Payload, TellsWhereConsentWasGivenAndToWhat) {
  Payload payload;
  changes_in(payload).consent = {{Purpose::email, true, at(9), {}, "kiosk", "2026-03"},
                                 {Purpose::sms, false, at(9), {}, "", "v2"}};
  const std::string line = encode(payload, at(9));
  EXPECT_NE(line.find(R"("email":{"granted":true,"source":"kiosk","text":"2026-03"},"sms":{"granted":false,"text":"v2"})"),
            std::string::npos)
      << line;
  EXPECT_EQ(decode_payload(line, envelope_at(at(9))).value(), payload);
  for (const auto& text : {with(line, "kiosk", "The Kiosk"), with(line, R"("v2")", R"("")"), with(line, R"("v2")", "2")})
    EXPECT_EQ(decode_payload(text, envelope_at(at(9))).error().code, Errc::invalid) << text;
}

TEST(Payload, LongerThanTheLimitIsRefused) {
  Payload payload;
  changes_in(payload).fields = {{Field::notes, std::string(kPayloadBytesMax, 'n'), at(9), {}}};
  EXPECT_FALSE(decode_payload(encode(payload, at(9)), envelope_at(at(9))));
}

TEST(Payload, OfAuditHoldsPlainFacts) {
  Envelope envelope = envelope_at(at(9));
  envelope.entity = kAuditEntity;
  envelope.kind = "export";
  const Payload payload{AuditNote{{{"rows", "200"}, {"format", "csv"}}}, {}};
  const std::string line = encode(payload, at(9));
  EXPECT_EQ(line, R"({"facts":{"rows":"200","format":"csv"},"salt":"00000000000000000000000000000000"})");
  EXPECT_EQ(decode_payload(line, envelope).value(), payload);
  EXPECT_EQ(decode_payload(with(line, R"("salt")", R"("more":1,"salt")"), envelope).error().code, Errc::unsupported);
  for (const auto& text :
       {with(line, R"("200")", "200"), with(line, R"("rows")", R"("Rows")"),
        with(line, "200", std::string(kFactBytesMax + 1, '2')), with(line, R"({"rows":"200","format":"csv"})", "[]")}) {
    const auto read = decode_payload(text, envelope);
    ASSERT_FALSE(read) << text.substr(0, 200);
    EXPECT_EQ(read.error().code, Errc::invalid) << text.substr(0, 200);
  }
}

}  // namespace
}  // namespace tillgate
