#include "core/person_text.hpp"

#include <gtest/gtest.h>

#include "core/payload.hpp"
#include "tests/core/change_samples.hpp"

namespace tillgate {
namespace {

const CustomerId a = *CustomerId::from_text("0190f3a1-0000-7abc-8def-00000000000a"),
                 b = *CustomerId::from_text("0190f3a1-0000-7abc-8def-00000000000b"),
                 c = *CustomerId::from_text("0190f3a1-0000-7abc-8def-00000000000c");

Envelope envelope_of(const PersonChange& change) {
  Envelope envelope;
  envelope.version = at(9);
  envelope.entity = kPersonEntity;
  envelope.kind = kind_of(change);
  envelope.key = key_of(change);
  return envelope;
}

std::string line_of(const PersonChange& change) {
  return encode(Payload{change, {}}, at(9));
}

constexpr std::string_view kSalt = R"("salt":"00000000000000000000000000000000"})";

const PersonChange& merge() {
  static const PersonChange change = Merge{{RecordPair::between(b, a), at(9)}};
  return change;
}
const PersonChange& unmerge() {
  static const PersonChange change = Unmerge{b, {{RecordPair::between(a, b), at(3)}, {RecordPair::between(b, c), at(4, kOther)}}};
  return change;
}
const PersonChange& choose() {
  static const PersonChange change = Choose{b, {Field::phone, Field::address_city}, at(9), {{RecordPair::between(a, b), at(3)}}};
  return change;
}
const PersonChange& erase() {
  static const PersonChange change = Erase{{b, a}};
  return change;
}

TEST(PersonText, IsOneLineOfJsonInAFixedOrder) {
  EXPECT_EQ(line_of(merge()),
            R"({"link":["0190f3a1-0000-7abc-8def-00000000000a","0190f3a1-0000-7abc-8def-00000000000b"],)" + std::string(kSalt));
  EXPECT_EQ(line_of(unmerge()),
            R"({"seen":[["0190f3a1-0000-7abc-8def-00000000000a","0190f3a1-0000-7abc-8def-00000000000b","0000000000000003@)" +
                std::string(kEpoch) +
                R"("],["0190f3a1-0000-7abc-8def-00000000000b","0190f3a1-0000-7abc-8def-00000000000c","0000000000000004@)" +
                std::string(kOther) + R"("]],)" + std::string(kSalt));
  EXPECT_EQ(line_of(choose()), R"({"fields":["phone","address.city"],"ties":[["0190f3a1-0000-7abc-8def-00000000000a",)"
                               R"("0190f3a1-0000-7abc-8def-00000000000b","0000000000000003@)" +
                                   std::string(kEpoch) + R"("]],)" + std::string(kSalt));
  EXPECT_EQ(line_of(erase()),
            R"({"keys":["0190f3a1-0000-7abc-8def-00000000000b","0190f3a1-0000-7abc-8def-00000000000a"],)" + std::string(kSalt));
}

TEST(PersonText, RoundTripsWithItsEnvelope) {
  for (const auto* change : {&merge(), &unmerge(), &choose(), &erase()}) {
    const Envelope envelope = envelope_of(*change);
    EXPECT_EQ(decode_payload(line_of(*change), envelope).value().body, ChangeBody(*change)) << envelope.kind;
    EXPECT_TRUE(is_person_kind(envelope.kind));
  }
}

TEST(PersonText, IsFiledUnderARecordItSpeaksOf) {
  Envelope envelope = envelope_of(merge());
  envelope.key = c;
  EXPECT_EQ(decode_payload(line_of(merge()), envelope).error().code, Errc::invalid);
  envelope = envelope_of(unmerge());
  envelope.key = c;  // one of the statements does not touch it
  EXPECT_EQ(decode_payload(line_of(unmerge()), envelope).error().code, Errc::invalid);
  envelope = envelope_of(erase());
  envelope.key = a;
  EXPECT_EQ(decode_payload(line_of(erase()), envelope).error().code, Errc::invalid);
}

TEST(PersonText, RefusesWhatIsMalformed) {
  const std::string small = R"("0190f3a1-0000-7abc-8def-00000000000a","0190f3a1-0000-7abc-8def-00000000000b")",
                    large = R"("0190f3a1-0000-7abc-8def-00000000000b","0190f3a1-0000-7abc-8def-00000000000a")";
  const auto refuses = [](const PersonChange& change, const std::string& text, Errc code) {
    const auto read = decode_payload(text, envelope_of(change));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, code) << text;
  };
  // One text for one link.
  refuses(merge(), with(line_of(merge()), small, large), Errc::invalid);
  refuses(merge(), with(line_of(merge()), R"("link":[)", R"("link":["0190f3a1-0000-7abc-8def-00000000000a",)"), Errc::invalid);
  refuses(unmerge(), with(line_of(unmerge()), "0000000000000003@", "3@"), Errc::invalid);
  refuses(unmerge(), with(line_of(unmerge()), R"("seen")", R"("saw")"), Errc::invalid);
  refuses(choose(), with(line_of(choose()), R"("phone")", R"("fax")"), Errc::unsupported);
  refuses(choose(), with(line_of(choose()), R"("phone")", "7"), Errc::invalid);
  refuses(erase(), with(line_of(erase()), R"("keys":[)", R"("keys":[7,)"), Errc::invalid);
  refuses(erase(), R"({"keys":[],)" + std::string(kSalt), Errc::invalid);
  refuses(merge(), with(line_of(merge()), R"("salt")", R"("why":"x","salt")"), Errc::unsupported);
}

TEST(PersonText, IsBounded) {
  Unmerge many{b, std::vector<LinkAdd>(kStatementsMax + 1, {RecordPair::between(a, b), at(3)})};
  EXPECT_EQ(decode_payload(line_of(many), envelope_of(many)).error().code, Errc::invalid);
  many.seen.pop_back();
  EXPECT_TRUE(decode_payload(line_of(many), envelope_of(many)));
  Erase all{std::vector<CustomerId>(4 * kPersonKeysMax + 1, a)};
  EXPECT_EQ(decode_payload(line_of(all), envelope_of(all)).error().code, Errc::invalid);
}

}  // namespace
}  // namespace tillgate
