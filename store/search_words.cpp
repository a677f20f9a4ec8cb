#include "store/search_words.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/fold.hpp"
#include "core/similarity.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kReloadFrom = 10'000;

std::uint32_t letters_in(std::u32string_view word) {
  std::uint32_t letters = 0;
  for (const char32_t c : word) letters |= std::uint32_t{1} << (c >= U'a' && c <= U'z' ? c - U'a' : 26 + c % 6);
  return letters;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

Result<> SearchWords::refresh(Connection& db) {
  // An id is given again once its word is gone, so the last one must still be the same word.
  const bool is_grown = count_ > 2 * std::max(count_at_load_, kReloadFrom);
  bool is_known = !is_grown && last_id_ > 0;
  if (is_known) {
    auto last = db.prepare("SELECT word FROM search_words WHERE id = ?").with(last_id_);
    auto has = last.step();
    if (!has) return fail(has.error());
    is_known = *has && std::ranges::equal(last.blob(0), as_bytes(last_word_));
  }
  if (!is_known) *this = {};
  auto rows = db.prepare("SELECT id, word FROM search_words WHERE id > ? ORDER BY id").with(last_id_);
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) break;
    const auto blob = rows.blob(1);
    last_id_ = rows.integer(0);
    last_word_.assign(reinterpret_cast<const char*>(blob.data()), blob.size());
    add(last_word_);
  }
  if (!is_known) count_at_load_ = count_;
  return rows.check();
}

void SearchWords::add(std::string_view word) {
  if (word.size() < 2 || word.size() > kTermWordBytes + 1) return;
  Kind& kind = kinds_[word[0] == static_cast<char>(TermKind::surname) ? 0 : 1];
  word.remove_prefix(1);
  const std::u32string letters = code_points(word);
  kind.entries.push_back({letters_in(letters), static_cast<std::uint32_t>(kind.texts.size()),
                          static_cast<std::uint8_t>(word.size()), static_cast<std::uint8_t>(letters.size())});
  kind.texts.append(word);
  ++count_;
}

std::vector<SearchWords::Near> SearchWords::near(TermKind kind, const SearchWord& asked, std::size_t count_max) const {
  const std::size_t slips_max = asked.slips_max();
  if (slips_max == 0 || is_syllabic(asked.letters.front())) return {};
  const std::string text = utf8_of(asked.letters);
  const bool is_plain = is_ascii(text);
  const std::uint32_t letters = letters_in(asked.letters);
  const auto length = static_cast<int>(asked.letters.size());
  const Kind& all = of(kind);
  struct Found {
    std::size_t rank;
    std::string_view word;
    std::size_t slips;
  };
  std::vector<Found> found;
  for (const Entry& entry : all.entries) {
    if (static_cast<std::size_t>(std::popcount(letters ^ entry.letters)) > 2 * slips_max) continue;
    if (static_cast<std::size_t>(std::abs(length - int{entry.length})) > slips_max) continue;
    const auto word = std::string_view(all.texts).substr(entry.begin, entry.bytes);
    const bool is_plain_pair = is_plain && entry.bytes == entry.length;
    const std::size_t slips = is_plain_pair ? edits_up_to_2(text, word) : edits_up_to_2(asked.letters, code_points(word));
    if (slips == 0 || slips > slips_max) continue;
    found.push_back({2 * slips + (word.front() == text.front() ? 0 : 1), word, slips});
  }
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(found.size(), count_max));
  std::partial_sort(found.begin(), end, found.end(),
                    [](const Found& a, const Found& b) { return std::tie(a.rank, a.word) < std::tie(b.rank, b.word); });
  std::vector<Near> words;
  for (auto one = found.begin(); one != end; ++one) words.push_back({std::string(one->word), one->slips});
  return words;
}

}  // namespace tillgate
