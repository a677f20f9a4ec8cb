#include "core/block_terms.hpp"

#include <algorithm>

namespace tillgate {

namespace {

// Six bytes tell a million keys apart.
std::string term_of(std::uint64_t key) {
  std::string term(1, static_cast<char>(TermKind::block));
  for (unsigned shift = 56; shift > 8; shift -= 8) term += static_cast<char>((key >> shift) & 0xffU);
  return term;
}

// gmail's boxes have many spellings, and a range of one spelling does not find the others.
bool has_spellings(const EmailForm& email) {
  return email.loose_key.ends_with("@gmail.com");
}

bool has_own_term(BlockKind kind, const Identity& identity) {
  switch (kind) {
    case BlockKind::birthday:
    case BlockKind::phone:
    case BlockKind::licence: return false;
    case BlockKind::email: return has_spellings(identity.email);
    default: return true;
  }
}

TermRange range_of(BlockKind kind, std::uint64_t key, const Identity& identity) {
  if (has_own_term(kind, identity)) {
    std::string term = term_of(key), end = term;
    return {std::move(term), end += '\0'};
  }
  switch (kind) {
    case BlockKind::birthday: return birthday_range(identity.birthday.digits);
    case BlockKind::licence: return number_range(TermKind::licence, identity.licence->index);
    case BlockKind::email: return email_range(identity.email.key);
    default: {
      std::string digits = identity.phone.e164;
      std::erase(digits, '+');
      return phone_range(digits);
    }
  }
}

}  // namespace

std::vector<std::string> block_terms(const Identity& identity) {
  const BlockKeys keys = block_keys(identity);
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < keys.count; ++i) {
    if (has_own_term(keys.kinds[i], identity)) terms.push_back(term_of(keys.keys[i]));
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

std::vector<Block> blocks_of(const Identity& identity) {
  const BlockKeys keys = block_keys(identity);
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < keys.count; ++i)
    blocks.push_back({keys.kinds[i], range_of(keys.kinds[i], keys.keys[i], identity)});
  return blocks;
}

}  // namespace tillgate
