// Block keys as terms of a store's search index, so that one index serves both, who is looked for and who may be there twice.
// Birthday, phone, mailbox and numbers stand in it already, as what a search asks for; the other keys get a term of their own.
// The same bytes on every machine: they are stored, and other ones need another kBlockFormat.
#pragma once

#include <string>
#include <vector>

#include "core/blocking.hpp"
#include "core/search_card.hpp"

namespace tillgate {

// To be kept beside search_terms(). Sorted, each once.
[[nodiscard]] std::vector<std::string> block_terms(const Identity& identity);

// Where those who share a key stand. A range may hold a few who do not: the judgement is about the records.
struct Block {
  BlockKind kind;
  TermRange range;
};
[[nodiscard]] std::vector<Block> blocks_of(const Identity& identity);

}  // namespace tillgate
