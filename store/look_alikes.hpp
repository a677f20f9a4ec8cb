// Who among the customers may be the same person as a given record: those who share a key with it (core/blocking.hpp), each judged
// by the record itself (core/match.hpp). Bounded: keys that many share are passed over, and of those who share a key only the
// likeliest are read. On any connection, within a snapshot or the writer's thread.
#pragma once

#include <optional>
#include <vector>

#include "core/match.hpp"
#include "store/likenesses.hpp"
#include "store/record.hpp"
#include "store/search_tail.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

struct LookAlike {
  Record record;
  Judgement judgement;  // same or ask
};

// Likeliest first. `self`: a record that is not compared with itself. `tail`: the newest changes, which the index does not have yet; null:
// it has all that matters.
[[nodiscard]] Result<std::vector<LookAlike>> look_alikes(Connection& db, const SearchTail* tail, const Identity& identity,
                                                         const std::optional<CustomerId>& self);

// How one judges in this store: by how many customers it has.
[[nodiscard]] Result<MatchSettings> match_settings(Connection& db);
[[nodiscard]] Identity identity_in(const Record& record);
// As the review queue keeps it, open.
[[nodiscard]] Likeness likeness_of(const RecordPair& pair, const Judgement& judgement);

}  // namespace tillgate
