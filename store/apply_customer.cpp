// What is done to customers: created, changed.
#include "store/apply_common.hpp"

#include <algorithm>
#include <utility>

#include "core/customer_state.hpp"
#include "store/record.hpp"

namespace tillgate {
namespace {

// The state right after `seq`, as it was answered then.
Result<CommandOutcome> answer_again(ApplyContext& context, const Repeat& repeat) {
  Connection& db = context.transaction.db();
  auto change = change_at(db, repeat.seq);
  if (!change) return fail(change.error());
  if (!*change) return fail(Errc::corrupt, "a kept answer points beyond the ledger", "row " + std::to_string(repeat.seq));
  auto customer = customer_at(db, CustomerId(repeat.record), repeat.seq);
  if (!customer) return fail(customer.error());
  Committed again;
  again.seq = repeat.seq;
  again.etag = hash_of(encode_state(*customer));
  again.customer = std::move(*customer);
  again.is_replay = true;
  again.recorded_at = (*change)->envelope.recorded_at;
  return again;
}

std::optional<BlindIndex>& index_of(Record& record, Field field) {
  return field == Field::licence_number ? record.licence_index : record.medical_index;
}

// Replaces plain numbers by sealed ones. A number that is there already, in whatever spelling, is left out: sealing it again
// would look like a change, since no two sealings are alike.
void seal_numbers(ApplyContext& context, Record& record, Patch& patch) {
  const CustomerId& id = record.stored.customer.id;
  std::erase_if(patch.fields, [&](auto& entry) {
    auto& [field, value] = entry;
    if (spec_of(field).kind != FieldKind::sealed) return false;
    auto& held = index_of(record, field);
    std::optional<BlindIndex> wanted;
    if (value) wanted = context.sealer.blind_index(field, *value);
    if (wanted && wanted == held) return true;
    held = wanted;
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

// What both kinds of write share: version, ledger row, state, answer.
template <class CommandType>
Result<CommandOutcome> write(ApplyContext& context, const CommandType& command, const ChangeId& change, Record& record,
                             Patch patch, const char* kind, const Moment& now) {
  auto& stored = record.stored;
  seal_numbers(context, record, patch);
  const Version version = next_version(context, now, stored.customer.newest().hlc);
  ChangeSet changes = versioned(stored.customer, patch, version);
  if (changes.is_empty()) {
    auto kept = keep_unchanged(context, command.key, change, stored.customer.id, stored.last_seq, now);
    if (!kept) return fail(kept.error());
    return Committed{stored.last_seq, stored.customer, stored.etag, false, stored.updated_at};
  }
  Draft draft = draft_of(context, command, change, version, now);
  draft.entity = kCustomerEntity;
  draft.key = stored.customer.id;
  draft.kind = kind;
  draft.prior = stored.last_seq;
  merge(stored.customer, changes);
  draft.body = std::move(changes);
  if (auto fits = check_sizes(stored.customer); !fits) return fail(fits.error());
  auto place = context.ledger.append(context.transaction, draft);
  if (!place) return fail(place.error());
  stored.last_seq = place->seq;
  stored.updated_at = now.recorded_at;
  if (auto saved = save_record(context.transaction, record); !saved) return fail(saved.error());
  return Committed{place->seq, std::move(stored.customer), stored.etag, false, now.recorded_at};
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

  Record record;
  record.stored.customer.id =
      command.key ? customer_id_of(*command.key) : CustomerId(uuid_v7(now.recorded_at, random_bytes<10>(context.options)));
  record.stored.created_at = now.recorded_at;
  Patch patch = command.patch;
  std::erase_if(patch.fields, [](const auto& entry) { return entry.first == Field::home_store; });
  patch.fields.emplace_back(Field::home_store, context.options.store.value);
  set_default(patch, Field::status, "active");
  set_default(patch, Field::verification, "unverified");
  set_default(patch, Field::type, "recreational");
  return write(context, command, known->change, record, std::move(patch), "create", now);
}

Result<CommandOutcome> apply(ApplyContext& context, const UpdateCustomer& command) {
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);  // before If-Match: a repeat names the state that it changed itself
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  if (const auto* repeat = known->repeat()) return answer_again(context, *repeat);

  auto record = find_record(context.transaction.db(), command.id);
  if (!record) return fail(record.error());
  if (!*record) return fail(Errc::not_found, "there is no such customer");
  const auto& stored = (*record)->stored;
  if (command.if_match && *command.if_match != stored.etag) return StaleWrite{stored.customer, stored.etag};
  return write(context, command, known->change, **record, command.patch, "update", now);
}

}  // namespace tillgate
