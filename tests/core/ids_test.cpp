#include "core/ids.hpp"

#include <gtest/gtest.h>

#include <set>
#include <type_traits>

namespace tillgate {
namespace {

static_assert(!std::is_convertible_v<CustomerId, Epoch>, "an id of one kind must not pass for another");
static_assert(!std::is_constructible_v<OrgId, StoreId>);

constexpr std::string_view kUuid = "0190f3a1-7c2e-7abc-8def-0123456789ab";

TEST(Uuid, RoundTripsItsText) {
  const auto uuid = Uuid::from_text(kUuid);
  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->text(), kUuid);
  EXPECT_EQ(uuid->version(), 7);
  EXPECT_FALSE(uuid->is_nil());
  EXPECT_TRUE(Uuid{}.is_nil());
}

TEST(Uuid, HasOneTextOnly) {
  for (const std::string_view text :
       {"", "0190F3A1-7C2E-7ABC-8DEF-0123456789AB", "0190f3a17c2e7abc8def0123456789ab",
        "{0190f3a1-7c2e-7abc-8def-0123456789ab}", "0190f3a1-7c2e-7abc-8def-0123456789a",
        "0190f3a1-7c2e-7abc-8def-0123456789abc", "0190f3a1_7c2e-7abc-8def-0123456789ab", "0190f3a1-7c2e-7abc-8def-0123456789ag",
        "0190f3a17-c2e-7abc-8def-0123456789ab", "0190f3a1-7c2e-7abc-8def-012345678-ab"}) {
    EXPECT_FALSE(Uuid::from_text(text)) << text;
  }
}

TEST(Uuid, Version7HoldsTheTimeAndSortsByIt) {
  const std::array<std::uint8_t, 10> ones{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  const Uuid early = uuid_v7(timestamp_from_ms(0x0190f3a17c2e), ones), late = uuid_v7(timestamp_from_ms(0x0190f3a17c2f), {});
  EXPECT_EQ(early.text(), "0190f3a1-7c2e-7fff-bfff-ffffffffffff");
  EXPECT_EQ(late.text(), "0190f3a1-7c2f-7000-8000-000000000000");
  EXPECT_LT(early, late);
}

TEST(Uuid, Version4KeepsTheRandomBits) {
  std::array<std::uint8_t, 16> random;
  random.fill(0xff);
  EXPECT_EQ(uuid_v4(random).text(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(NameId, IsShortPlainAndNotEmpty) {
  EXPECT_TRUE(is_name_id("store-7"));
  EXPECT_TRUE(is_name_id(std::string(32, 'a')));
  for (const std::string& text :
       {std::string(), std::string(33, 'a'), std::string("Store"), std::string("a/b"), std::string("a b"), std::string("a+"),
        std::string("#"), std::string("a\0b", 3), std::string("é")}) {
    EXPECT_FALSE(is_name_id(text)) << text;
  }
}

TEST(DerivedId, IsTheSameForTheSameRequest) {
  const Digest request = hash_of("POST /api/v1/customers {}");
  const Uuid id = derive_uuid("pos-1", "key-1", request, 0);
  EXPECT_EQ(id, derive_uuid("pos-1", "key-1", request, 0));
  EXPECT_EQ(id.version(), 8);
  EXPECT_EQ(id.bytes[8] >> 6, 2);
}

TEST(DerivedId, DiffersInEveryPart) {
  const Digest request = hash_of("a"), other = hash_of("b");
  const std::set<Uuid> ids{derive_uuid("pos-1", "key-1", request, 0), derive_uuid("pos-2", "key-1", request, 0),
                           derive_uuid("pos-1", "key-2", request, 0), derive_uuid("pos-1", "key-1", other, 0),
                           derive_uuid("pos-1", "key-1", request, 1), derive_uuid("pos-1k", "ey-1", request, 0)};
  EXPECT_EQ(ids.size(), 6U);
}

TEST(DerivedId, BeginsWithTheTimeOfAVersion7Key) {
  const Uuid id = derive_uuid("pos-1", kUuid, hash_of("a"), 0);
  EXPECT_EQ(id.text().substr(0, 13), kUuid.substr(0, 13));
  EXPECT_EQ(id.version(), 8);
  EXPECT_NE(id, derive_uuid("pos-2", kUuid, hash_of("a"), 0));
}

TEST(DerivedChangeId, LiesAmongThoseOfItsKeyWhateverTheRequest) {
  const ChangeId id = derive_change_id("pos-1", "key-1", hash_of("a"));
  EXPECT_EQ(id, derive_change_id("pos-1", "key-1", hash_of("a")));
  EXPECT_EQ(id.version(), 8);
  EXPECT_EQ(id.bytes[8] >> 6, 2);
  const ChangeIdRange range = changes_of_same_key(id);
  const ChangeId other = derive_change_id("pos-1", "key-1", hash_of("b"));
  EXPECT_NE(id, other);
  for (const ChangeId& each : {id, other}) {
    EXPECT_LE(range.first, each);
    EXPECT_LE(each, range.last);
  }
  for (const ChangeId& foreign : {derive_change_id("pos-2", "key-1", hash_of("a")), derive_change_id("pos-1", "key-2", hash_of("a"))})
    EXPECT_TRUE(foreign < range.first || range.last < foreign);
  EXPECT_EQ(derive_change_id("pos-1", kUuid, hash_of("a")).text().substr(0, 13), kUuid.substr(0, 13));
}

// Written once; a change here would give retried requests a second effect after an upgrade.
TEST(DerivedId, NeverChangesBetweenReleases) {
  EXPECT_EQ(derive_uuid("pos-1", "key-1", hash_of("a"), 0).text(), "fc950298-d63f-83e6-a5e0-4b0563d7f3a8");
  EXPECT_EQ(derive_uuid("pos-1", kUuid, hash_of("a"), 7).text(), "0190f3a1-7c2e-831d-8b7e-9b870be5c9e6");
  EXPECT_EQ(derive_change_id("pos-1", "key-1", hash_of("a")).text(), "3981ad14-dee2-80c3-8f75-b67c63d7f3a8");
  EXPECT_EQ(derive_change_id("pos-1", kUuid, hash_of("a")).text(), "0190f3a1-7c2e-851b-bb36-496a48fe18f7");
}

}  // namespace
}  // namespace tillgate
