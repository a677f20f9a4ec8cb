#include "core/bytes.hpp"

#include <gtest/gtest.h>

namespace tillgate {
namespace {

TEST(Hex, RoundTripsAndReadsBothCases) {
  const std::array<std::uint8_t, 4> bytes{0x00, 0x0f, 0xa5, 0xff};
  EXPECT_EQ(to_hex(bytes), "000fa5ff");
  std::array<std::uint8_t, 4> read{};
  EXPECT_TRUE(from_hex("000FA5ff", read));
  EXPECT_EQ(read, bytes);
}

TEST(Hex, RefusesWrongLengthAndWrongDigits) {
  std::array<std::uint8_t, 2> out{};
  for (const std::string_view text : {"", "abc", "abcde", "abcdef", "abcg", "ab d", "-abc", "0xab"}) {
    EXPECT_FALSE(from_hex(text, out)) << text;
  }
}

// The digests of RFC 7693's function with 32 bytes of output, computed with Python's hashlib.
TEST(Hash, IsBlake2bWith256Bits) {
  EXPECT_EQ(hash_of("").text(), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  EXPECT_EQ(hash_of("abc").text(), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Hash, FedInPiecesIsTheSame) {
  const std::string text(1000, 'x');
  for (const std::size_t cut : {0U, 1U, 127U, 128U, 129U, 999U}) {
    Hasher hasher;
    EXPECT_EQ(hasher.add(std::string_view(text).substr(0, cut)).add(std::string_view(text).substr(cut)).finish(),
              hash_of(text));
  }
}

TEST(Digest, ReadsItsOwnTextOnly) {
  const Digest digest = hash_of("abc");
  EXPECT_EQ(Digest::from_text(digest.text()), digest);
  EXPECT_FALSE(Digest::from_text(digest.text().substr(1)));
  EXPECT_FALSE(Digest::from_text(""));
  std::string loud = digest.text();
  loud[0] = 'B';
  EXPECT_FALSE(Digest::from_text(loud)) << "one digest has one text";
}

}  // namespace
}  // namespace tillgate
