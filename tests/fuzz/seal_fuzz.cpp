// Sealed numbers, as they come in from other stores, head office or an old backup: what opens is exactly what was sealed, for
// this record and field, in its one spelling; everything else is refused, and nothing of it is shown.
#include "store/seal.hpp"

#include <algorithm>
#include <string>

#include "core/json.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kPlainMax = 256;  // a number is shorter

const Sealer& sealer() {
  static const Sealer sealer([] {
    SealKeys keys;
    keys.id = "k1";
    keys.pii.fill(0x11);
    keys.index.fill(0x22);
    return keys;
  }());
  return sealer;
}

const CustomerId kAnn = *CustomerId::from_text("0198a3c0-1111-4222-8333-444455556666");
const CustomerId kBea = *CustomerId::from_text("0198a3c0-1111-4222-8333-444455556667");

// The first 32 digits behind "s1.k1." are the nonce.
std::array<std::uint8_t, 24> nonce_in(std::string_view sealed) {
  std::array<std::uint8_t, 24> nonce{};
  std::size_t at = 0;
  for (std::size_t i = 6; i < 38; i += 4) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 4; ++j) bits = bits << 6 | static_cast<std::uint32_t>(kDigits.find(sealed[i + j]));
    for (const int shift : {16, 8, 0}) nonce[at++] = static_cast<std::uint8_t>(bits >> shift);
  }
  return nonce;
}

void check_opened(std::string_view text) {
  for (const Field field : {Field::licence_number, Field::medical_number}) {
    const auto plain = sealer().open(kAnn, field, text);
    if (!plain) {
      claim(!plain.error().what.empty() && plain.error().detail.empty(), "a refusal says why and shows nothing");
      continue;
    }
    claim(sealer().seal(kAnn, field, *plain, nonce_in(text)) == text, "a sealed number has one spelling");
  }
}

void check_sealed(std::string_view input) {
  const std::string_view plain = input.substr(0, kPlainMax);
  std::array<std::uint8_t, 24> nonce{};
  const Digest hash = hash_of(input);
  std::copy_n(hash.bytes.begin(), nonce.size(), nonce.begin());
  const std::string sealed = sealer().seal(kAnn, Field::licence_number, plain, nonce);
  claim(sealer().open(kAnn, Field::licence_number, sealed) == std::string(plain), "what was sealed opens");
  claim(!sealer().open(kBea, Field::licence_number, sealed), "not at another record");
  claim(!sealer().open(kAnn, Field::medical_number, sealed), "not in another field");
  std::string changed = sealed;
  char& digit = changed[hash.bytes[24] % changed.size()];
  digit = digit == 'A' ? 'B' : 'A';
  claim(!sealer().open(kAnn, Field::licence_number, changed), "nothing that was changed opens");
  const auto index = sealer().blind_index(Field::licence_number, plain);
  if (std::all_of(plain.begin(), plain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    std::string spelled = " ";
    for (const char c : plain) spelled.append(1, c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c).append("-");
    claim(sealer().blind_index(Field::licence_number, spelled) == index, "every spelling of a number finds it");
  }
  claim(!index || sealer().blind_index(Field::medical_number, plain) != index, "a number of another kind does not");
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_opened(text);
  fuzz::check_opened("s1.k1." + std::string(text));
  fuzz::check_sealed(text);
  return 0;
}
