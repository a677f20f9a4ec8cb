// How the walker complains.
#include <algorithm>
#include <array>

#include "service/utf8.hpp"
#include "service/yaml_tree.hpp"

namespace tillgate::yaml {

namespace {

constexpr std::size_t faults_max = 100;
constexpr std::size_t shown_bytes_max = 64;

// Optimal string alignment distance, at most `limit`; `limit` + 1 stands for anything above.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  constexpr std::size_t word_bytes_max = 48;
  if (a.size() > word_bytes_max || b.size() > word_bytes_max) return limit + 1;
  std::array<std::array<std::size_t, word_bytes_max + 1>, word_bytes_max + 1> at{};
  for (std::size_t i = 0; i <= a.size(); ++i) at[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) at[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      at[i][j] = std::min({at[i - 1][j] + 1, at[i][j - 1] + 1, at[i - 1][j - 1] + change});
      const bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swap) at[i][j] = std::min(at[i][j], at[i - 2][j - 2] + 1);
    }
  }
  return std::min(at[a.size()][b.size()], limit + 1);
}

}  // namespace

void Faults::add(Place place, std::string_view path, std::string_view sentence) {
  if (lines_.size() >= faults_max) {
    ++unsaid_;
    return;
  }
  std::string line = file_ + ':';
  if (place.line > 0) line += std::to_string(place.line) + ':' + std::to_string(place.column) + ':';
  line += ' ';
  if (!path.empty()) line.append(path).append(": ");
  line += sentence;
  const auto after = std::upper_bound(places_.begin(), places_.end(), place);
  lines_.insert(lines_.begin() + (after - places_.begin()), std::move(line));
  places_.insert(after, place);
}

void Faults::raise() const {
  std::string text;
  for (const std::string& line : lines_) text += (text.empty() ? "" : "\n") + line;
  if (unsaid_ > 0) text += "\n" + file_ + ": and " + std::to_string(unsaid_) + " more";
  throw ConfigError(text);
}

std::string shown(std::string_view text) {
  std::string out;
  utf8::append_printable(out, text, true, shown_bytes_max + 1);
  utf8::cut(out, shown_bytes_max);
  return out;
}

std::string quoted(std::string_view text) {
  return '"' + shown(text) + '"';
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t slips_max = 2;
  std::string_view best;
  std::size_t best_distance = slips_max + 1;
  for (const std::string_view candidate : known) {
    const std::size_t slips = distance(word, candidate, slips_max);
    // Two slips turn any word of two letters into any other: that is no likeness.
    if (slips < best_distance && slips < std::min(word.size(), candidate.size())) {
      best = candidate;
      best_distance = slips;
    }
  }
  return best;
}

}  // namespace tillgate::yaml
