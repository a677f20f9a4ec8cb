// The customers of the newest ledger rows, which the index does not have yet, in memory: whoever was just answered 201 is found.
// Owner: one reader, with its connection; called within a snapshot.
#pragma once

#include <cstdint>
#include <map>

#include "core/blocking.hpp"
#include "core/search_card.hpp"
#include "store/record.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

class SearchTail {
 public:
  struct Entry {
    std::int64_t n = 0;
    SearchCard card;  // as of that row or later
    BlockKeys keys;   // likewise
  };
  // Holds the rows after `cursor` up to `head`; when there are too many, the newest. Only new ones are read.
  [[nodiscard]] Result<> refresh(Connection& db, Seq cursor, Seq head);
  [[nodiscard]] const std::map<Seq, Entry>& entries() const { return entries_; }
  // Rows that are in neither, the index or here.
  [[nodiscard]] std::int64_t unread() const { return unread_; }

 private:
  std::map<Seq, Entry> entries_;
  Seq read_from_ = 0, read_to_ = 0;  // entries are of the rows in between
  std::int64_t unread_ = 0;
};

}  // namespace tillgate
