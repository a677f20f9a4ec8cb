// The words of names that the index knows, in memory: what a mistyped word is compared with. A million customers have some two
// hundred thousand, a few megabytes; all of them are looked at in below a millisecond, which no table on disk comes near.
// Owner: one reader, with its connection. Made on the first search that finds too little.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/search_card.hpp"
#include "core/search_query.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

class SearchWords {
 public:
  // Reads the words that came since the last time. Words that went may stay until the store is opened again or as many new ones
  // came as there were: they find nothing.
  [[nodiscard]] Result<> refresh(Connection& db);

  struct Near {
    std::string word;
    std::size_t slips;
  };
  // Words with one slip or more, up to what `asked` may have; the nearest first, at most `count_max`.
  [[nodiscard]] std::vector<Near> near(TermKind kind, const SearchWord& asked, std::size_t count_max) const;

 private:
  struct Entry {
    std::uint32_t letters;  // which there are: two words are no nearer than what these differ by
    std::uint32_t begin;
    std::uint8_t bytes, length;
  };
  struct Kind {
    std::vector<Entry> entries;
    std::string texts;
  };
  void add(std::string_view word);
  [[nodiscard]] const Kind& of(TermKind kind) const { return kinds_[kind == TermKind::surname ? 0 : 1]; }

  std::array<Kind, 2> kinds_;
  std::int64_t last_id_ = 0, count_ = 0, count_at_load_ = 0;
  std::string last_word_;
};

}  // namespace tillgate
