// What is said of persons: merged, unmerged, fields chosen, erased. Rules: core/person.hpp.
#include <algorithm>
#include <array>
#include <utility>

#include "core/person_text.hpp"
#include "store/apply_common.hpp"
#include "store/erase.hpp"
#include "store/likeness_pairs.hpp"
#include "store/order_erase.hpp"
#include "store/person_view.hpp"
#include "store/retention.hpp"

namespace tillgate {
namespace {

PersonChanged changed(const PersonView& view, Seq seq, bool is_replay) {
  return PersonChanged{seq, view.stored.customer, view.stored.records, view.stored.etag, is_replay};
}

// The person as it is now: what it showed right after the first time may have been changed by others since.
Result<CommandOutcome> person_again(ApplyContext& context, const CustomerId& id, Seq seq) {
  Connection& db = context.transaction.db();
  auto view = find_person(db, id);
  if (!view) return fail(view.error());
  if (!*view) return fail(no_such_customer(is_erased(db, id)));
  return changed(**view, seq, true);
}

Hlc newest_of(const PersonView& view) {
  Hlc newest = view.stored.customer.newest().hlc;
  for (const auto& entry : view.persons.links) newest = std::max(newest, entry.first.version.hlc);
  for (const auto& entry : view.persons.choices) newest = std::max(newest, entry.second.version.hlc);
  return newest;
}

struct Said {
  Seq seq = 0;
  std::vector<CustomerId> erased;
};

// The ledger row, and what it means in the tables.
template <class CommandType>
Result<Said> say(ApplyContext& context, const CommandType& command, const ChangeId& change_id, const Version& version,
                 const PersonChange& change, const Persons& before, const Moment& now) {
  Draft draft = draft_of(context, command, change_id, version, now);
  draft.entity = kPersonEntity;
  draft.kind = kind_of(change);
  draft.key = key_of(change);
  draft.body = change;
  auto place = context.ledger.append(context.transaction, draft);
  if (!place) return fail(place.error());
  Persons after = before;
  const PersonOutcome outcome = absorb(after, change);
  if (auto saved = save_persons(context.transaction, before, after, place->seq); !saved) return fail(saved.error());
  for (const CustomerId& id : outcome.erased) {
    auto had_record = scrub_record(context.transaction, context.sealer, id);
    if (!had_record) return fail(had_record.error());
    auto buried = bury(context.transaction, Tombstone{id, place->seq, now.recorded_at}, *had_record);
    if (!buried) return fail(buried.error());
  }
  return Said{place->seq, outcome.erased};
}

// The way of every command here but the erasure. `make` gives the change out of what is known of the person; none: it is so already.
template <class CommandType, class Make>
Result<CommandOutcome> change_person(ApplyContext& context, const CommandType& command, const CustomerId& id,
                                     const Make& make) {
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  if (const auto* repeat = known->repeat()) return person_again(context, id, repeat->seq);

  Connection& db = context.transaction.db();
  auto view = find_person(db, id);
  if (!view) return fail(view.error());
  if (!*view) return fail(no_such_customer(is_erased(db, id)));
  const StoredCustomer& stored = (*view)->stored;
  if (command.if_match && *command.if_match != stored.etag) return StaleWrite{stored.customer, stored.records, stored.etag};

  Hlc newest = newest_of(**view);
  Result<std::optional<PersonChange>> change = make(**view, now, newest);
  if (!change) return fail(change.error());
  if (!*change) {
    auto kept = keep_unchanged(context, command.key, known->change, id, (*view)->member(id)->stored.last_seq, now);
    if (!kept) return fail(kept.error());
    return changed(**view, 0, false);
  }
  const Version version = next_version(context, now, newest);
  // Where the change carries a version, it is the row's.
  if (auto* merge = std::get_if<Merge>(&**change)) merge->add.version = version;
  if (auto* choose = std::get_if<Choose>(&**change)) choose->version = version;
  auto said = say(context, command, known->change, version, **change, (*view)->persons, now);
  if (!said) return fail(said.error());
  auto after = find_person(db, id);
  if (!after) return fail(after.error());
  return changed(**after, said->seq, false);
}

}  // namespace

Result<CommandOutcome> apply(ApplyContext& context, const MergeCustomers& command) {
  if (command.one == command.other) return fail(Errc::invalid, "a customer cannot be merged with itself");
  const auto make = [&](PersonView& view, const Moment&, Hlc& newest) -> Result<std::optional<PersonChange>> {
    Connection& db = context.transaction.db();
    auto other = find_person(db, command.other);
    if (!other) return fail(other.error());
    if (!*other) return fail(no_such_customer(is_erased(db, command.other)));
    newest = std::max(newest, newest_of(**other));
    merge(view.persons, (*other)->persons);
    const auto keys = person_of(view.persons, command.one);
    if (std::binary_search(keys.begin(), keys.end(), command.other)) return std::optional<PersonChange>();
    auto change = merging(view.persons, command.one, command.other, Version{});
    if (!change)
      return fail(Errc::conflict, "the two would have more than " + std::to_string(kPersonKeysMax) + " records together");
    if (auto settled = settle_pairs(context.transaction, view.members, (*other)->members); !settled)
      return fail(settled.error());
    return std::optional<PersonChange>(*change);
  };
  return change_person(context, command, command.one, make);
}

Result<CommandOutcome> apply(ApplyContext& context, const UnmergeCustomer& command) {
  const auto make = [&](PersonView& view, const Moment&, Hlc&) -> Result<std::optional<PersonChange>> {
    auto change = unmerging(view.persons, command.id);
    if (change) {
      auto asked = ask_again(context.transaction, *view.member(command.id), view.members);
      if (!asked) return fail(asked.error());
    }
    return change ? std::optional<PersonChange>(std::move(*change)) : std::nullopt;
  };
  return change_person(context, command, command.id, make);
}

Result<CommandOutcome> apply(ApplyContext& context, const ChooseFields& command) {
  const auto make = [&](PersonView& view, const Moment&, Hlc&) -> Result<std::optional<PersonChange>> {
    // What is shown from that record already needs no choice.
    const Record& from = *view.member(command.from);
    std::vector<Field> fields;
    std::copy_if(command.fields.begin(), command.fields.end(), std::back_inserter(fields),
                 [&](Field field) { return from.stored.customer[field].value != view.stored.customer[field].value; });
    auto change = choosing(view.persons, command.from, std::move(fields), Version{});
    return change ? std::optional<PersonChange>(std::move(*change)) : std::nullopt;
  };
  return change_person(context, command, command.from, make);
}

Result<CommandOutcome> apply(ApplyContext& context, const EraseCustomer& command) {
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  Connection& db = context.transaction.db();
  if (const auto* repeat = known->repeat()) {
    auto change = change_at(db, repeat->seq);
    if (!change) return fail(change.error());
    const auto* body = *change ? std::get_if<PersonChange>(&(*change)->payload.body) : nullptr;
    const auto* erase = body ? std::get_if<Erase>(body) : nullptr;
    if (!erase) return fail(Errc::corrupt, "a repeated erasure points to another row", "row " + std::to_string(repeat->seq));
    return Erased{repeat->seq, erase->keys, true};
  }
  auto view = find_person(db, command.id);
  if (!view) return fail(view.error());
  if (!*view) return fail(no_such_customer(is_erased(db, command.id)));
  const StoredCustomer& stored = (*view)->stored;
  if (command.if_match && *command.if_match != stored.etag) return StaleWrite{stored.customer, stored.records, stored.etag};
  if (command.unless_seen_since) {
    auto seen = last_seen(db, **view, context.options.store);
    if (!seen) return fail(seen.error());
    if (!*seen || **seen >= *command.unless_seen_since)
      return fail(Errc::conflict, "somebody has had to do with this customer in the meantime");
  }
  auto erase = erasing((*view)->persons, command.id);
  if (!erase) return fail(Errc::corrupt, "a living record is a tombstone", command.id.text());
  const Version version = next_version(context, now, newest_of(**view));
  auto said = say(context, command, known->change, version, *erase, (*view)->persons, now);
  if (!said) return fail(said.error());
  for (const CustomerId& id : said->erased) {
    if (auto done = strip_orders(context, command, id, now); !done) return fail(done.error());
  }
  return Erased{said->seq, std::move(said->erased), false};
}

}  // namespace tillgate
