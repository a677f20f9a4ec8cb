// What happens to a text between a customer's mouth and the database: slips of the finger, capitals, blanks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/random.hpp"

namespace tillgate::bench {

class Typist {
 public:
  explicit Typist(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] bool happens(double share) { return static_cast<double>(random_.below(1'000'000)) < share * 1e6; }
  [[nodiscard]] std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }
  template <class List>
  [[nodiscard]] const auto& one_of(const List& list) {
    return list[below(list.size())];
  }
  // As names are spread: the first of a list far more often than the last.
  template <class List>
  [[nodiscard]] const auto& common_of(const List& list) {
    const std::size_t a = below(list.size()), b = below(list.size());
    return list[a < b ? a : b];
  }
  [[nodiscard]] std::string digits(std::size_t count) {
    std::string text;
    while (text.size() < count) text += static_cast<char>('0' + below(10));
    return text;
  }

  // One slip: a letter left out, doubled, exchanged with the next, or another one. Only between plain letters and digits.
  [[nodiscard]] std::string slip(std::string text) {
    if (text.size() < 3) return text;
    const std::size_t at = 1 + below(text.size() - 2);
    const auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 0x80 && c != ' '; };
    if (!is_plain(text[at]) || !is_plain(text[at + 1])) return text;
    const bool is_digit = text[at] >= '0' && text[at] <= '9';
    switch (below(is_digit ? 2 : 4)) {
      case 0: std::swap(text[at], text[at + 1]); break;
      case 1: text[at] = is_digit ? static_cast<char>('0' + below(10)) : static_cast<char>('a' + below(26)); break;
      case 2: text.erase(at, 1); break;
      default: text.insert(at, 1, text[at]); break;
    }
    return text;
  }
  [[nodiscard]] std::string shouted(std::string text) {
    for (char& c : text) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
  }

 private:
  Random random_;
};

}  // namespace tillgate::bench
