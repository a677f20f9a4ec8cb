#include "store/state.hpp"

#include "store/row_check.hpp"

namespace tillgate {
namespace {

RowCheck check_of(const StateRow& state) {
  return row_check("state", static_cast<std::int64_t>(state.hlc.value), std::int64_t{state.is_clean_stop}, state.current.epoch,
                   state.current.replaces, state.current.after.seq, state.current.after.digest, ms_of(state.opened_at));
}

}  // namespace

Result<std::optional<StateRow>> read_state(Connection& db) {
  auto row = db.prepare(
      "SELECT hlc, clean_stop, epoch, epoch_replaces, epoch_seq, epoch_digest, opened_at, row_check FROM state WHERE one = 1");
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<StateRow>();
  StateRow state;
  state.hlc = Hlc{static_cast<std::uint64_t>(row.integer(0))};
  state.is_clean_stop = row.integer(1) == 1;
  state.current.epoch = row.id<Epoch>(2);
  if (!row.is_null(3)) state.current.replaces = row.id<Epoch>(3);
  state.current.after = Position{row.integer(4), row.digest(5)};
  state.opened_at = timestamp_from_ms(row.integer(6));
  if (auto sound = compare_check(row, 7, check_of(state), "the row of state"); !sound) return fail(sound.error());
  return std::optional<StateRow>(state);
}

Result<> save_state(Transaction& transaction, const StateRow& state) {
  return transaction.db()
      .prepare(
          "INSERT OR REPLACE INTO state (one, hlc, clean_stop, epoch, epoch_replaces, epoch_seq, epoch_digest, opened_at,"
          " row_check) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)")
      .with(static_cast<std::int64_t>(state.hlc.value), std::int64_t{state.is_clean_stop}, state.current.epoch,
            state.current.replaces, state.current.after.seq, state.current.after.digest, ms_of(state.opened_at),
            check_of(state))
      .run();
}

}  // namespace tillgate
