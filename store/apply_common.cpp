#include "store/apply_common.hpp"

#include "store/answers.hpp"
#include "store/persons.hpp"

namespace tillgate {

Moment moment_of(ApplyContext& context) {
  const auto reading = context.options.read_clock();
  // Forgetting goes by the time that can only lag: a wrong clock that runs ahead must not make a repeat a second effect.
  return Moment{reading, context.clock.wall(reading), context.clock.physical(reading) - context.options.answers_kept};
}

Day day_of(const StoreOptions& options, Timestamp at) {
  if (options.day_of) return options.day_of(at);
  return Day(std::chrono::floor<std::chrono::days>(std::chrono::sys_time<milliseconds>(at.time_since_epoch())));
}

Result<Known> known_before(ApplyContext& context, const std::optional<CommandKey>& key, const Moment& now) {
  if (!key) return Known{ChangeId(uuid_v7(now.recorded_at, random_bytes<10>(context.options))), {}};
  const ChangeId change = change_id_of(*key);
  auto kept = find_answer(context.transaction, change, now.forget_before);
  if (!kept) return fail(kept.error());
  if (*kept && (*kept)->of != change) return Known{change, KeyReused{}};
  if (*kept) return Known{change, Repeat{(*kept)->record, (*kept)->seq}};

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
    auto envelope = envelope_at(db, made.seq);
    if (!envelope) return fail(envelope.error());
    return Known{change, Repeat{(*envelope)->key, made.seq}};
  }
  return Known{change, {}};
}

Result<> keep_unchanged(ApplyContext& context, const std::optional<CommandKey>& key, const ChangeId& change, const Uuid& record,
                        Seq seq, const Moment& now) {
  if (!key) return {};
  return keep_answer(context.transaction, Answer{change, record, seq, now.recorded_at});
}

Error no_such_customer(Result<bool> erased) {
  if (!erased) return erased.error();
  return Error{Errc::not_found, *erased ? std::string(kErasedText) : "there is no such customer", {}};
}

Version next_version(ApplyContext& context, const Moment& now, const Hlc& seen) {
  return Version{context.clock.next(now.reading, seen), context.ledger.tail().current.epoch.text()};
}

}  // namespace tillgate
