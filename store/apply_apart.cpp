// Somebody looked at two customers who are alike and says that they are two. Nothing of the customers changes, so the ledger gets an
// audit note; the review queue does not propose the pair again.
#include <algorithm>

#include "store/apply_common.hpp"
#include "store/likenesses.hpp"
#include "store/person_view.hpp"

namespace tillgate {
namespace {

constexpr std::size_t kPairsMax = 4096;  // of two persons of 64 records each

Result<PersonView> person_at(Connection& db, const CustomerId& id) {
  auto view = find_person(db, id);
  if (!view) return fail(view.error());
  if (!*view) return fail(no_such_customer(is_erased(db, id)));
  return std::move(**view);
}

}  // namespace

Result<CommandOutcome> apply(ApplyContext& context, const KeepApart& command) {
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  if (const auto* repeat = known->repeat()) return KeptApart{repeat->seq, true};

  Connection& db = context.transaction.db();
  auto one = person_at(db, command.one);
  if (!one) return fail(one.error());
  auto other = person_at(db, command.other);
  if (!other) return fail(other.error());
  if (one->stored.customer.id == other->stored.customer.id)
    return fail(Errc::conflict, "the two are one customer; take them apart with unmerge");
  if (one->members.size() * other->members.size() > kPairsMax)
    return fail(Errc::conflict, "the two have too many records to be told apart at once");

  // Each record of the one with each of the other: it is about two persons, whichever records were shown.
  std::vector<Likeness> pairs;
  for (const Record& a : one->members) {
    for (const Record& b : other->members) {
      const auto pair = RecordPair::between(a.stored.customer.id, b.stored.customer.id);
      auto held = find_likeness(db, pair);
      if (!held) return fail(held.error());
      if (!*held || (*held)->apart_seq == 0) pairs.push_back({pair, *held ? (*held)->chance : 0, 0});
    }
  }
  if (pairs.empty()) {
    auto kept =
        keep_unchanged(context, command.key, known->change, command.one, one->member(command.one)->stored.last_seq, now);
    if (!kept) return fail(kept.error());
    return KeptApart{0, false};
  }
  const Hlc newest = std::max(one->stored.customer.newest().hlc, other->stored.customer.newest().hlc);
  Draft draft = draft_of(context, command, known->change, next_version(context, now, newest), now);
  draft.entity = kAuditEntity;
  draft.kind = "keep_apart";
  draft.key = command.one;
  draft.body = AuditNote{{{"one", command.one.text()}, {"other", command.other.text()}}};
  auto place = context.ledger.append(context.transaction, draft);
  if (!place) return fail(place.error());
  for (Likeness& pair : pairs) {
    pair.apart_seq = place->seq;
    if (auto saved = save_likeness(context.transaction, pair); !saved) return fail(saved.error());
  }
  return KeptApart{place->seq, false};
}

}  // namespace tillgate
