#include "core/block_terms.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/leaves.hpp"

namespace tillgate {
namespace {

Customer ada(const char* email) {
  return customer_of({{Field::first_name, "Ada"},
                      {Field::last_name, "Brightwater"},
                      {Field::birthday, "1984-03-07"},
                      {Field::phone, "503-234-5678"},
                      {Field::email, email},
                      {Field::address_street1, "12 North Oak Street"},
                      {Field::address_postal_code, "97103"}});
}

std::vector<std::string> all_terms(const Customer& customer) {
  const BlindIndex licence{7};
  auto terms = search_terms(search_card(customer, licence, std::nullopt));
  const auto blocks = block_terms(identity_of(customer, licence));
  terms.insert(terms.end(), blocks.begin(), blocks.end());
  return terms;
}

// Whatever key a record has, its own terms lie in the range where one would look for it.
TEST(BlockTerms, EachBlockOfARecordHoldsTheRecord) {
  for (const char* email : {"ada.b+x@gmail.com", "ada.b@mail.example.net"}) {
    const Customer customer = ada(email);
    const auto blocks = blocks_of(identity_of(customer, BlindIndex{7}));
    EXPECT_EQ(blocks.size(), kBlockKinds);
    const auto terms = all_terms(customer);
    for (const Block& block : blocks) {
      EXPECT_TRUE(std::any_of(terms.begin(), terms.end(),
                              [&](const std::string& term) { return term >= block.range.first && term < block.range.end; }))
          << static_cast<int>(block.kind) << " " << email;
    }
  }
}

// What a search asks for already needs no second term.
TEST(BlockTerms, OnlyWhatNoSearchAsksForHasATermOfItsOwn) {
  EXPECT_EQ(block_terms(identity_of(ada("ada.b@mail.example.net"), BlindIndex{7})).size(), 5U);
  EXPECT_EQ(block_terms(identity_of(ada("ada.b@gmail.com"), BlindIndex{7})).size(), 6U);
}

// They are stored: another byte needs another kBlockFormat, and the index made anew.
TEST(BlockTerms, AreTheSameBytesForEver) {
  std::string all;
  for (const auto& term : block_terms(identity_of(ada("ada.b@gmail.com"), std::nullopt))) {
    ASSERT_EQ(term.size(), 7U);
    ASSERT_EQ(term[0], 'k');
    all += term;
  }
  EXPECT_EQ(hash_of(all).text().substr(0, 16), "d573401d85b2b457") << kBlockFormat;
}

}  // namespace
}  // namespace tillgate
