// What is done to customers: created, changed.
#include "store/apply_common.hpp"

#include <algorithm>
#include <utility>

#include "core/customer_state.hpp"
#include "store/person_view.hpp"
#include "store/pos_links.hpp"

namespace tillgate {
namespace {

Committed committed(const PersonView& view, Seq seq, Timestamp at) {
  return Committed{seq, view.stored.customer, view.stored.records, view.stored.etag, false, at};
}

// The state right after the row, as it was answered then.
Result<CommandOutcome> answer_again(ApplyContext& context, const Repeat& repeat) {
  Connection& db = context.transaction.db();
  const CustomerId id(repeat.record);
  auto view = find_person(db, id);
  if (!view) return fail(view.error());
  if (!*view) return fail(no_such_customer(is_erased(db, id)));
  auto envelope = envelope_at(db, repeat.seq);
  if (!envelope) return fail(envelope.error());
  if (!*envelope) return fail(Errc::corrupt, "a kept answer points beyond the ledger", "row " + std::to_string(repeat.seq));
  Committed again = committed(**view, repeat.seq, (*envelope)->recorded_at);
  again.is_replay = true;
  if (again.records.empty()) {
    auto customer = customer_at(db, id, repeat.seq);
    if (!customer) return fail(customer.error());
    again.etag = hash_of(encode_state(*customer));
    again.customer = std::move(*customer);
  }
  return again;
}

std::optional<BlindIndex>& index_of(Record& record, Field field) {
  return field == Field::licence_number ? record.licence_index : record.medical_index;
}

// The index of the number that the person shows: of the record that it is taken from.
std::optional<BlindIndex> index_shown(PersonView& view, Field field) {
  const auto& value = view.stored.customer[field].value;
  if (!value) return std::nullopt;
  for (Record& member : view.members) {
    if (member.stored.customer[field].value == value) return index_of(member, field);
  }
  return std::nullopt;
}

// Replaces plain numbers by sealed ones. A number that is shown already, in whatever spelling, is left out: sealing it again
// would look like a change, since no two sealings are alike.
void seal_numbers(ApplyContext& context, PersonView& view, Record& record, Patch& patch) {
  const CustomerId& id = record.stored.customer.id;
  std::erase_if(patch.fields, [&](auto& entry) {
    auto& [field, value] = entry;
    if (spec_of(field).kind != FieldKind::sealed) return false;
    std::optional<BlindIndex> wanted;
    if (value) wanted = context.sealer.blind_index(field, *value);
    if (wanted && wanted == index_shown(view, field)) return true;
    index_of(record, field) = wanted;
    if (value) value = context.sealer.seal(id, field, *value, random_bytes<24>(context.options));
    return false;
  });
}

Result<> check_sizes(const Customer& customer) {
  const auto tags =
      std::count_if(customer.tags.begin(), customer.tags.end(), [](const auto& tag) { return tag.second.is_present; });
  if (static_cast<std::size_t>(tags) > kTagsMax) {
    return fail(Errc::invalid, "a customer can have at most " + std::to_string(kTagsMax) + " tags");
  }
  if (customer.pos_links.size() > kPosLinksMax) {
    return fail(Errc::invalid, "a customer can be linked to at most " + std::to_string(kPosLinksMax) + " POS accounts");
  }
  return {};
}

// An id of a POS account belongs to one customer. Only a write here can be refused: what another store said already is merged.
Result<> check_pos_links(Connection& db, PersonView& view, const ChangeSet& changes) {
  for (const PosLinkWrite& write : changes.pos_links) {
    if (!write.pos_id) continue;
    auto holders = pos_link_holders(db, write.account, *write.pos_id);
    if (!holders) return fail(holders.error());
    for (const CustomerId& holder : *holders) {
      if (view.member(holder)) continue;  // another record of the same person
      return fail(Errc::conflict, "Another customer has this id at " + write.account + " already: " + holder.text() +
                                      ". If it is the same person, merge the two.");
    }
  }
  return {};
}

// What both kinds of write share: version, ledger row, state, answer. `id`: the record that is written to; what counts as a change
// is judged by what its person shows.
template <class CommandType>
Result<CommandOutcome> write(ApplyContext& context, const CommandType& command, const ChangeId& change, PersonView& view,
                             const CustomerId& id, Patch patch, const char* kind, const Moment& now) {
  Record& record = *view.member(id);
  auto& stored = record.stored;
  seal_numbers(context, view, record, patch);
  const Version version = next_version(context, now, view.stored.customer.newest().hlc);
  ChangeSet changes = versioned(view.stored.customer, patch, version);
  if (changes.is_empty()) {
    auto kept = keep_unchanged(context, command.key, change, id, stored.last_seq, now);
    if (!kept) return fail(kept.error());
    return committed(view, stored.last_seq, stored.updated_at);
  }
  Draft draft = draft_of(context, command, change, version, now);
  draft.entity = kCustomerEntity;
  draft.key = id;
  draft.kind = kind;
  draft.prior = stored.last_seq;
  if (auto free = check_pos_links(context.transaction.db(), view, changes); !free) return fail(free.error());
  const PosLinks links_before = stored.customer.pos_links;
  merge(stored.customer, changes);
  draft.body = std::move(changes);
  if (auto fits = check_sizes(stored.customer); !fits) return fail(fits.error());
  auto place = context.ledger.append(context.transaction, draft);
  if (!place) return fail(place.error());
  stored.last_seq = place->seq;
  stored.updated_at = now.recorded_at;
  if (auto saved = save_record(context.transaction, record); !saved) return fail(saved.error());
  auto linked = save_pos_links(context.transaction, record.n, links_before, stored.customer.pos_links);
  if (!linked) return fail(linked.error());
  show(view);
  return committed(view, place->seq, now.recorded_at);
}

void set_default(Patch& patch, Field field, std::string_view value) {
  for (auto& [named, held] : patch.fields) {
    if (named != field) continue;
    if (!held) held = std::string(value);
    return;
  }
  patch.fields.emplace_back(field, std::string(value));
}

}  // namespace

Result<CommandOutcome> apply(ApplyContext& context, const CreateCustomer& command) {
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  if (const auto* repeat = known->repeat()) return answer_again(context, *repeat);

  PersonView view;  // nobody can have said anything of a record that does not exist yet
  StoredCustomer& fresh = view.members.emplace_back().stored;
  fresh.customer.id =
      command.key ? customer_id_of(*command.key) : CustomerId(uuid_v7(now.recorded_at, random_bytes<10>(context.options)));
  fresh.created_at = now.recorded_at;
  show(view);
  Patch patch = command.patch;
  std::erase_if(patch.fields, [](const auto& entry) { return entry.first == Field::home_store; });
  patch.fields.emplace_back(Field::home_store, context.options.store.value);
  set_default(patch, Field::status, "active");
  set_default(patch, Field::verification, "unverified");
  set_default(patch, Field::type, "recreational");
  return write(context, command, known->change, view, view.stored.customer.id, std::move(patch), "create", now);
}

Result<CommandOutcome> apply(ApplyContext& context, const UpdateCustomer& command) {
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);  // before If-Match: a repeat names the state that it changed itself
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  if (const auto* repeat = known->repeat()) return answer_again(context, *repeat);

  Connection& db = context.transaction.db();
  auto view = find_person(db, command.id);
  if (!view) return fail(view.error());
  if (!*view) return fail(no_such_customer(is_erased(db, command.id)));
  const auto& stored = (*view)->stored;
  if (command.if_match && *command.if_match != stored.etag) return StaleWrite{stored.customer, stored.records, stored.etag};
  return write(context, command, known->change, **view, command.id, command.patch, "update", now);
}

}  // namespace tillgate
