#include "store/seal.hpp"

#include <sodium.h>

#include <algorithm>
#include <vector>

#include "core/check.hpp"

namespace tillgate {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kSealedCharsMax = 4096;
static_assert(kNonceBytes == 24);

// Lets libsodium choose the fastest code for this processor; it works without, only slower.
[[maybe_unused]] const int kSodiumReady = sodium_init();

// Bound to every value: what it is, whose it is, where it stands.
std::string bound_data(const CustomerId& customer, Field field) {
  std::string data = "tillgate.seal.1:";
  data.append(reinterpret_cast<const char*>(customer.bytes.data()), customer.bytes.size());
  data += ':';
  data += spec_of(field).name;
  return data;
}

// libsodium takes some bytes beyond ASCII for '_': a second spelling of the same value.
bool is_base64url(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

const unsigned char* bytes_of(std::string_view text) {
  return as_bytes(text).data();
}

}  // namespace

std::string Sealer::seal(const CustomerId& customer, Field field, std::string_view plain,
                         std::span<const std::uint8_t, 24> nonce) const {
  const std::string bound = bound_data(customer, field);
  std::vector<unsigned char> sealed(kNonceBytes + plain.size() + kTagBytes);
  std::copy(nonce.begin(), nonce.end(), sealed.begin());
  unsigned long long length = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + kNonceBytes, &length, bytes_of(plain), plain.size(),
                                             bytes_of(bound), bound.size(), nullptr, nonce.data(), keys_.pii.data());
  CHECK(length == plain.size() + kTagBytes);
  std::string text(sodium_base64_encoded_len(sealed.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), sealed.data(), sealed.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // the terminator
  return "s1." + keys_.id + "." + text;
}

Result<std::string> Sealer::open(const CustomerId& customer, Field field, std::string_view sealed) const {
  const auto broken = [] { return fail(Errc::corrupt, "a sealed number is damaged or belongs to another record"); };
  if (sealed.size() > kSealedCharsMax || !sealed.starts_with("s1.")) return broken();
  sealed.remove_prefix(3);
  const auto dot = sealed.find('.');
  if (dot == std::string_view::npos) return broken();
  if (sealed.substr(0, dot) != keys_.id) {
    return fail(Errc::unavailable, "a sealed number was sealed under a key that is not here");
  }
  const auto text = sealed.substr(dot + 1);
  if (text.empty() || !is_base64url(text)) return broken();
  std::vector<unsigned char> bytes(text.size());
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &length, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size() || length < kNonceBytes + kTagBytes) {
    return broken();
  }
  const std::string bound = bound_data(customer, field);
  std::string plain(length - kNonceBytes - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(plain.data()), nullptr, nullptr,
                                                 bytes.data() + kNonceBytes, length - kNonceBytes, bytes_of(bound),
                                                 bound.size(), bytes.data(), keys_.pii.data()) != 0) {
    return broken();
  }
  return plain;
}

std::optional<BlindIndex> Sealer::blind_index(Field field, std::string_view plain) const {
  const std::string form = licence_form(plain);
  if (form.empty()) return std::nullopt;
  std::string input(spec_of(field).name);
  input += '\0';  // no name is the beginning of another one's input
  input += form;
  BlindIndex index{};
  crypto_generichash(index.data(), index.size(), bytes_of(input), input.size(), keys_.index.data(), keys_.index.size());
  return index;
}

}  // namespace tillgate
