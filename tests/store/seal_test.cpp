// Numbers of licences and cards are nowhere in plain.
#include "store/seal.hpp"

#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

TEST(SealedNumbers, Row55_AreNowhereInTheFiles) {
  World world;
  auto store = world.open();
  auto command = create("Zq7CANARYname");
  command.patch.fields.emplace_back(Field::licence_number, "Zq7CANARYlicence");
  command.patch.fields.emplace_back(Field::medical_number, "Zq7CANARYmedical");
  const auto made = commit(*store, command);
  EXPECT_EQ(*store->sealer().open(made.customer.id, Field::licence_number, made.customer.text(Field::licence_number)),
            "Zq7CANARYlicence");
  commit(*store, update(made.customer.id, Field::licence_number, "Zq7CANARYother"));
  const auto scan = [&] {
    const std::string all = bytes_of_folder(world.options.file.parent_path());
    EXPECT_NE(all.find("Zq7CANARYname"), std::string::npos);  // the scan sees what is there
    EXPECT_EQ(all.find("Zq7CANARYlicence"), std::string::npos);
    EXPECT_EQ(all.find("Zq7CANARYmedical"), std::string::npos);
    EXPECT_EQ(all.find("ZQ7CANARYLICENCE"), std::string::npos);
    EXPECT_EQ(all.find("Zq7CANARYother"), std::string::npos);
  };
  scan();
  store.reset();
  scan();
}

TEST(SealedNumbers, TheSameNumberInAnySpellingIsNoChange) {
  World world;
  auto store = world.open();
  auto command = create("Ada");
  command.patch.fields.emplace_back(Field::licence_number, "ab 12-34");
  const auto made = commit(*store, command);
  EXPECT_EQ(commit(*store, update(made.customer.id, Field::licence_number, "AB1234")).seq, made.seq);
  const auto other = commit(*store, update(made.customer.id, Field::licence_number, "AB1235"));
  EXPECT_EQ(other.seq, made.seq + 1);
  EXPECT_EQ(commit(*store, update(made.customer.id, Field::licence_number, std::nullopt)).customer.text(Field::licence_number),
            "");
  EXPECT_EQ(*world.raw()->integer_of("SELECT count(*) FROM customers WHERE licence_index IS NOT NULL"), 0);
  EXPECT_EQ(commit(*store, update(made.customer.id, Field::licence_number, "AB1235")).seq, made.seq + 3);
}

TEST(Sealer, OpensOnlyWhatWasSealedForThisRecordAndField) {
  SealKeys keys;
  keys.id = "k1";
  keys.pii.fill(1);
  const Sealer sealer(keys);
  const CustomerId one(uuid_v4({1})), two(uuid_v4({2}));
  const std::array<std::uint8_t, 24> nonce{7};
  const std::string sealed = sealer.seal(one, Field::licence_number, "AB1234", nonce);
  EXPECT_TRUE(sealed.starts_with("s1.k1."));
  EXPECT_EQ(*sealer.open(one, Field::licence_number, sealed), "AB1234");
  EXPECT_EQ(*sealer.open(one, Field::licence_number, sealer.seal(one, Field::licence_number, "", nonce)), "");
  EXPECT_EQ(sealer.open(two, Field::licence_number, sealed).error().code, Errc::corrupt);
  EXPECT_EQ(sealer.open(one, Field::medical_number, sealed).error().code, Errc::corrupt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sealer.open(one, Field::licence_number, damaged).has_value()) << i;
    EXPECT_FALSE(sealer.open(one, Field::licence_number, sealed.substr(0, i)).has_value()) << i;
  }
  // libsodium reads the byte 0xdf as '_'.
  const std::array<std::uint8_t, 24> high{0xff, 0xff, 0xff};
  std::string spelled = sealer.seal(one, Field::licence_number, "AB1234", high);
  ASSERT_EQ(spelled.substr(0, 10), "s1.k1.____");
  spelled[6] = static_cast<char>(0xdf);
  EXPECT_FALSE(sealer.open(one, Field::licence_number, spelled).has_value());
  keys.id = "k2";
  EXPECT_EQ(Sealer(keys).open(one, Field::licence_number, sealed).error().code, Errc::unavailable);
  EXPECT_EQ(sealer.blind_index(Field::licence_number, "ab 12-34"), sealer.blind_index(Field::licence_number, "AB1234"));
  EXPECT_EQ(sealer.blind_index(Field::licence_number, "ab.12/34"), sealer.blind_index(Field::licence_number, "AB1234"));
  EXPECT_NE(sealer.blind_index(Field::licence_number, "AB1234"), sealer.blind_index(Field::medical_number, "AB1234"));
  for (const char* none : {"N/A", "0000", "-", ""}) EXPECT_FALSE(sealer.blind_index(Field::licence_number, none)) << none;
}

}  // namespace
}  // namespace tillgate
