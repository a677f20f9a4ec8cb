// Runs a search on a reading connection: candidates from the index and from the rows it does not have yet, each judged by his
// record as it stands, so that a term that is out of date shows nobody wrong. The work is bounded: so many terms looked at, so
// many records read, whatever was asked. docs/search.md shows the ways.
#pragma once

#include "store/queries.hpp"
#include "store/search_tail.hpp"
#include "store/search_words.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

// What a reader keeps from one search to the next.
struct SearchMemory {
  SearchWords words;
  SearchTail tail;
};

// Errc::invalid: a limit outside of 1..50, or nothing asked.
[[nodiscard]] Result<SearchCustomers::Found> search(Connection& db, SearchMemory& memory, const SearchCustomers& query);

}  // namespace tillgate
