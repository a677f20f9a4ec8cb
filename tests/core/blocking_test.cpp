#include "core/blocking.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/core/leaves.hpp"

namespace tillgate {
namespace {

std::map<BlockKind, std::uint64_t> keys_of(const Customer& customer, std::optional<BlindIndex> licence = std::nullopt) {
  const BlockKeys keys = block_keys(identity_of(customer, licence));
  std::map<BlockKind, std::uint64_t> by_kind;
  for (std::size_t i = 0; i < keys.count; ++i) by_kind[keys.kinds[i]] = keys.keys[i];
  return by_kind;
}
Customer ada() {
  return customer_of({{Field::first_name, "Ada"},
                      {Field::last_name, "Brightwater"},
                      {Field::birthday, "1984-03-07"},
                      {Field::phone, "503-234-5678"},
                      {Field::email, "ada.b@gmail.com"},
                      {Field::address_street1, "12 North Oak Street"},
                      {Field::address_postal_code, "97103"}});
}

TEST(BlockKeys, AreOnePerKindAndAllDifferent) {
  const auto keys = keys_of(ada(), BlindIndex{7});
  EXPECT_EQ(keys.size(), kBlockKinds);
  std::vector<std::uint64_t> values;
  for (const auto& [kind, key] : keys) values.push_back(key);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(std::unique(values.begin(), values.end()), values.end());
}

TEST(BlockKeys, AgreeForSpellingsOfOnePerson) {
  Customer other = customer_of({{Field::first_name, "BRIGHTWATTER"},
                                {Field::last_name, "ada"},
                                {Field::birthday, "1984-03-07"},
                                {Field::phone, "+1 (503) 234 5678"},
                                {Field::email, "AdaB+x@googlemail.com"},
                                {Field::address_street1, "12 N. Oak St"},
                                {Field::address_postal_code, "97103-1234"}});
  const auto mine = keys_of(ada()), theirs = keys_of(other);
  for (const BlockKind kind :
       {BlockKind::birthday, BlockKind::sounds, BlockKind::phone, BlockKind::door, BlockKind::email, BlockKind::house})
    EXPECT_EQ(mine.at(kind), theirs.at(kind)) << static_cast<int>(kind);
  const auto bill = keys_of(customer_of({{Field::first_name, "Bill"}, {Field::last_name, "Smith"}}));
  const auto william = keys_of(customer_of({{Field::first_name, "William"}, {Field::last_name, "Smyth"}}));
  EXPECT_EQ(bill.at(BlockKind::sounds), william.at(BlockKind::sounds));
}

TEST(BlockKeys, PlaceholdersGiveNone) {
  const Customer nobody = customer_of({{Field::first_name, "WALK IN"},
                                       {Field::last_name, "CUSTOMER"},
                                       {Field::birthday, "1970-01-01"},
                                       {Field::phone, "555-555-5555"},
                                       {Field::email, "none@none.com"},
                                       {Field::address_postal_code, "00000"}});
  EXPECT_TRUE(keys_of(nobody).empty());
  EXPECT_TRUE(keys_of(Customer{}).empty());
}

// They are stored. Whoever changes what a key is made of raises kBlockFormat and these.
TEST(BlockKeys, AreTheSameForEver) {
  EXPECT_EQ(kBlockFormat, 1);
  const auto keys = keys_of(ada(), BlindIndex{7});
  std::vector<std::uint64_t> values;
  for (const auto& [kind, key] : keys) values.push_back(key);
  EXPECT_EQ(values, (std::vector<std::uint64_t>{15664354373606959504U, 6368785166095831042U, 10782262140483387273U,
                                                12325187341426241523U, 3358175552046724164U, 1936679959798389390U,
                                                10647095011803018926U, 14591548170167020961U, 11330842729786870739U}));
}

}  // namespace
}  // namespace tillgate
