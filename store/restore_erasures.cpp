#include "store/restore_erasures.hpp"

#include <algorithm>
#include <optional>

namespace tillgate {
namespace {

const Actor kRestorer{"restore", "", "administrator"};

Result<CommandOutcome> run(StoreDatabase& database, Command command) {
  std::optional<Result<CommandOutcome>> outcome;
  if (!database.writer()->submit(std::move(command), [&](Result<CommandOutcome> done) { outcome = std::move(done); }))
    return fail(Errc::unavailable, "the restored database takes no command");
  while (!outcome && database.writer()->drain()) {
  }
  if (!outcome) return fail(Errc::unavailable, "the restored database answers no command");
  return std::move(*outcome);
}

}  // namespace

Result<std::int64_t> erase_again(StoreDatabase& database, const ErasedList& list) {
  std::int64_t erased = 0;
  for (const auto& one : list) {
    const CustomerId& id = one.first;
    auto found = database.ask(GetCustomer{id});
    if (!found) return fail(found.error());
    if (!*found) continue;  // younger than the backup, or erased in it already
    // Who was one person back then may have been taken apart since: of those, only who is on the list goes.
    const auto& records = (*found)->records;
    const bool are_all_erased = std::all_of(records.begin(), records.end(), [&](const auto& record) { return list.contains(record); });
    if (!are_all_erased) {
      UnmergeCustomer apart;
      apart.actor = kRestorer;
      apart.id = id;
      apart.reason = "restore";
      if (auto done = run(database, apart); !done) return fail(done.error());
    }
    EraseCustomer erase;
    erase.actor = kRestorer;
    erase.id = id;
    erase.reason = "restore";
    auto outcome = run(database, erase);
    if (!outcome) return fail(outcome.error());
    const auto* done = std::get_if<Erased>(&*outcome);
    if (!done) return fail(Errc::corrupt, "a customer could not be erased in the restored database", id.text());
    erased += static_cast<std::int64_t>(done->records.size());
  }
  // Its orderly stop; empties the log, in which the erased may still stand.
  if (auto done = database.writer()->finish(); !done) return fail(done.error());
  return erased;
}

}  // namespace tillgate
