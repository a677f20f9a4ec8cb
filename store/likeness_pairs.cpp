#include "store/likeness_pairs.hpp"

#include "store/likenesses.hpp"
#include "store/look_alikes.hpp"

namespace tillgate {

Result<> settle_pairs(Transaction& transaction, std::span<const Record> one, std::span<const Record> other) {
  for (const Record& a : one) {
    for (const Record& b : other) {
      const auto pair = RecordPair::between(a.stored.customer.id, b.stored.customer.id);
      auto held = find_likeness(transaction.db(), pair);
      if (!held) return fail(held.error());
      if (!*held || (*held)->apart_seq != 0) continue;
      if (auto removed = remove_likeness(transaction, pair); !removed) return removed;
    }
  }
  return {};
}

Result<> ask_again(Transaction& transaction, const Record& record, std::span<const Record> others) {
  auto settings = match_settings(transaction.db());
  if (!settings) return fail(settings.error());
  const Identity identity = identity_in(record);
  for (const Record& other : others) {
    const CustomerId& id = record.stored.customer.id;
    if (other.stored.customer.id == id) continue;
    const auto pair = RecordPair::between(id, other.stored.customer.id);
    auto held = find_likeness(transaction.db(), pair);
    if (!held) return fail(held.error());
    const Judgement judgement = judge(identity, identity_in(other), *settings);
    if (*held || judgement.verdict == Sameness::different) continue;
    if (auto saved = save_likeness(transaction, likeness_of(pair, judgement)); !saved) return saved;
  }
  return {};
}

}  // namespace tillgate
