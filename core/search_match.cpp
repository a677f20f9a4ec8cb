#include "core/search_match.hpp"

#include <algorithm>
#include <array>

#include "core/fold.hpp"
#include "core/similarity.hpp"

namespace tillgate {

namespace {

// By judgement: an exact word before a short form of it, that before a beginning, that before slips. A beginning counts by how much
// of the word is there; a slip in the first letter is rare, so one that leaves it alone counts a little more.
constexpr int kEquals = 100, kNickname = 80, kBegins = 55, kBeginsSpan = 35, kOneSlip = 48, kTwoSlips = 33, kFirstLetter = 4;
constexpr int kMiddleName = 60;  // percent
constexpr int kExchanged = 10;   // off, when names were asked each in the other's place
constexpr std::array<std::string_view, 7> kHows{"equals",      "begins_with", "one_letter_differs", "two_letters_differ",
                                                "nickname_of", "ends_with",   "names_exchanged"};

struct Fit {
  WordFit word;
  std::string_view field;
};

WordFit best_in(const SearchWord& asked, const std::vector<std::u32string>& held) {
  WordFit best;
  for (const auto& word : held) {
    if (const WordFit fit = fit_of(asked, word); fit.score > best.score) best = fit;
  }
  return best;
}

void improve(Fit& best, WordFit word, std::string_view field) {
  if (word.score > best.word.score) best = {word, field};
}

WordFit lessened(WordFit fit, int percent) {
  return {fit.score * percent / 100, fit.how};
}

Fit fit_as_surname(const SearchWord& asked, const SearchCard& card) {
  return {best_in(asked, card.surname), "last_name"};
}
Fit fit_as_given(const SearchWord& asked, const SearchCard& card) {
  Fit best{best_in(asked, card.given), "first_name"};
  improve(best, lessened(best_in(asked, card.middle), kMiddleName), "middle_name");
  return best;
}
Fit fit_as_any(const SearchWord& asked, const SearchCard& card) {
  Fit best = fit_as_surname(asked, card);
  const Fit given = fit_as_given(asked, card);
  improve(best, given.word, given.field);
  return best;
}

class Judgement {
 public:
  void add(int score, SearchReason reason) {
    sum_ += score;
    ++count_;
    note(reason);
  }
  void note(SearchReason reason) {
    if (std::find(match_.why.begin(), match_.why.end(), reason) == match_.why.end()) match_.why.push_back(reason);
  }
  // Each word with the best that `fit` finds; false: one of them has none.
  template <class FitOf>
  bool add_all(const std::vector<SearchWord>& words, const SearchCard& card, const FitOf& fit) {
    for (const auto& word : words) {
      const Fit best = fit(word, card);
      if (best.word.score == 0) return false;
      add(best.word.score, {best.field, best.word.how});
    }
    return true;
  }
  void lessen(int by) { off_ += by; }
  [[nodiscard]] int score() const { return count_ == 0 ? 0 : std::max(1, sum_ / count_ - off_); }
  [[nodiscard]] SearchMatch result() && {
    match_.score = score();
    return std::move(match_);
  }

 private:
  SearchMatch match_;
  int sum_ = 0, count_ = 0, off_ = 0;
};

// A word of a name, and which parts of the person's names it takes: that of a double name in one takes them all.
struct Held {
  const std::u32string* word;
  std::uint32_t parts;
};

std::vector<Held> words_held(const SearchCard& card) {
  std::vector<Held> held;
  unsigned bits = 0;
  for (const auto* names : {&card.surname, &card.given, &card.middle}) {
    const unsigned parts = static_cast<unsigned>(names->size()) - (names->size() > 1 ? 1 : 0);
    for (unsigned i = 0; i < parts; ++i) held.push_back({&(*names)[i], 1U << (bits + i)});
    if (names->size() > 1) held.push_back({&names->back(), ((1U << parts) - 1U) << bits});
    bits += parts;  // four parts a name at most
  }
  return held;
}

// "jose garcia" is also one whose given name is garcia; but each word of a query is another part of the person's names.
bool has_part_for_each(const SearchQuery& query, const SearchCard& card) {
  if (query.words.size() < 2) return true;
  const std::vector<Held> held = words_held(card);
  std::vector<std::vector<std::uint32_t>> fits;  // per asked word, the parts that each held one would take
  for (const auto& asked : query.words) {
    auto& list = fits.emplace_back();
    for (const auto& [word, parts] : held) {
      if (fit_of(asked, *word).score > 0) list.push_back(parts);
    }
  }
  // Six words at most: trying all ways is short.
  const auto place = [&](const auto& self, std::size_t at, std::uint32_t taken) -> bool {
    if (at == fits.size()) return true;
    return std::any_of(fits[at].begin(), fits[at].end(),
                       [&](std::uint32_t parts) { return (taken & parts) == 0 && self(self, at + 1, taken | parts); });
  };
  return place(place, 0, 0);
}

bool add_names(Judgement& judgement, const SearchQuery& query, const SearchCard& card) {
  if (!judgement.add_all(query.words, card, fit_as_any) || !has_part_for_each(query, card)) return false;
  if (query.first.empty() && query.last.empty()) return true;
  Judgement straight = judgement, exchanged = judgement;
  const bool fits = straight.add_all(query.first, card, fit_as_given) && straight.add_all(query.last, card, fit_as_surname);
  bool fits_exchanged = !query.first.empty() && !query.last.empty();
  fits_exchanged = fits_exchanged && exchanged.add_all(query.first, card, fit_as_surname) &&
                   exchanged.add_all(query.last, card, fit_as_given);
  if (fits_exchanged) exchanged.lessen(kExchanged);
  if (!fits && !fits_exchanged) return false;
  if (fits && (!fits_exchanged || straight.score() >= exchanged.score())) {
    judgement = straight;
  } else {
    judgement = exchanged;
    judgement.note({"last_name", SearchHow::names_exchanged});
  }
  return true;
}

bool add_mark(Judgement& judgement, const SearchMark& mark, const SearchCard& card) {
  int best = 0;
  SearchReason reason{};
  const auto offer = [&](int score, std::string_view field, SearchHow how) {
    if (score > best) best = score, reason = {field, how};
  };
  if (mark.licence && mark.licence == card.licence) offer(100, "licence", SearchHow::equals);
  if (mark.medical && mark.medical == card.medical) offer(100, "medical", SearchHow::equals);
  if (!mark.birthday.empty() && mark.birthday == card.birthday) offer(90, "birthday", SearchHow::equals);
  if (!mark.phone.empty() && card.phone == mark.phone) {
    offer(100, "phone", SearchHow::equals);
  } else if (!mark.phone.empty() && card.phone.ends_with(mark.phone)) {
    offer(std::min(60 + 4 * static_cast<int>(mark.phone.size()), 98), "phone", SearchHow::ends_with);
  }
  if (!mark.email.empty() && card.email == mark.email) {
    offer(100, "email", SearchHow::equals);
  } else if (!mark.email.empty() && card.email.starts_with(mark.email)) {
    offer(std::min(60 + 2 * static_cast<int>(mark.email.size()), 95), "email", SearchHow::begins_with);
  }
  if (best > 0) judgement.add(best, reason);
  return best > 0;
}

}  // namespace

std::string_view name_of(SearchHow how) {
  return kHows[static_cast<std::size_t>(how)];
}

WordFit fit_of(const SearchWord& asked, std::u32string_view held) {
  const std::u32string_view letters = asked.letters;
  if (letters == held) return {kEquals, SearchHow::equals};
  if (std::find(asked.nicknames.begin(), asked.nicknames.end(), held) != asked.nicknames.end())
    return {kNickname, SearchHow::nickname_of};
  if (held.starts_with(letters)) {
    const auto share = kBeginsSpan * static_cast<int>(letters.size()) / static_cast<int>(held.size());
    return {kBegins + share, SearchHow::begins_with};
  }
  const std::size_t slips_max = asked.slips_max();
  const std::size_t difference = letters.size() > held.size() ? letters.size() - held.size() : held.size() - letters.size();
  // Where one character is a word or most of one, another character is another word.
  if (slips_max == 0 || difference > slips_max || is_syllabic(letters.front())) return {};
  const std::size_t slips = edits_up_to_2(letters, held);
  if (slips > slips_max) return {};
  const int first = letters.front() == held.front() ? kFirstLetter : 0;
  return slips == 1 ? WordFit{kOneSlip + first, SearchHow::one_letter_differs}
                    : WordFit{kTwoSlips + first, SearchHow::two_letters_differ};
}

std::optional<SearchMatch> match(const SearchQuery& query, const SearchCard& card) {
  Judgement judgement;
  if (!add_names(judgement, query, card)) return std::nullopt;
  for (const auto& mark : query.marks) {
    if (!add_mark(judgement, mark, card)) return std::nullopt;
  }
  return std::move(judgement).result();
}

}  // namespace tillgate
