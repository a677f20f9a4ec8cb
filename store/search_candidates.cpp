#include "store/search_candidates.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/fold.hpp"
#include "core/search_match.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kBudget = 2000, kSlipsBudget = 2000;  // terms looked at
constexpr std::int64_t kRowsWhenFiltered = 300;              // what else was asked decides among so many
constexpr std::size_t kNearMax = 64;                         // words with slips that are tried for one that was typed
constexpr int kUnknownCost = 60;

const char* const kFrom = "SELECT term, n FROM search_terms WHERE term >= ? AND term < ? ORDER BY term, n";

struct Term {
  std::string_view word, other;  // of a name
};
Term parts_of(std::string_view term) {
  const auto joint = term.find(kTermJoint);
  if (joint == std::string_view::npos) return {term.substr(1), {}};
  return {term.substr(1, joint - 1), term.substr(joint + 1)};
}

std::string_view text_in(Statement& row) {
  const auto blob = row.blob(0);
  return {reinterpret_cast<const char*>(blob.data()), blob.size()};
}

// The index's word may be cut short; then what is known of it decides.
int cost_of(const SearchWord& asked, std::string_view held) {
  const int score = fit_of(asked, code_points(held)).score;
  return score == 0 ? kUnknownCost : 100 - score;
}

std::vector<std::string> with_nicknames(const SearchWord& asked) {
  std::vector<std::string> words{term_other(asked.letters)};
  for (const auto& name : asked.nicknames) words.push_back(term_other(name));
  std::sort(words.begin(), words.end());
  return words;
}

// The rarer first: a licence, a mailbox, a long number, a birthday, a short number.
int commonness(const SearchMark& mark) {
  if (mark.field == "licence") return 0;
  if (mark.phone.size() >= 7) return 1;
  if (mark.email.size() >= 6) return 2;
  if (!mark.birthday.empty()) return 3;
  return 4;
}

}  // namespace

SearchCandidates::SearchCandidates(Connection& db, const SearchQuery& query, std::int64_t enough)
    : db_(db),
      query_(query),
      rows_max_(query.words.size() <= 2 && query.marks.empty() ? 2 * enough : kRowsWhenFiltered),
      budget_(kBudget) {
  const auto& [words, first, last, marks] = query;
  for (const auto& surname : last) {
    for (const auto& given : first) {
      pairs_.push_back({&surname, &given});
      pairs_.push_back({&given, &surname});  // typed each into the other's field
    }
  }
  if (pairs_.empty() && last.empty() && first.empty()) {
    for (const auto& a : words) {
      for (const auto& b : words) {
        if (&a != &b) pairs_.push_back({&a, &b});
      }
    }
    if (words.size() == 1) singles_ = {{TermKind::surname, &words[0]}, {TermKind::given, &words[0]}};
  } else if (pairs_.empty()) {
    for (const auto& word : last) singles_.emplace_back(TermKind::surname, &word);
    for (const auto& word : first) singles_.emplace_back(TermKind::given, &word);
  }
}

bool SearchCandidates::spend() {
  if (budget_ == 0) {
    is_cut_ = true;
    return false;
  }
  --budget_;
  return true;
}

bool SearchCandidates::calls_for_slips() const {
  constexpr std::size_t enough = 5;
  if (!query_.marks.empty() || order_.size() >= enough) return false;
  const auto is_exact = [](const auto& one) { return one.second == 0; };
  return pairs_.empty() || std::none_of(costs_.begin(), costs_.end(), is_exact);
}

void SearchCandidates::add(std::int64_t n, int cost) {
  const auto [held, is_new] = costs_.try_emplace(n, cost);
  if (is_new) order_.push_back(n);
  held->second = std::min(held->second, cost);
}

std::vector<SearchCandidates::Candidate> SearchCandidates::ranked() const {
  std::vector<Candidate> all;
  for (const auto n : order_) all.push_back({n, costs_.at(n)});
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.cost < b.cost; });
  return all;
}

Result<> SearchCandidates::collect() {
  if (!query_.marks.empty()) {
    return by_mark(*std::min_element(query_.marks.begin(), query_.marks.end(),
                                     [](const auto& a, const auto& b) { return commonness(a) < commonness(b); }));
  }
  for (const auto& [kind, word] : singles_) {
    if (auto done = by_single(kind, *word); !done) return done;
  }
  for (const auto& pair : pairs_) {
    if (auto done = by_pair(pair); !done) return done;
  }
  for (const auto* words : {&query_.words, &query_.first, &query_.last}) {
    if (words->size() < 2) continue;
    for (const TermKind kind : {TermKind::surname, TermKind::given}) {
      if (auto done = by_joined(kind, *words); !done) return done;
    }
  }
  if (static_cast<std::int64_t>(order_.size()) * 2 > rows_max_) return {};
  for (const auto& pair : pairs_) {
    if (auto done = by_unfinished_pair(pair); !done) return done;
  }
  return {};
}

Result<> SearchCandidates::collect_with_slips(SearchWords& words) {
  if (auto done = words.refresh(db_); !done) return done;
  budget_ = kSlipsBudget;
  for (const auto& [kind, asked] : singles_) {
    for (const auto& near : words.near(kind, *asked, kNearMax)) {
      if (auto done = range(pair_range(kind, near.word, {}), asked); !done) return done;
    }
  }
  for (const auto& [surname, given] : pairs_) {
    Words others = with_nicknames(*given);
    for (auto& near : words.near(TermKind::given, *given, kNearMax)) others.push_back(term_other(code_points(near.word)));
    std::sort(others.begin(), others.end());
    if (auto done = join(TermKind::surname, *surname, term_word(surname->letters), others, *given); !done) return done;
    for (const auto& near : words.near(TermKind::surname, *surname, kNearMax)) {
      if (auto done = join(TermKind::surname, *surname, near.word, others, *given); !done) return done;
    }
  }
  return {};
}

Result<> SearchCandidates::by_mark(const SearchMark& mark) {
  std::vector<TermRange> ranges;
  if (mark.licence) ranges.push_back(number_range(TermKind::licence, *mark.licence));
  if (mark.medical) ranges.push_back(number_range(TermKind::medical, *mark.medical));
  if (!mark.phone.empty()) ranges.push_back(phone_range(mark.phone));
  if (!mark.birthday.empty()) ranges.push_back(birthday_range(mark.birthday));
  if (!mark.email.empty()) ranges.push_back(email_range(mark.email));
  for (const auto& one : ranges) {
    if (auto done = range(one, nullptr); !done) return done;
  }
  return {};
}

Result<> SearchCandidates::by_single(TermKind kind, const SearchWord& word) {
  if (auto done = range(word_range(kind, word.letters), &word); !done) return done;
  if (kind != TermKind::given) return {};
  for (const auto& name : word.nicknames) {
    if (auto done = range(pair_range(kind, term_word(name), {}), &word); !done) return done;
  }
  return {};
}

// One of the two is whole; the other may be a beginning, or a given name another form of it.
Result<> SearchCandidates::by_pair(const Pair& pair) {
  const auto& [surname, given] = pair;
  const std::string word = term_word(surname->letters);
  if (auto done = join(TermKind::surname, *surname, word, with_nicknames(*given), *given); !done) return done;
  const Words others{term_other(surname->letters)};
  return join(TermKind::given, *given, term_word(given->letters), others, *surname);
}

// Both are beginnings: each surname that begins so, once.
Result<> SearchCandidates::by_unfinished_pair(const Pair& pair) {
  const auto& [surname, given] = pair;
  const Words others{term_other(given->letters)};
  TermRange rest = word_range(TermKind::surname, surname->letters);
  while (spend()) {
    std::string word;
    {
      auto row = db_.prepare("SELECT term FROM search_terms WHERE term >= ? AND term < ? ORDER BY term LIMIT 1")
                     .with(as_bytes(rest.first), as_bytes(rest.end));
      auto has = row.step();
      if (!has) return fail(has.error());
      if (!*has) return {};
      word = parts_of(text_in(row)).word;
    }
    if (auto done = join(TermKind::surname, *surname, word, others, *given); !done) return done;
    rest.first = std::string(1, static_cast<char>(TermKind::surname)) + word + static_cast<char>(kTermJoint + 1);
  }
  return {};
}

// "smith jones" may be one surname, "mary ann" one given name.
Result<> SearchCandidates::by_joined(TermKind kind, const std::vector<SearchWord>& words) {
  SearchWord joined;
  for (const auto& word : words) joined.letters += word.letters;
  return range(word_range(kind, joined.letters), &joined);
}

Result<> SearchCandidates::range(const TermRange& range, const SearchWord* asked) {
  auto rows = db_.prepare(kFrom).with(as_bytes(range.first), as_bytes(range.end));
  for (std::int64_t i = 0; spend(); ++i) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) break;
    if (i == rows_max_) {
      is_cut_ = true;
      break;
    }
    add(rows.integer(1), asked ? cost_of(*asked, parts_of(text_in(rows)).word) : 0);
  }
  return rows.check();
}

Result<> SearchCandidates::join(TermKind kind, const SearchWord& asked, std::string_view word, const Words& others,
                                const SearchWord& asked_other) {
  const TermRange all = pair_range(kind, word, {});
  const int cost = cost_of(asked, word);
  std::size_t at = 0;
  std::int64_t taken = 0;
  // Leaps from one wanted name to the next that is there, so that neither a long list of the one nor of the other is read through.
  while (at < others.size()) {
    const std::string first = all.first.substr(0, all.first.size()) + others[at];
    auto rows = db_.prepare(kFrom).with(as_bytes(first), as_bytes(all.end));
    for (;;) {
      if (!spend()) return {};
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) return rows.check();
      const std::string_view other = parts_of(text_in(rows)).other;
      while (at < others.size() && others[at] < other && !other.starts_with(others[at])) ++at;
      if (at == others.size()) return rows.check();
      if (!other.starts_with(others[at])) break;
      if (taken++ == rows_max_) {
        is_cut_ = true;
        return rows.check();
      }
      add(rows.integer(1), cost + cost_of(asked_other, other));
    }
  }
  return {};
}

}  // namespace tillgate
