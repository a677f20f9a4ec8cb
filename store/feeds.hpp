// Rows of `feeds`: how far each consumer of the ledger has acknowledged it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/change.hpp"
#include "store/transaction.hpp"

namespace tillgate {

// Those that the store itself consumes: the search index (store/search_index.hpp), the review queue (store/likeness_feed.hpp). The
// others' consumers are far away.
inline constexpr std::string_view kSearchFeed = "search", kLikenessFeed = "likeness";

struct FeedRow {
  std::string name;
  Position cursor;
  std::optional<HoEpoch> ho_epoch;  // the life of head office that acknowledged
  std::string last_error;
  Timestamp updated_at;
};

[[nodiscard]] Result<std::optional<FeedRow>> find_feed(Connection& db, std::string_view name);
// Each compared with its checksum: one whose name is damaged would otherwise just not be found.
[[nodiscard]] Result<std::vector<FeedRow>> all_feeds(Connection& db);
[[nodiscard]] Result<> save_feed(Transaction& transaction, const FeedRow& feed);
// After re-chaining: a cursor beyond `root` names a digest that is gone, so it goes back there. Those of our own stay, under the
// new digest: re-chained rows have new digests and say what they said.
[[nodiscard]] Result<> take_feeds_back(Transaction& transaction, const Position& root);

}  // namespace tillgate
