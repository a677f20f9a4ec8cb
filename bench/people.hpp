// Invented customers as the JSON bodies that terminals send, from a seed: the people of search_people.hpp, whose names are as common as
// names are, half of them with an address, a third with a consent. Nobody comes twice on purpose. Shared by the load generator and the
// commit bench, so that both write the same kind of rows.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "bench/search_people.hpp"

namespace tillgate::bench {

class People {
 public:
  explicit People(std::uint64_t seed) : people_(seed), random_(seed) {}

  std::string next_body() {
    const SearchPerson person = people_.next();
    std::string body = R"({"first_name":")" + person.first + R"(","last_name":")" + person.last + '"';
    const auto set = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) body.append(",\"").append(name).append("\":\"").append(value).append("\"");
    };
    set("email", person.email);
    set("phone", person.phone);
    set("birthday", person.birthday);
    if (below(2) == 0) {
      body.append(R"(,"address":{"street1":")").append(std::to_string(1 + below(2000)));
      body.append(R"( Harbour Row","city":"Port Ellery","region":"OR","postal_code":"97)").append(digits(3));
      body.append(R"(","country":"US"})");
    }
    if (below(3) == 0) body.append(R"(,"consent":{"email":true,"sms":false})");
    if (!person.licence.empty()) {
      body.append(R"(,"licence":{"number":")").append(person.licence);
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
  SearchPeople people_;
  std::mt19937_64 random_;
};

}  // namespace tillgate::bench
