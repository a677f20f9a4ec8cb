#include "store/feeds.hpp"

#include <utility>

#include "core/check.hpp"
#include "store/ledger.hpp"
#include "store/row_check.hpp"

namespace tillgate {
namespace {

#define TILLGATE_FEED_COLUMNS "name, cursor_seq, cursor_digest, ho_epoch, last_error, updated_at, row_check"

RowCheck check_of(const FeedRow& feed) {
  return row_check("feeds", std::string_view(feed.name), feed.cursor.seq, feed.cursor.digest, feed.ho_epoch,
                   std::string_view(feed.last_error), ms_of(feed.updated_at));
}

Result<FeedRow> feed_in(Statement& row) {
  FeedRow feed;
  feed.name = std::string(row.text(0));
  feed.cursor = Position{row.integer(1), row.digest(2)};
  if (!row.is_null(3)) feed.ho_epoch = row.id<HoEpoch>(3);
  feed.last_error = std::string(row.text(4));
  feed.updated_at = timestamp_from_ms(row.integer(5));
  if (auto sound = compare_check(row, 6, check_of(feed), "a row of feeds"); !sound) return fail(sound.error());
  return feed;
}

}  // namespace

Result<std::optional<FeedRow>> find_feed(Connection& db, std::string_view name) {
  auto row = db.prepare("SELECT " TILLGATE_FEED_COLUMNS " FROM feeds WHERE name = ?").with(name);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<FeedRow>();
  auto feed = feed_in(row);
  if (!feed) return fail(feed.error());
  return std::optional<FeedRow>(std::move(*feed));
}

Result<std::vector<FeedRow>> all_feeds(Connection& db) {
  std::vector<FeedRow> feeds;
  auto rows = db.prepare("SELECT " TILLGATE_FEED_COLUMNS " FROM feeds");
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return feeds;
    auto feed = feed_in(rows);
    if (!feed) return fail(feed.error());
    feeds.push_back(std::move(*feed));
  }
}

Result<> save_feed(Transaction& transaction, const FeedRow& feed) {
  return transaction.db()
      .prepare("INSERT OR REPLACE INTO feeds (" TILLGATE_FEED_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)")
      .with(feed.name, feed.cursor.seq, feed.cursor.digest, feed.ho_epoch, feed.last_error, ms_of(feed.updated_at),
            check_of(feed))
      .run();
}

Result<> take_feeds_back(Transaction& transaction, const Position& root) {
  std::vector<FeedRow> beyond;
  {
    auto rows = transaction.db().prepare("SELECT " TILLGATE_FEED_COLUMNS " FROM feeds WHERE cursor_seq > ?").with(root.seq);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      auto feed = feed_in(rows);
      if (!feed) return fail(feed.error());
      beyond.push_back(std::move(*feed));
    }
  }
  for (auto& feed : beyond) {
    if (feed.name == kSearchFeed || feed.name == kLikenessFeed) {
      auto digest = digest_at(transaction.db(), feed.cursor.seq);
      if (!digest) return fail(digest.error());
      CHECK(digest->has_value());
      feed.cursor.digest = **digest;
    } else {
      feed.cursor = root;
    }
    if (auto saved = save_feed(transaction, feed); !saved) return saved;
  }
  return {};
}

}  // namespace tillgate
