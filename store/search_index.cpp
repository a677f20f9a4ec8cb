#include "store/search_index.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/block_terms.hpp"
#include "core/check.hpp"
#include "store/ledger.hpp"
#include "store/touched.hpp"

namespace tillgate {
namespace {

constexpr std::string_view kClearing = "clearing";
constexpr std::int64_t kClearPerRow = 8;  // terms cleared away in the time of indexing a row

using Terms = std::vector<std::string>;

std::optional<BlindIndex> index_of(const Sealer& sealer, const Customer& customer, Field field) {
  const auto& sealed = customer[field].value;
  if (!sealed) return std::nullopt;
  auto plain = sealer.open(customer.id, field, *sealed);
  if (!plain) return std::nullopt;  // sealed under a key that is gone: found by its other terms
  return sealer.blind_index(field, *plain);
}

// What is searched by, and what look-alikes are found by.
Terms terms_of(const Customer& customer, const std::optional<BlindIndex>& licence, const std::optional<BlindIndex>& medical) {
  Terms terms = search_terms(search_card(customer, licence, medical));
  Terms blocks = block_terms(identity_of(customer, licence));
  terms.insert(terms.end(), blocks.begin(), blocks.end());
  std::sort(terms.begin(), terms.end());
  return terms;
}

Terms terms_of(const Sealer& sealer, const Customer& customer) {
  return terms_of(customer, index_of(sealer, customer, Field::licence_number),
                  index_of(sealer, customer, Field::medical_number));
}

Result<> add_term(Transaction& transaction, std::string_view term, std::int64_t n) {
  Connection& db = transaction.db();
  auto added = db.prepare("INSERT OR IGNORE INTO search_terms (term, n) VALUES (?, ?)").with(as_bytes(term), n).run();
  const auto word = word_of_term(term);
  if (!added || !word) return added;
  return db.prepare("INSERT OR IGNORE INTO search_words (word) VALUES (?)").with(as_bytes(*word)).run();
}

Result<> remove_term(Transaction& transaction, std::string_view term, std::int64_t n) {
  Connection& db = transaction.db();
  auto removed = db.prepare("DELETE FROM search_terms WHERE term = ? AND n = ?").with(as_bytes(term), n).run();
  const auto word = word_of_term(term);
  if (!removed || !word) return removed;
  const TermRange range = [&] {
    std::string first(*word), end(*word);
    return TermRange{first += kTermJoint, end += static_cast<char>(kTermJoint + 1)};
  }();
  {
    auto user = db.prepare("SELECT n FROM search_terms WHERE term >= ? AND term < ? LIMIT 1")
                    .with(as_bytes(range.first), as_bytes(range.end));
    auto has = user.step();
    if (!has) return fail(has.error());
    if (*has) return {};
  }
  return db.prepare("DELETE FROM search_words WHERE word = ?").with(as_bytes(*word)).run();
}

Result<> replace_terms(Transaction& transaction, std::int64_t n, const Terms& before, const Terms& after) {
  Terms added, removed;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(added));
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(removed));
  for (const auto& term : added) {
    if (auto done = add_term(transaction, term, n); !done) return done;
  }
  for (const auto& term : removed) {
    if (auto done = remove_term(transaction, term, n); !done) return done;
  }
  return {};
}

Result<Terms> terms_at(Connection& db, const Sealer& sealer, std::int64_t n, const CustomerId& id, Seq seq) {
  if (seq == 0) return Terms();
  {
    auto row = db.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n = ? AND last_seq = ?").with(n, seq);
    auto has = row.step();
    if (!has) return fail(has.error());
    if (*has) {
      auto record = record_in(row);
      if (!record) return fail(record.error());
      return terms_of(*record);
    }
  }
  auto customer = customer_at(db, id, seq);
  if (!customer) return fail(customer.error());
  return terms_of(sealer, *customer);
}

// True once nothing is left.
Result<bool> clear_some(Transaction& transaction, std::int64_t rows_max) {
  Connection& db = transaction.db();
  auto terms =
      db.prepare("DELETE FROM search_terms WHERE (term, n) IN (SELECT term, n FROM search_terms ORDER BY term, n LIMIT ?)")
          .with(rows_max)
          .run();
  if (!terms) return fail(terms.error());
  auto words =
      db.prepare("DELETE FROM search_words WHERE id IN (SELECT id FROM search_words ORDER BY id LIMIT ?)").with(rows_max).run();
  if (!words) return fail(words.error());
  auto left = db.integer_of("SELECT EXISTS (SELECT 1 FROM search_terms) OR EXISTS (SELECT 1 FROM search_words)");
  if (!left) return fail(left.error());
  return *left == 0;
}

Result<FeedRow> read_cursor(Connection& db) {
  auto held = find_feed(db, kSearchFeed);
  if (!held) return fail(held.error());
  return *held ? **held : FeedRow{std::string(kSearchFeed), {}, {}, {}, {}};
}

}  // namespace

std::vector<std::string> terms_of(const Record& record) {
  return terms_of(record.stored.customer, record.licence_index, record.medical_index);
}

bool is_clearing(const FeedRow& feed) {
  return feed.last_error == kClearing;
}

Result<Seq> index_rows(Transaction& transaction, const Sealer& sealer, std::int64_t rows_max, Timestamp now) {
  Connection& db = transaction.db();
  auto feed = read_cursor(db);
  if (!feed) return fail(feed.error());
  if (is_clearing(*feed)) {
    auto is_empty = clear_some(transaction, rows_max * kClearPerRow);
    if (!is_empty) return fail(is_empty.error());
    if (!*is_empty) return Seq{0};
    feed->last_error.clear();
    feed->cursor = {};
  } else {
    auto step = customers_touched(db, feed->cursor.seq, rows_max);
    if (!step) return fail(step.error());
    if (step->upto == feed->cursor.seq) return feed->cursor.seq;
    for (const auto& [n, touched] : step->customers) {
      auto before = terms_at(db, sealer, n, touched.id, touched.before);
      if (!before) return fail(before.error());
      auto after = terms_at(db, sealer, n, touched.id, touched.last);
      if (!after) return fail(after.error());
      if (auto done = replace_terms(transaction, n, *before, *after); !done) return fail(done.error());
    }
    feed->cursor.seq = step->upto;
  }
  auto digest = digest_at(db, feed->cursor.seq);
  if (!digest) return fail(digest.error());
  CHECK(digest->has_value());
  feed->cursor.digest = **digest;
  feed->updated_at = now;
  if (auto saved = save_feed(transaction, *feed); !saved) return fail(saved.error());
  return feed->cursor.seq;
}

Result<> begin_reindex(Transaction& transaction, Timestamp now) {
  FeedRow feed{std::string(kSearchFeed), {}, {}, std::string(kClearing), now};
  return save_feed(transaction, feed);
}

Result<> forget_terms(Transaction& transaction, const Sealer& sealer, const CustomerId& id) {
  Connection& db = transaction.db();
  auto record = find_record(db, id);
  if (!record) return fail(record.error());
  if (!*record) return {};
  std::vector<LedgerChange> changes;  // newest first
  for (Seq seq = (*record)->stored.last_seq; seq > 0; seq = changes.back().prior) {
    auto change = change_at(db, seq);
    if (!change) return fail(change.error());
    if (!*change || (*change)->prior >= seq) return fail(Errc::corrupt, "the ledger is damaged", "row " + std::to_string(seq));
    changes.push_back(std::move(**change));
  }
  Terms terms = terms_of(**record);
  Customer customer;
  customer.id = id;
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    merge(customer, changes_in(change->payload));
    const Terms then = terms_of(sealer, customer);
    terms.insert(terms.end(), then.begin(), then.end());
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return replace_terms(transaction, (*record)->n, terms, {});
}

}  // namespace tillgate
