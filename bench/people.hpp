// Invented customers as the JSON bodies that terminals send, from a seed: a third in other scripts, half with an address, a fifth
// with a licence. Shared by the load generator and the commit bench, so that both write the same kind of rows.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace tillgate::bench {

class People {
 public:
  explicit People(std::uint64_t seed) : random_(seed) {}

  std::string next_body() {
    static constexpr std::array<std::string_view, 9> first{"Ada",  "Miles", "Rosalind", "Theo", "June",
                                                           "Wren", "Zoë",   "Łucja",    "Алёна"};
    static constexpr std::array<std::string_view, 9> last{"Brightwater", "Okafor",   "Castellane", "Smith-Jonas", "McIlroy",
                                                          "Tan",         "Ångström", "Dvořáková",  "Ковальчук"};
    std::string body = R"({"first_name":")";
    body.append(first[below(9)]).append(R"(","last_name":")").append(last[below(9)]);
    body.append(R"(","email":"op-)").append(digits(12)).append(R"(@example.invalid","phone":"+1 503 555 01)").append(digits(2));
    body.append(R"(","birthday":"19)")
        .append(std::to_string(50 + below(50)))
        .append(R"(-0)")
        .append(std::to_string(1 + below(9)));
    body.append("-1").append(digits(1)).append("\"");
    if (below(2) == 0) {
      body.append(R"(,"address":{"street1":")").append(digits(3));
      body.append(R"( Harbour Row","city":"Port Ellery","region":"OR","postal_code":"97103","country":"US"})");
    }
    if (below(3) == 0) body.append(R"(,"consent":{"email":true,"sms":false})");
    if (below(5) == 0) {
      body.append(R"(,"licence":{"number":"X)").append(digits(8));
      body.append(R"(","region":"OR","country":"US","expires":"2031-06-30"})");
    }
    return body += "}";
  }

  // A new UUIDv7 as text, as terminals make their Idempotency-Keys.
  std::string next_key(std::uint64_t unix_ms) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
    const std::uint64_t a = random_(), b = random_();
    for (std::size_t i = 0; i < 5; ++i) bytes[6 + i] = static_cast<std::uint8_t>(a >> (8 * i));
    for (std::size_t i = 0; i < 5; ++i) bytes[11 + i] = static_cast<std::uint8_t>(b >> (8 * i));
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x70U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
    static constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
      text += hex[bytes[i] >> 4U];
      text += hex[bytes[i] & 0x0fU];
    }
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  std::string digits(std::size_t count) {
    std::string text;
    while (text.size() < count) text += static_cast<char>('0' + below(10));
    return text;
  }
  std::mt19937_64 random_;
};

}  // namespace tillgate::bench
