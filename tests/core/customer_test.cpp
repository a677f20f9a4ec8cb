#include "core/customer.hpp"

#include <gtest/gtest.h>

#include "core/change.hpp"

namespace tillgate {
namespace {

Patch patch_of(std::vector<std::pair<Field, std::optional<std::string>>> fields) {
  Patch patch;
  patch.fields = std::move(fields);
  return patch;
}

// The value of one field after normalising, or the code of its fault in angle brackets; "null" when cleared.
std::string normal(Field field, std::string raw) {
  Patch patch = patch_of({{field, std::move(raw)}});
  const auto faults = normalise(patch, WriteKind::update);
  if (!faults.empty()) return "<" + faults.front().code + ">";
  return patch.fields.front().second.value_or("null");
}

std::vector<std::string> codes(Patch patch, WriteKind kind = WriteKind::update) {
  std::vector<std::string> result;
  for (const auto& fault : normalise(patch, kind)) result.push_back(fault.field + ":" + fault.code);
  return result;
}
using Codes = std::vector<std::string>;

TEST(FieldTable, FollowsTheEnumAndNamesAreUnique) {
  ASSERT_EQ(fields().size(), kFieldCount);
  for (std::size_t i = 0; i < kFieldCount; ++i) {
    const FieldSpec& spec = fields()[i];
    EXPECT_EQ(static_cast<std::size_t>(spec.field), i);
    EXPECT_EQ(field_named(spec.name), spec.field) << spec.name;
    EXPECT_EQ(spec.kind == FieldKind::choice, !spec.choices.empty()) << spec.name;
    EXPECT_GT(spec.chars_max, 0U);
  }
  EXPECT_FALSE(field_named("licence"));
  EXPECT_FALSE(field_named(""));
  EXPECT_FALSE(field_named("tags"));
}

TEST(Normalise, TrimsWhiteSpaceOfEveryAlphabet) {
  EXPECT_EQ(normal(Field::first_name, "  Ann  "), "Ann");
  EXPECT_EQ(normal(Field::first_name, "\u00a0\u3000\t Ann \u2003\n"), "Ann");
  EXPECT_EQ(normal(Field::last_name, "de la Cruz"), "de la Cruz");
}

TEST(Normalise, EmptyMeansCleared) {
  EXPECT_EQ(normal(Field::middle_name, ""), "null");
  EXPECT_EQ(normal(Field::middle_name, " \u2003\t"), "null");
  EXPECT_EQ(normal(Field::email, " "), "null");
}

TEST(Normalise, ComposesToNfc) {
  EXPECT_EQ(normal(Field::last_name, "Mu\u0308ller"), "M\u00fcller");
  EXPECT_EQ(normal(Field::last_name, "\u1112\u1161\u11ab"), "\ud55c");
}

TEST(Normalise, DropsControlAndDirectionCharacters) {
  EXPECT_EQ(normal(Field::first_name, std::string("A\0n\x01n\x7f\xc2\x85", 8)), "Ann");
  EXPECT_EQ(normal(Field::first_name, "\u202eAnn\u202c\u200f\u2066\ufeff"), "Ann");
  EXPECT_EQ(normal(Field::first_name, "\u0646\u200c\u0627"), "\u0646\u200c\u0627") << "joiners are spelling";
}

TEST(Normalise, ATextThatShowsNothingIsEmpty) {
  for (const char* nothing : {"\u200b", "\u200d \u2060", "\u00ad", "\u3164"}) {
    EXPECT_EQ(codes(patch_of({{Field::first_name, nothing}})), Codes{"first_name:required"});
    EXPECT_EQ(codes(patch_of({{Field::notes, nothing}})), Codes{});
  }
}

TEST(Normalise, StatusTypeAndVerificationCannotBeCleared) {
  for (const Field field : {Field::status, Field::type, Field::verification}) {
    const auto patch = patch_of({{field, std::nullopt}});
    EXPECT_EQ(codes(patch, WriteKind::update), Codes{std::string(spec_of(field).name) + ":required"});
  }
}

TEST(Normalise, LinesStayInNotesAndAreASpaceElsewhere) {
  EXPECT_EQ(normal(Field::notes, "one\r\ntwo\tthree\x07"), "one\ntwo\tthree");
  EXPECT_EQ(normal(Field::address_street1, "1 Main St\nApt 4"), "1 Main St Apt 4");
}

TEST(Normalise, Row4_RefusesWhatIsNotUtf8) {
  for (const std::string_view raw : {"\xff", "Ann\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    EXPECT_EQ(normal(Field::first_name, std::string(raw)), "<not_utf8>");
    EXPECT_EQ(normal(Field::email, std::string(raw)), "<not_utf8>");
  }
}

TEST(Normalise, CountsCharactersNotBytes) {
  std::string hundred;
  for (int i = 0; i < 100; ++i) hundred += "\U0001f33f";
  EXPECT_EQ(normal(Field::first_name, hundred), hundred);
  EXPECT_EQ(normal(Field::first_name, hundred + "x"), "<too_long>");
  EXPECT_EQ(normal(Field::notes, std::string(4000, 'n')), std::string(4000, 'n'));
  EXPECT_EQ(normal(Field::notes, std::string(4001, 'n')), "<too_long>");
  EXPECT_EQ(normal(Field::notes, std::string(1'000'000, ' ')), "<too_long>") << "not even worth trimming";
  EXPECT_EQ(normal(Field::licence_number, std::string(65, '1')), "<too_long>");
}

TEST(Normalise, Row4_DatesMustExist) {
  EXPECT_EQ(normal(Field::birthday, "2000-02-29"), "2000-02-29");
  EXPECT_EQ(normal(Field::birthday, "1900-01-01"), "1900-01-01");
  EXPECT_EQ(normal(Field::licence_expires, "2200-12-31"), "2200-12-31");
  for (const std::string_view raw :
       {"1900-02-29", "2023-02-29", "1899-12-31", "2201-01-01", "1990-13-01", "1990-00-10", "1990-04-31", "1990-1-1",
        "01/02/1990", "19900101", "1990-01-01T00:00:00Z", "199O-01-01", "-990-01-01"}) {
    EXPECT_EQ(normal(Field::birthday, std::string(raw)), "<not_a_date>") << raw;
  }
}

TEST(Normalise, Row3_ChoicesIgnoreCase) {
  EXPECT_EQ(normal(Field::gender, " NonBinary "), "nonbinary");
  EXPECT_EQ(normal(Field::type, "MEDICAL"), "medical");
  EXPECT_EQ(normal(Field::verification, "pending"), "pending");
  EXPECT_EQ(normal(Field::gender, "f"), "<not_a_choice>");
}

TEST(Normalise, TerminalsCannotMergeOrErase) {
  for (const std::string_view allowed : {"active", "inactive", "on_hold", "banned"})
    EXPECT_EQ(normal(Field::status, std::string(allowed)), allowed);
  EXPECT_EQ(normal(Field::status, "merged"), "<not_allowed>");
  EXPECT_EQ(normal(Field::status, "Erased"), "<not_allowed>");
  EXPECT_EQ(normal(Field::status, "vip"), "<not_a_choice>");
  EXPECT_EQ(normal(Field::home_store, "store-1"), "<read_only>");
}

TEST(Normalise, PhonesKeepTheirSpelling) {
  EXPECT_EQ(normal(Field::phone, "+1 (415) 555-0101"), "+1 (415) 555-0101");
  EXPECT_EQ(normal(Field::phone, "5550101"), "5550101");
  for (const std::string_view raw : {"555010", "123456789012345678901", "555-0101 x2", "call me", "+-(). ", "５５５０１０１"})
    EXPECT_EQ(normal(Field::phone, std::string(raw)), "<not_a_phone>") << raw;
}

TEST(Normalise, EmailsNeedOneAtSignAndNoSpaces) {
  EXPECT_EQ(normal(Field::email, " Ann.O'Hara+x@Example.com "), "Ann.O'Hara+x@Example.com");
  EXPECT_EQ(normal(Field::email, "ann@m\u00fcnchen.de"), "ann@m\u00fcnchen.de");
  for (const std::string_view raw :
       {"ann", "@b.c", "ann@", "a@b@c", "a b@c.d", "a@b\u3000c.d", "a@b.c,d@e.f", "<a@b.c>", "a@.c", "a@b."})
    EXPECT_EQ(normal(Field::email, std::string(raw)), "<not_an_email>") << raw;
  EXPECT_EQ(normal(Field::email, std::string(243, 'a') + "@example.co").size(), 254U);
  EXPECT_EQ(normal(Field::email, std::string(244, 'a') + "@example.co"), "<not_an_email>");
}

TEST(Normalise, CountriesAreIsoCodes) {
  EXPECT_EQ(normal(Field::address_country, "us"), "US");
  EXPECT_EQ(normal(Field::licence_country, "DE"), "DE");
  for (const std::string_view raw : {"USA", "U", "XX", "U1", "u\u0308"})
    EXPECT_EQ(normal(Field::address_country, std::string(raw)), "<not_a_country>") << raw;
}

TEST(Normalise, NamesAreNeededOnCreateAndCannotBeClearedLater) {
  EXPECT_EQ(codes(Patch{}, WriteKind::create), (Codes{"first_name:required", "last_name:required"}));
  EXPECT_EQ(codes(patch_of({{Field::first_name, " "}, {Field::last_name, "Lee"}}), WriteKind::create),
            Codes{"first_name:required"});
  EXPECT_EQ(codes(Patch{}, WriteKind::update), Codes{});
  EXPECT_EQ(codes(patch_of({{Field::last_name, std::nullopt}}), WriteKind::update), Codes{"last_name:required"});
  EXPECT_EQ(codes(patch_of({{Field::middle_name, std::nullopt}}), WriteKind::update), Codes{});
}

TEST(Normalise, TellsEveryFaultAtOnceAndForEachASentence) {
  Patch patch =
      patch_of({{Field::first_name, "\xff"}, {Field::phone, "1"}, {Field::birthday, "yesterday"}, {Field::gender, "x"}});
  patch.tags_added = {""};
  const auto faults = normalise(patch, WriteKind::create);
  ASSERT_EQ(faults.size(), 6U);
  for (const auto& fault : faults) {
    EXPECT_FALSE(fault.field.empty());
    EXPECT_TRUE(fault.sentence.ends_with(".")) << fault.sentence;
    EXPECT_EQ(fault.sentence.find("yesterday"), std::string::npos) << "a fault never repeats what was typed";
  }
}

TEST(Normalise, EachFieldOnce) {
  EXPECT_EQ(codes(patch_of({{Field::phone, "5550101"}, {Field::phone, "5550102"}})), Codes{"phone:duplicate"});
  Patch patch;
  patch.consent = {{Purpose::sms, true}, {Purpose::sms, false}};
  EXPECT_EQ(codes(patch), Codes{"consent.sms:duplicate"});
}

TEST(Normalise, ConsentSaysWhereAndToWhatInPlainWords) {
  Patch patch;
  patch.consent = {{Purpose::email, true, "kiosk-1", "2026-03"}};
  EXPECT_EQ(codes(patch), Codes{});
  patch.consent = {{Purpose::email, true, "The Kiosk", "a b"}, {Purpose::sms, false, "", std::string(65, 'x')}};
  EXPECT_EQ(codes(patch), (Codes{"consent.email.source:not_a_name", "consent.email.text_version:not_a_name",
                                 "consent.sms.text_version:not_a_name"}));
}

TEST(Normalise, TagsAreLowerCaseUniqueAndSorted) {
  Patch patch;
  patch.tags_added = {" VIP", "vip ", "\u00c4rzte", "Loyal"};
  EXPECT_TRUE(normalise(patch, WriteKind::update).empty());
  EXPECT_EQ(patch.tags_added, (std::vector<std::string>{"loyal", "vip", "\u00e4rzte"}));
}

TEST(Normalise, TagsHaveLimits) {
  Patch patch;
  patch.tags_added.assign(kTagsMax + 1, "x");
  EXPECT_EQ(codes(patch), Codes{"tags:too_many"});
  patch.tags_added = {std::string(kTagCharsMax + 1, 'x')};
  EXPECT_EQ(codes(patch), Codes{"tags:too_long"});
  patch.tags_added = {"\xff"};
  EXPECT_EQ(codes(patch), Codes{"tags:not_utf8"});
  patch.tags_added = {" "};
  EXPECT_EQ(codes(patch), Codes{"tags:required"});
  patch.tags_added = {"a", "b"};
  patch.tags_removed = {"B"};
  EXPECT_EQ(codes(patch), Codes{"tags:contradiction"});
}

TEST(Normalise, TheWholeSetOfTagsFollowsTheSameRulesAndStandsAlone) {
  Patch patch;
  patch.tags = {" VIP", "vip", "Loyal"};
  EXPECT_TRUE(normalise(patch, WriteKind::update).empty());
  EXPECT_EQ(patch.tags, (std::vector<std::string>{"loyal", "vip"}));
  patch.tags = {""};
  EXPECT_EQ(codes(patch), Codes{"tags:required"});
  patch.tags = {"vip"};
  patch.tags_added = {"vip"};
  EXPECT_EQ(codes(patch), Codes{"tags:contradiction"}) << "one change may name a tag once";
}

TEST(Normalise, PosLinksNameAnAccountAndAPlainId) {
  Patch patch;
  patch.pos_links = {{"treez", "12-AB"}, {"cova", ""}};
  EXPECT_EQ(codes(patch), Codes{});
  (void)normalise(patch, WriteKind::update);
  EXPECT_EQ(patch.pos_links.front(), (std::pair<std::string, std::optional<std::string>>{"cova", std::nullopt}))
      << "sorted; empty clears";
  patch.pos_links = {{"Treez", "1"}};
  EXPECT_EQ(codes(patch), Codes{"pos_links:not_an_account"});
  for (const std::string& id : {std::string("a b"), std::string("a\n"), std::string("\u00e4"), std::string(65, '1')}) {
    patch.pos_links = {{"treez", id}};
    EXPECT_EQ(codes(patch), Codes{"pos_links.treez:not_an_id"});
  }
  patch.pos_links = {{"treez", "1"}, {"treez", "2"}};
  EXPECT_EQ(codes(patch), Codes{"pos_links.treez:duplicate"});
  patch.pos_links.assign(kPosLinksMax + 1, {"treez", "1"});
  EXPECT_EQ(codes(patch), Codes{"pos_links:too_many"});
}

TEST(Normalise, IsStableOnItsOwnOutput) {
  Patch patch =
      patch_of({{Field::notes, " a\r\nb\u2029c "}, {Field::first_name, "\u202eA\u0308 "}, {Field::last_name, "x\ty"}});
  patch.tags_added = {"\u0130stanbul", "A\u030a"};
  ASSERT_TRUE(normalise(patch, WriteKind::update).empty());
  Patch again = patch;
  ASSERT_TRUE(normalise(again, WriteKind::update).empty());
  EXPECT_EQ(again, patch);
}

// Whatever passes validation must fit into one ledger row, else an accepted write could never be committed.
TEST(Normalise, TheLargestCustomerFitsAPayload) {
  const std::string wide = "\U0001f33f";
  const auto filled = [](std::size_t chars, const std::string& with) {
    std::string text;
    for (std::size_t i = 0; i < chars; ++i) text += with;
    return text;
  };
  Patch patch;
  for (const auto& spec : fields()) {
    if (!spec.is_writable_by_terminals) continue;
    std::string value;
    switch (spec.kind) {
      case FieldKind::text:
      case FieldKind::sealed: value = filled(spec.chars_max, wide); break;
      case FieldKind::date: value = "1990-01-01"; break;
      case FieldKind::choice: value = std::string(spec.choices.front()); break;
      case FieldKind::phone: value = "12345678901234567890"; break;
      case FieldKind::email: value = filled(240, "a") + "@example.com"; break;
      case FieldKind::country: value = "US"; break;
      case FieldKind::store: break;
    }
    patch.fields.emplace_back(spec.field, value);
  }
  for (std::size_t i = 0; i < kTagsMax; ++i) {
    patch.tags_added.push_back(filled(kTagCharsMax - 2, wide) + std::to_string(10 + i));
    patch.tags_removed.push_back("r" + filled(kTagCharsMax - 3, wide) + std::to_string(10 + i));
  }
  for (std::size_t i = 0; i < kPosLinksMax; ++i)
    patch.pos_links.emplace_back(std::string(30, 'a') + std::to_string(10 + i), std::string(64, '1'));
  patch.consent = {{Purpose::email, false}, {Purpose::sms, true}, {Purpose::data, false}};
  const auto faults = normalise(patch, WriteKind::create);
  ASSERT_TRUE(faults.empty()) << faults.front().field << " " << faults.front().code;

  Customer now;  // everything was there before, written elsewhere at another time
  const Version old{Hlc{1}, Uuid{}.text()}, version{Hlc{2}, Uuid{}.text()};
  for (auto& cell : now.cells) cell = Cell{"before", old};
  for (const auto& tag : patch.tags_removed) now.tags[tag] = Element{true, old};
  for (const auto& [account, id] : patch.pos_links) now.pos_links[account] = Cell{"before", old};
  const std::string payload = encode(Payload{versioned(now, patch, version), {}}, version);
  EXPECT_LE(payload.size(), kPayloadBytesMax);
  Envelope envelope;
  envelope.version = version;
  envelope.entity = kCustomerEntity;
  EXPECT_TRUE(decode_payload(payload, envelope));
}

TEST(Consent, IsDeniedWhileOneDenialIsLeft) {
  Consent consent;
  EXPECT_FALSE(consent.is_granted().has_value()) << "never asked";
  consent.latest = true;
  EXPECT_EQ(consent.is_granted(), true);
  consent.denials[Version{Hlc{1}, "pos:a"}] = false;
  EXPECT_TRUE(consent.is_denied());
  EXPECT_EQ(consent.is_granted(), false);
  consent.denials.begin()->second = true;
  EXPECT_EQ(consent.is_granted(), true);
}

TEST(Customer, NewestLooksEverywhere) {
  Customer customer;
  EXPECT_FALSE(customer.newest().is_set());
  std::uint64_t clock = 1;
  const auto next = [&] { return Version{Hlc{clock++}, "pos:a"}; };
  customer[Field::status] = Cell{std::nullopt, next()};
  EXPECT_EQ(customer.newest().hlc.value, 1U);
  customer.tags["vip"] = Element{false, next()};
  EXPECT_EQ(customer.newest().hlc.value, 2U);
  customer.pos_links["treez"] = Cell{"1", next()};
  EXPECT_EQ(customer.newest().hlc.value, 3U);
  customer.consent[1].version = next();
  EXPECT_EQ(customer.newest().hlc.value, 4U);
  customer.consent[2].denials[next()] = true;
  EXPECT_EQ(customer.newest().hlc.value, 5U);
}

}  // namespace
}  // namespace tillgate
