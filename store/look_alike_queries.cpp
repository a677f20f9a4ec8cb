// Queries about who may be here twice.
#include <algorithm>
#include <utility>

#include "store/feeds.hpp"
#include "store/ledger.hpp"
#include "store/likenesses.hpp"
#include "store/look_alikes.hpp"
#include "store/person_view.hpp"
#include "store/queries.hpp"
#include "store/search.hpp"

namespace tillgate {
namespace {

constexpr std::size_t kShownMax = 10;
constexpr std::int64_t kPairsPageMax = 50;
constexpr std::int64_t kPairsRead = 200;  // rows a page looks at: some are settled by now

using Likely = FindLookAlikes::Likely;
using Pair = ListLookAlikes::Pair;

// Then it is the writer's to say whether this is a repeat or another request under a key that is taken.
Result<bool> is_known(Connection& db, const CommandKey& key) {
  auto changes = changes_of_key(db, change_id_of(key));
  if (!changes) return fail(changes.error());
  return !changes->empty();
}

// Nothing: settled, or one of the two is gone.
Result<std::optional<Pair>> pair_of(Connection& db, const Likeness& likeness, const MatchSettings& settings) {
  auto a = find_record(db, likeness.pair.a);
  if (!a) return fail(a.error());
  auto b = find_record(db, likeness.pair.b);
  if (!b) return fail(b.error());
  if (!*a || !*b) return std::optional<Pair>();
  Pair pair;
  pair.records = likeness.pair;
  pair.judgement = judge(identity_in(**a), identity_in(**b), settings);
  if (pair.judgement.verdict == Sameness::different) return std::optional<Pair>();
  auto one = person_around(db, std::move(**a));
  if (!one) return fail(one.error());
  auto other = person_around(db, std::move(**b));
  if (!other) return fail(other.error());
  if (one->stored.customer.id == other->stored.customer.id) return std::optional<Pair>();
  pair.one = std::move(one->stored);
  pair.other = std::move(other->stored);
  return std::optional(std::move(pair));
}

}  // namespace

Result<FindLookAlikes::Answer> Queries::run(const FindLookAlikes& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  if (query.key) {
    auto is_there = is_known(db_, *query.key);
    if (!is_there) return fail(is_there.error());
    if (*is_there) return FindLookAlikes::Answer();
  }
  if (!search_) search_ = std::make_shared<SearchMemory>();
  auto feed = find_feed(db_, kSearchFeed);
  if (!feed) return fail(feed.error());
  auto end = end_of(db_);
  if (!end) return fail(end.error());
  if (auto read = search_->tail.refresh(db_, *feed ? (*feed)->cursor.seq : 0, end->head.seq); !read) return fail(read.error());
  auto alike = look_alikes(db_, &search_->tail, identity_of(query.customer, query.licence), std::nullopt);
  if (!alike) return fail(alike.error());
  FindLookAlikes::Answer answer;
  for (LookAlike& one : *alike) {
    auto person = person_around(db_, std::move(one.record));
    if (!person) return fail(person.error());
    const bool is_shown = std::any_of(answer.begin(), answer.end(), [&](const Likely& held) {
      return held.stored.customer.id == person->stored.customer.id;
    });
    if (!is_shown) answer.push_back({std::move(person->stored), one.judgement});
    if (answer.size() == kShownMax) break;
  }
  return answer;
}

Result<ListLookAlikes::Answer> Queries::run(const ListLookAlikes& query) {
  if (query.limit < 1 || query.limit > kPairsPageMax)
    return fail(Errc::invalid, "limit is a number from 1 to " + std::to_string(kPairsPageMax));
  std::optional<Likeness> end;
  if (!query.cursor.empty()) {
    end = likeness_end_of(query.cursor);
    if (!end) return fail(Errc::invalid, "the cursor is not one of this list; begin again without it");
  }
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  auto settings = match_settings(db_);
  if (!settings) return fail(settings.error());
  auto rows = open_likenesses(db_, end, kPairsRead);
  if (!rows) return fail(rows.error());
  ListLookAlikes::Page page;
  for (const Likeness& row : *rows) {
    if (static_cast<std::int64_t>(page.pairs.size()) == query.limit) {
      page.next_cursor = likeness_cursor(*end);
      return page;
    }
    auto pair = pair_of(db_, row, *settings);
    if (!pair) return fail(pair.error());
    if (*pair) page.pairs.push_back(std::move(**pair));
    end = row;
  }
  if (static_cast<std::int64_t>(rows->size()) == kPairsRead) page.next_cursor = likeness_cursor(*end);
  return page;
}

}  // namespace tillgate
