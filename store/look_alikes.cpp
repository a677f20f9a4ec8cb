#include "store/look_alikes.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/block_terms.hpp"
#include "store/ledger.hpp"

namespace tillgate {
namespace {

// Records read and judged. A customer shares a key with some fifteen others; whoever shares several keys comes first.
constexpr std::size_t kReadMax = 200;

using Shared = std::map<std::int64_t, int>;  // keys in common, by customers.n

Result<> count_block(Connection& db, const Block& block, Shared& shared) {
  std::vector<std::int64_t> held;
  auto row = db.prepare("SELECT n FROM search_terms WHERE term >= ? AND term < ? LIMIT ?")
                 .with(as_bytes(block.range.first), as_bytes(block.range.end), static_cast<std::int64_t>(kBlockMax) + 1);
  for (;;) {
    auto has = row.step();
    if (!has) return fail(has.error());
    if (!*has) break;
    held.push_back(row.integer(0));
  }
  if (auto ok = row.check(); !ok) return ok;
  if (held.size() > kBlockMax) return {};  // a key that so many share says nothing
  for (const std::int64_t n : held) ++shared[n];
  return {};
}

int keys_in_common(const BlockKeys& a, const BlockKeys& b) {
  return static_cast<int>(std::count_if(a.all().begin(), a.all().end(), [&](std::uint64_t key) {
    return std::find(b.all().begin(), b.all().end(), key) != b.all().end();
  }));
}

Result<std::vector<std::int64_t>> candidates(Connection& db, const SearchTail* tail, const Identity& identity) {
  Shared shared;
  for (const Block& block : blocks_of(identity)) {
    if (auto counted = count_block(db, block, shared); !counted) return fail(counted.error());
  }
  if (tail) {
    const BlockKeys keys = block_keys(identity);
    for (const auto& [seq, entry] : tail->entries()) {
      if (const int count = keys_in_common(keys, entry.keys); count > 0) shared[entry.n] = std::max(shared[entry.n], count);
    }
  }
  std::vector<std::pair<int, std::int64_t>> ranked;
  ranked.reserve(shared.size());
  for (const auto& [n, count] : shared) ranked.emplace_back(count, n);
  const std::size_t read = std::min(kReadMax, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(read), ranked.end(), std::greater<>());
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < read; ++i) numbers.push_back(ranked[i].second);
  return numbers;
}

}  // namespace

Identity identity_in(const Record& record) {
  return identity_of(record.stored.customer, record.licence_index);
}

Likeness likeness_of(const RecordPair& pair, const Judgement& judgement) {
  return {pair, std::llround(judgement.probability * 10'000), 0};
}

Result<MatchSettings> match_settings(Connection& db) {
  auto end = end_of(db);
  if (!end) return fail(end.error());
  MatchSettings settings;
  settings.population = static_cast<double>(end->customers);
  return settings;
}

Result<std::vector<LookAlike>> look_alikes(Connection& db, const SearchTail* tail, const Identity& identity,
                                           const std::optional<CustomerId>& self) {
  auto settings = match_settings(db);
  if (!settings) return fail(settings.error());
  auto numbers = candidates(db, tail, identity);
  if (!numbers) return fail(numbers.error());
  std::vector<LookAlike> found;
  for (const std::int64_t n : *numbers) {
    auto row = db.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n = ?").with(n);
    auto has = row.step();
    if (!has) return fail(has.error());
    if (!*has) continue;
    auto record = record_in(row);
    if (!record) return fail(record.error());
    if (self && record->stored.customer.id == *self) continue;
    const Judgement judgement = judge(identity, identity_in(*record), *settings);
    if (judgement.verdict != Sameness::different) found.push_back({std::move(*record), judgement});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const LookAlike& a, const LookAlike& b) { return a.judgement.score > b.judgement.score; });
  return found;
}

}  // namespace tillgate
