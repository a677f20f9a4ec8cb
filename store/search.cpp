#include "store/search.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/name.hpp"
#include "store/feeds.hpp"
#include "store/ledger.hpp"
#include "store/person_view.hpp"
#include "store/search_candidates.hpp"
#include "store/search_index.hpp"
#include "store/transaction.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kLimitMax = 50;
constexpr std::size_t kReadMax = 300;  // records

using Hit = SearchCustomers::Hit;
using Found = SearchCustomers::Found;

// The person that the record belongs to, if the record by itself or the person as shown is one of those who were asked for.
Result<std::optional<Hit>> read_hit(Connection& db, const SearchQuery& query, std::int64_t n) {
  auto row = db.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n = ?").with(n);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Hit>();
  auto record = record_in(row);
  if (!record) return fail(record.error());
  const auto licence = record->licence_index, medical = record->medical_index;
  auto fit = match(query, search_card(record->stored.customer, licence, medical));
  auto view = person_around(db, std::move(*record));
  if (!view) return fail(view.error());
  if (!fit && view->members.size() > 1) fit = match(query, search_card(view->stored.customer, licence, medical));
  if (!fit) return std::optional<Hit>();
  return std::optional(Hit{std::move(view->stored), std::move(*fit)});
}

// A person of several records comes once, with the best of what was found.
void add_once(std::vector<Hit>& hits, Hit hit) {
  const auto same = std::find_if(hits.begin(), hits.end(),
                                 [&](const Hit& held) { return held.stored.customer.id == hit.stored.customer.id; });
  if (same == hits.end()) {
    hits.push_back(std::move(hit));
  } else if (hit.match.score > same->match.score) {
    same->match = std::move(hit.match);
  }
}

// Equals in the order of the alphabet, as they lie in the index.
void put_in_order(std::vector<Hit>& hits) {
  const auto name = [](const Hit& hit) {
    const Customer& customer = hit.stored.customer;
    return std::pair(name_text(customer.text(Field::last_name)), name_text(customer.text(Field::first_name)));
  };
  std::vector<std::pair<decltype(name(hits[0])), Hit>> named;
  named.reserve(hits.size());
  for (auto& hit : hits) named.emplace_back(name(hit), std::move(hit));
  std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
    return std::tie(b.second.match.score, a.first) < std::tie(a.second.match.score, b.first);
  });
  hits.clear();
  for (auto& [key, hit] : named) hits.push_back(std::move(hit));
}

Result<> collect(Connection& db, SearchMemory& memory, const SearchQuery& query, bool may_have_slips, std::size_t page,
                 Found& found) {
  SearchCandidates candidates(db, query, static_cast<std::int64_t>(page));
  for (const auto& [seq, entry] : memory.tail.entries()) {
    if (const auto fit = match(query, entry.card)) candidates.add(entry.n, 100 - fit->score);
  }
  if (auto done = candidates.collect(); !done) return done;
  if (may_have_slips && candidates.calls_for_slips()) {
    if (auto done = candidates.collect_with_slips(memory.words); !done) return done;
  }
  const auto ranked = candidates.ranked();
  std::size_t at = 0;
  for (; at < ranked.size() && at < kReadMax && found.hits.size() <= page; ++at) {
    auto hit = read_hit(db, query, ranked[at].n);
    if (!hit) return fail(hit.error());
    if (*hit) add_once(found.hits, std::move(**hit));
  }
  found.has_more = found.has_more || at < ranked.size() || candidates.is_cut();
  return {};
}

}  // namespace

Result<SearchCustomers::Found> search(Connection& db, SearchMemory& memory, const SearchCustomers& asked) {
  const SearchQuery& query = asked.query;
  if (asked.limit < 1 || asked.limit > kLimitMax)
    return fail(Errc::invalid, "limit is a number from 1 to " + std::to_string(kLimitMax));
  if (query.words.empty() && query.first.empty() && query.last.empty() && query.marks.empty())
    return fail(Errc::invalid, "nothing is asked");
  auto snapshot = Transaction::begin(db, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());

  auto feed = find_feed(db, kSearchFeed);
  if (!feed) return fail(feed.error());
  auto end = end_of(db);
  if (!end) return fail(end.error());
  if (auto read = memory.tail.refresh(db, *feed ? (*feed)->cursor.seq : 0, end->head.seq); !read) return fail(read.error());

  const auto page = static_cast<std::size_t>(asked.limit);
  Found found;
  if (auto done = collect(db, memory, query, true, page, found); !done) return fail(done.error());
  if (found.hits.empty()) {
    for (const auto& reading : other_readings(query)) {
      if (auto done = collect(db, memory, reading, false, page, found); !done) return fail(done.error());
      if (!found.hits.empty()) break;
    }
  }
  found.unread = memory.tail.unread();
  found.has_more = found.has_more || found.hits.size() > page || found.unread > 0;
  put_in_order(found.hits);
  if (found.hits.size() > page) found.hits.erase(found.hits.begin() + asked.limit, found.hits.end());
  return found;
}

}  // namespace tillgate
