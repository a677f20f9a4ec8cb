#include "core/similarity.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace tillgate {

namespace {

constexpr std::size_t kCharsMax = 48;

template <class View>
std::size_t edits(View a, View b) {
  constexpr std::size_t too_many = 3;
  a = a.substr(0, kCharsMax);
  b = b.substr(0, kCharsMax);
  while (!a.empty() && !b.empty() && a.front() == b.front()) {
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.remove_suffix(1);
    b.remove_suffix(1);
  }
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() >= too_many) return too_many;
  std::array<std::array<std::uint8_t, kCharsMax + 1>, 3> rows{};  // of the last three characters of a
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<std::uint8_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    row[0] = static_cast<std::uint8_t>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      int best = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) best = std::min(best, rows[(i + 1) % 3][j - 2] + 1);
      row[j] = static_cast<std::uint8_t>(best);
    }
  }
  return std::min<std::size_t>(rows[a.size() % 3][b.size()], too_many);
}

}  // namespace

double jaro_winkler(std::u32string_view a, std::u32string_view b) {
  a = a.substr(0, kCharsMax);
  b = b.substr(0, kCharsMax);
  if (a.empty() || b.empty()) return 0;
  if (a == b) return 1;
  const std::size_t reach = std::max<std::size_t>(std::max(a.size(), b.size()) / 2, 1) - 1;
  std::uint64_t in_a = 0, in_b = 0;  // which characters found a partner
  std::size_t shared = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t from = i > reach ? i - reach : 0, to = std::min(b.size(), i + reach + 1);
    for (std::size_t j = from; j < to; ++j) {
      if (a[i] != b[j] || ((in_b >> j) & 1U) != 0) continue;
      in_a |= std::uint64_t{1} << i;
      in_b |= std::uint64_t{1} << j;
      ++shared;
      break;
    }
  }
  if (shared == 0) return 0;
  std::size_t out_of_order = 0;
  for (std::size_t i = 0, j = 0; i < a.size(); ++i) {
    if (((in_a >> i) & 1U) == 0) continue;
    while (((in_b >> j) & 1U) == 0) ++j;
    if (a[i] != b[j]) ++out_of_order;
    ++j;
  }
  const auto m = static_cast<double>(shared);
  const double jaro = (m / static_cast<double>(a.size()) + m / static_cast<double>(b.size()) +
                       (m - static_cast<double>(out_of_order / 2)) / m) /
                      3;
  if (jaro <= 0.7) return jaro;
  std::size_t prefix = 0;
  while (prefix < 4 && prefix < a.size() && prefix < b.size() && a[prefix] == b[prefix]) ++prefix;
  return jaro + static_cast<double>(prefix) * 0.1 * (1 - jaro);
}

std::size_t edits_up_to_2(std::u32string_view a, std::u32string_view b) {
  return edits(a, b);
}
std::size_t edits_up_to_2(std::string_view a, std::string_view b) {
  return edits(a, b);
}

}  // namespace tillgate
