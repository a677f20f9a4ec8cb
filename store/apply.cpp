#include "store/apply.hpp"

#include <algorithm>
#include <utility>

#include "core/customer_state.hpp"
#include "store/answers.hpp"
#include "store/feeds.hpp"
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

// What a command may already have done. `change` is the id that its key and request give, drawn where it has no key.
struct Known {
  ChangeId change;
  std::optional<CommandOutcome> outcome;  // none: the command is new
};

Result<Known> known_outcome(ApplyContext& context, const std::optional<CommandKey>& key, const Moment& now) {
  if (!key) return Known{ChangeId(uuid_v7(now.recorded_at, random_bytes<10>(context.options))), std::nullopt};
  const ChangeId change = change_id_of(*key);
  const auto again = [&](const CustomerId& id, Seq seq) -> Result<Known> {
    auto answer = answer_again(context, id, seq);
    if (!answer) return fail(answer.error());
    return Known{change, std::move(*answer)};
  };
  auto kept = find_answer(context.transaction, change, now.forget_before);
  if (!kept) return fail(kept.error());
  if (*kept && (*kept)->of != change) return Known{change, KeyReused{}};
  if (*kept) return again((*kept)->customer, (*kept)->seq);

  Connection& db = context.transaction.db();
  auto changes = changes_of_key(db, change);
  if (!changes) return fail(changes.error());
  for (const auto& made : *changes) {
    // The effect of this very request is known for as long as the ledger is kept; that the key is taken, for a while.
    if (made.id != change) {
      auto is_old = made.recorded_at < now.forget_before ? is_known_before(db, made.seq, now.forget_before) : false;
      if (!is_old) return fail(is_old.error());
      if (!*is_old) return Known{change, KeyReused{}};
      continue;
    }
    auto row = change_at(db, made.seq);
    if (!row) return fail(row.error());
    return again(CustomerId((*row)->envelope.key), made.seq);
  }
  return Known{change, std::nullopt};
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
  const Version version{context.clock.next(now.reading, stored.customer.newest().hlc),
                        context.ledger.tail().current.epoch.text()};
  Draft draft;
  ChangeSet changes = versioned(stored.customer, patch, version);
  if (changes.is_empty()) {
    // No row to be found by; the answer is kept, or a late repeat could undo what somebody else wrote in between.
    if (command.key) {
      const Answer answer{change, stored.customer.id, stored.last_seq, now.recorded_at};
      if (auto kept = keep_answer(context.transaction, answer); !kept) return fail(kept.error());
    }
    return Committed{stored.last_seq, stored.customer, stored.etag, false, stored.updated_at};
  }
  draft.version = version;
  draft.change_id = change;
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
  if (known->outcome) return std::move(*known->outcome);

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
  auto known = known_outcome(context, command.key, now);  // before If-Match: a repeat names the state that it changed itself
  if (!known) return fail(known.error());
  if (known->outcome) return std::move(*known->outcome);

  auto record = find_record(context.transaction.db(), command.id);
  if (!record) return fail(record.error());
  if (!*record) return fail(Errc::not_found, "there is no such customer");
  const auto& stored = (*record)->stored;
  if (command.if_match && *command.if_match != stored.etag) return StaleWrite{stored.customer, stored.etag};
  return write(context, command, known->change, **record, command.patch, "update", now);
}

Result<CommandOutcome> apply(ApplyContext& context, const SaveAck& command) {
  Connection& db = context.transaction.db();
  auto own = digest_at(db, command.upto.seq);
  if (!own) return fail(own.error());
  if (*own != command.upto.digest) return fail(Errc::conflict, "the position acknowledged is not one of this ledger");
  // Acks may overtake each other on the wire; an older one is no news.
  auto held = find_feed(db, command.feed);
  if (!held) return fail(held.error());
  if (*held && (*held)->cursor.seq > command.upto.seq && !command.may_go_back) return Done{};
  FeedRow feed = *held ? **held : FeedRow{command.feed, {}, {}, {}, {}};
  feed.cursor = command.upto;
  feed.ho_epoch = command.ho_epoch;
  feed.updated_at = moment_of(context).recorded_at;
  if (auto saved = save_feed(context.transaction, feed); !saved) return fail(saved.error());
  return Done{};
}

Result<CommandOutcome> apply(ApplyContext& context, const Rechain& command) {
  const Epoch epoch(uuid_v4(random_bytes<16>(context.options)));
  auto root = context.ledger.rechain(context.transaction, command.root, epoch, moment_of(context).recorded_at);
  if (!root) return fail(root.error());
  return Rechained{*root};
}

}  // namespace tillgate
