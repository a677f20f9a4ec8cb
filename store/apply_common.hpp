// What the commands of every entity share: their times, that a repeat has no second effect, and the frame of a ledger row.
// Internal to store/apply*.cpp. Thread: the writer's.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <variant>

#include "store/apply.hpp"

namespace tillgate {

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
[[nodiscard]] Moment moment_of(ApplyContext& context);

// The day in the store's own time zone.
[[nodiscard]] Day day_of(const StoreOptions& options, Timestamp at);

// A command that was done already: the record that it was about, and the ledger row whose state it was answered with.
struct Repeat {
  Uuid record;
  Seq seq = 0;
};
// What a command may already have done. `change` is the id that its key and request give, drawn where it has no key.
struct Known {
  ChangeId change;
  std::variant<std::monostate, Repeat, KeyReused> before;  // monostate: the command is new
  [[nodiscard]] bool is_reused() const { return std::holds_alternative<KeyReused>(before); }
  [[nodiscard]] const Repeat* repeat() const { return std::get_if<Repeat>(&before); }
};
[[nodiscard]] Result<Known> known_before(ApplyContext& context, const std::optional<CommandKey>& key, const Moment& now);

// A command without anything to write has no row to be found by, so its answer is kept, or a late repeat could undo what somebody
// else wrote in between. Nothing where it has no key.
[[nodiscard]] Result<> keep_unchanged(ApplyContext& context, const std::optional<CommandKey>& key, const ChangeId& change,
                                      const Uuid& record, Seq seq, const Moment& now);

// Why a customer is not found, out of is_erased(): never was, or erased for good; or the error of looking.
[[nodiscard]] Error no_such_customer(Result<bool> erased);

// The version of what is written now: above everything that was seen.
[[nodiscard]] Version next_version(ApplyContext& context, const Moment& now, const Hlc& seen);

// The frame of the row: what follows from the command whatever it says. Entity, key, kind, body and prior are the caller's.
template <class CommandType>
Draft draft_of(ApplyContext& context, const CommandType& command, const ChangeId& change, const Version& version,
               const Moment& now) {
  Draft draft;
  draft.version = version;
  draft.change_id = change;
  draft.recorded_at = now.recorded_at;
  draft.clock_confirmed = context.clock.is_confirmed();
  draft.source = "local";
  draft.terminal = command.actor.terminal;
  draft.person = command.actor.person;
  draft.role = command.actor.role;
  draft.reason = command.reason;
  draft.correlation_id = command.correlation_id;
  draft.salt = random_bytes<16>(context.options);
  return draft;
}

}  // namespace tillgate
