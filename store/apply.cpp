#include "store/apply.hpp"

#include <algorithm>
#include <utility>

#include "core/customer_state.hpp"
#include "store/answers.hpp"
#include "store/record.hpp"

namespace tillgate {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> random_bytes(const StoreOptions& options) {
  std::array<std::uint8_t, N> bytes{};
  options.fill_random(bytes);
  return bytes;
}

// The times of one command.
struct Moment {
  HlcClock::Reading reading;
  Timestamp recorded_at;    // for people
  Timestamp forget_before;  // of kept answers
};

Moment moment_of(ApplyContext& context) {
  const auto reading = context.options.read_clock();
  // Forgetting goes by the time that can only lag: a wrong clock that runs ahead must not make a repeat a second effect.
  return Moment{reading, context.clock.wall(reading), context.clock.physical(reading) - context.options.answers_kept};
}

// The state right after `seq`, as it was answered then.
Result<Committed> answer_again(ApplyContext& context, const CustomerId& id, Seq seq) {
  Connection& db = context.transaction.db();
  auto change = change_at(db, seq);
  if (!change) return fail(change.error());
  if (!*change) return fail(Errc::corrupt, "a kept answer points beyond the ledger", "row " + std::to_string(seq));
  auto customer = customer_at(db, id, seq);
  if (!customer) return fail(customer.error());
  Committed again;
  again.seq = seq;
  again.etag = hash_of(encode_state(*customer));
  again.customer = std::move(*customer);
  again.is_replay = true;
  again.recorded_at = (*change)->envelope.recorded_at;
  return again;
}

// An outcome when this key was answered before; nothing when the command is new.
Result<std::optional<CommandOutcome>> known_outcome(ApplyContext& context, const std::optional<CommandKey>& key,
                                                    const Moment& now) {
  if (!key) return std::optional<CommandOutcome>();
  CustomerId id;
  Seq seq = 0;
  auto kept = find_answer(context.transaction, *key, now.forget_before);
  if (!kept) return fail(kept.error());
  if (*kept) {
    if ((*kept)->request != key->request) return std::optional<CommandOutcome>(KeyReused{});
    id = (*kept)->customer;
    seq = (*kept)->seq;
  } else {
    // The answer is gone, the effect is not: the ledger knows the change by its derived id for as long as it is kept.
    Connection& db = context.transaction.db();
    auto known = seq_of(db, ChangeId(derive_uuid(key->scope, key->key, key->request, 0)));
    if (!known) return fail(known.error());
    if (!*known) return std::optional<CommandOutcome>();
    auto change = change_at(db, **known);
    if (!change) return fail(change.error());
    id = CustomerId((*change)->envelope.key);
    seq = **known;
  }
  auto again = answer_again(context, id, seq);
  if (!again) return fail(again.error());
  return std::optional<CommandOutcome>(std::move(*again));
}

Result<> remember(ApplyContext& context, const std::optional<CommandKey>& key, const CustomerId& id, Seq seq,
                  const Moment& now) {
  if (!key) return {};
  return keep_answer(context.transaction, *key, Answer{key->request, id, seq, now.recorded_at});
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
Result<CommandOutcome> write(ApplyContext& context, const CommandType& command, Record& record, Patch patch, const char* kind,
                             const Moment& now) {
  auto& stored = record.stored;
  seal_numbers(context, record, patch);
  const Version version{context.clock.next(now.reading, stored.customer.newest().hlc),
                        context.ledger.tail().current.epoch.text()};
  Draft draft;
  ChangeSet changes = versioned(stored.customer, patch, version);
  if (changes.is_empty()) {
    // No row; the answer is kept all the same, or a late repeat could undo what somebody else wrote in between.
    if (auto kept = remember(context, command.key, stored.customer.id, stored.last_seq, now); !kept) return fail(kept.error());
    return Committed{stored.last_seq, stored.customer, stored.etag, false, stored.updated_at};
  }
  draft.version = version;
  draft.change_id = ChangeId(command.key ? derive_uuid(command.key->scope, command.key->key, command.key->request, 0)
                                         : uuid_v7(now.recorded_at, random_bytes<10>(context.options)));
  draft.recorded_at = now.recorded_at;
  draft.clock_confirmed = context.clock.is_confirmed();
  draft.entity = kCustomerEntity;
  draft.key = stored.customer.id;
  draft.kind = kind;
  draft.source = "local";
  draft.terminal = command.actor.terminal;
  draft.person = command.actor.person;
  draft.role = command.actor.role;
  draft.reason = command.reason;
  draft.correlation_id = command.correlation_id;
  draft.salt = random_bytes<16>(context.options);
  draft.prior = stored.last_seq;
  merge(stored.customer, changes);
  draft.body = std::move(changes);
  if (auto fits = check_sizes(stored.customer); !fits) return fail(fits.error());
  auto place = context.ledger.append(context.transaction, draft);
  if (!place) return fail(place.error());
  stored.last_seq = place->seq;
  stored.updated_at = now.recorded_at;
  if (auto saved = save_record(context.transaction, record); !saved) return fail(saved.error());
  if (auto kept = remember(context, command.key, stored.customer.id, place->seq, now); !kept) return fail(kept.error());
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
  auto known = known_outcome(context, command.key, now);
  if (!known) return fail(known.error());
  if (*known) return std::move(**known);

  Record record;
  record.stored.customer.id =
      CustomerId(command.key ? derive_uuid(command.key->scope, command.key->key, command.key->request, 1)
                             : uuid_v7(now.recorded_at, random_bytes<10>(context.options)));
  record.stored.created_at = now.recorded_at;
  Patch patch = command.patch;
  std::erase_if(patch.fields, [](const auto& entry) { return entry.first == Field::home_store; });
  patch.fields.emplace_back(Field::home_store, context.options.store.value);
  set_default(patch, Field::status, "active");
  set_default(patch, Field::verification, "unverified");
  set_default(patch, Field::type, "recreational");
  auto outcome = write(context, command, record, std::move(patch), "create", now);
  if (outcome) ++context.customers;
  return outcome;
}

Result<CommandOutcome> apply(ApplyContext& context, const UpdateCustomer& command) {
  const Moment now = moment_of(context);
  auto known = known_outcome(context, command.key, now);  // before If-Match: a repeat names the state that it changed itself
  if (!known) return fail(known.error());
  if (*known) return std::move(**known);

  auto record = find_record(context.transaction.db(), command.id);
  if (!record) return fail(record.error());
  if (!*record) return fail(Errc::not_found, "there is no such customer");
  const auto& stored = (*record)->stored;
  if (command.if_match && *command.if_match != stored.etag) return StaleWrite{stored.customer, stored.etag};
  return write(context, command, **record, command.patch, "update", now);
}

Result<CommandOutcome> apply(ApplyContext& context, const SaveAck& command) {
  Connection& db = context.transaction.db();
  auto own = digest_at(db, command.upto.seq);
  if (!own) return fail(own.error());
  if (*own != command.upto.digest) return fail(Errc::conflict, "the position acknowledged is not one of this ledger");
  // Acks may overtake each other on the wire; an older one is no news.
  auto saved = db.prepare(
                     "INSERT INTO feeds (name, cursor_seq, cursor_digest, ho_epoch, last_error, updated_at)"
                     " VALUES (?1, ?2, ?3, ?4, '', ?5)"
                     " ON CONFLICT (name) DO UPDATE SET cursor_seq = ?2, cursor_digest = ?3, ho_epoch = ?4, updated_at = ?5"
                     " WHERE ?6 OR cursor_seq <= ?2")
                   .with(command.feed, command.upto.seq, command.upto.digest, command.ho_epoch,
                         ms_of(moment_of(context).recorded_at), command.may_go_back ? 1 : 0)
                   .run();
  if (!saved) return fail(saved.error());
  return Done{};
}

Result<CommandOutcome> apply(ApplyContext& context, const Rechain& command) {
  const Epoch epoch(uuid_v4(random_bytes<16>(context.options)));
  auto root = context.ledger.rechain(context.transaction, command.root, epoch, moment_of(context).recorded_at);
  if (!root) return fail(root.error());
  return Rechained{*root};
}

}  // namespace tillgate
