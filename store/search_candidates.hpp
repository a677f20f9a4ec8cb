// Who may be meant: row numbers out of the index, each with how far the term is from what was asked. Bounded: a budget of terms
// looked at; nothing is ever put in order over all that would fit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/search_card.hpp"
#include "core/search_query.hpp"
#include "store/search_words.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

class SearchCandidates {
 public:
  struct Candidate {
    std::int64_t n;
    int cost;  // 0: as asked
  };
  // `enough`: how many a page needs; one way of looking gives up after some more than that.
  SearchCandidates(Connection& db, const SearchQuery& query, std::int64_t enough);

  // By what was asked beside names, if anything was; else by names as they are typed.
  [[nodiscard]] Result<> collect();
  // By names with slips in them. After collect(), where that found too little.
  [[nodiscard]] Result<> collect_with_slips(SearchWords& words);
  // Too few to be content with: nobody is called exactly so in both names, and hardly anybody begins so.
  [[nodiscard]] bool calls_for_slips() const;

  void add(std::int64_t n, int cost);
  // The likeliest first; of equals the one that was found first, which for names is the order of the alphabet.
  [[nodiscard]] std::vector<Candidate> ranked() const;
  [[nodiscard]] std::size_t size() const { return order_.size(); }
  [[nodiscard]] bool is_cut() const { return is_cut_; }  // there may be others

 private:
  struct Pair {
    const SearchWord *surname, *given;
  };
  using Words = std::vector<std::string>;  // sorted

  [[nodiscard]] Result<> by_mark(const SearchMark& mark);
  [[nodiscard]] Result<> by_single(TermKind kind, const SearchWord& word);
  [[nodiscard]] Result<> by_pair(const Pair& pair);
  [[nodiscard]] Result<> by_unfinished_pair(const Pair& pair);
  [[nodiscard]] Result<> by_joined(TermKind kind, const std::vector<SearchWord>& words);
  [[nodiscard]] Result<> range(const TermRange& range, const SearchWord* asked);
  // Terms of `word` whose other name begins with one of `others`.
  [[nodiscard]] Result<> join(TermKind kind, const SearchWord& asked, std::string_view word, const Words& others,
                              const SearchWord& asked_other);
  [[nodiscard]] bool spend();  // false: the budget is gone

  Connection& db_;
  const SearchQuery& query_;
  const std::int64_t rows_max_;  // per way of looking
  std::int64_t budget_;
  bool is_cut_ = false;
  std::vector<Pair> pairs_;
  std::vector<std::pair<TermKind, const SearchWord*>> singles_;
  std::unordered_map<std::int64_t, int> costs_;
  std::vector<std::int64_t> order_;
};

}  // namespace tillgate
