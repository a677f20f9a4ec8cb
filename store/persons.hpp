// Who is one person with whom, in tables. core/person.hpp has the rules: this loads what a rule needs to see and saves what it
// changed. Cost goes with the statements around the records at hand; a record without any costs two look-ups.
// Thread: the owner of the connection.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/person.hpp"
#include "store/queries.hpp"
#include "store/transaction.hpp"

namespace tillgate {

// Every statement, choice and tombstone at the records connected with `keys`, removed ones included. Errc::conflict above
// kPersonLoadMax statements: nobody can do that on purpose.
inline constexpr std::size_t kPersonLoadMax = 8192;
[[nodiscard]] Result<Persons> load_persons(Connection& db, std::span<const CustomerId> keys);

// Saves what `after` says beyond `before`, as of ledger row `seq`. Tombstones are not among it: bury() has more to do.
[[nodiscard]] Result<> save_persons(Transaction& transaction, const Persons& before, const Persons& after, Seq seq);

// --- tombstones

[[nodiscard]] Result<bool> is_erased(Connection& db, const CustomerId& key);
[[nodiscard]] Result<ListErased::Page> erased_after(Connection& db, const ListErased& query);
struct Tombstone {
  CustomerId record;
  Seq seq = 0;
  Timestamp erased_at;
};
// `had_record`: one was scrubbed with it. Nothing where it is there already.
[[nodiscard]] Result<> bury(Transaction& transaction, const Tombstone& tombstone, bool had_record);
[[nodiscard]] Result<std::int64_t> records_erased(Connection& db);

// The ledger rows that said something of the person of `key`, newest first, at most `rows_max`.
[[nodiscard]] Result<std::vector<Seq>> statements_about(Connection& db, std::span<const CustomerId> keys, std::size_t rows_max);

}  // namespace tillgate
