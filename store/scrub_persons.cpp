// Of a scrub: what is said of persons, and who was proposed to be one. Each row against its checksum, and each way from the ledger to it.
#include <algorithm>
#include <array>
#include <utility>

#include "store/likenesses.hpp"
#include "store/persons.hpp"
#include "store/scrub.hpp"
#include "store/scrub_reads.hpp"

namespace tillgate {

// A statement in the ledger that its table does not know would be a link that nobody follows.
Result<> Scrub::check_statement(Connection& db, Seq seq, const PersonChange& change) {
  std::vector<CustomerId> keys;
  if (const auto* merge = std::get_if<Merge>(&change)) keys = {merge->add.link.a};
  if (const auto* unmerge = std::get_if<Unmerge>(&change)) keys = {unmerge->key};
  if (const auto* erase = std::get_if<Erase>(&change)) {
    for (const CustomerId& key : erase->keys) {
      auto erased = is_erased(db, key);
      if (!erased && !is_of_the_row(erased.error())) return fail(erased.error());
      if (!erased || !*erased) find("ledger", seq, "erased somebody whose tombstone is not there");
    }
    return {};
  }
  if (keys.empty()) return {};
  auto seqs = statements_about(db, keys, kPersonLoadMax);
  if (!seqs && !is_of_the_row(seqs.error())) return fail(seqs.error());
  // An unmerge of what was removed already leaves no trace.
  const bool is_merge = std::holds_alternative<Merge>(change);
  if (!seqs || (is_merge && std::find(seqs->begin(), seqs->end(), seq) == seqs->end()))
    find("ledger", seq, "says something of a person that is not in the tables");
  return {};
}

Result<bool> Scrub::check_persons(Connection& db) {
  std::vector<CustomerId> next;
  {
    const std::uint8_t nothing = 0;
    const std::span<const std::uint8_t> after =
        last_linked_ ? std::span<const std::uint8_t>(last_linked_->bytes) : std::span(&nothing, 0);
    auto rows = db.prepare("SELECT DISTINCT a FROM links WHERE a > ? ORDER BY a LIMIT ?").with(after, rows_);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      next.push_back(rows.id<CustomerId>(0));
      if (auto ok = rows.check(); !ok) return fail(ok.error());
    }
  }
  for (const CustomerId& key : next) {
    auto persons = load_persons(db, std::array{key});
    if (!persons && !is_of_the_row(persons.error())) return fail(persons.error());
    if (!persons && persons.error().code == Errc::corrupt)
      find("links of " + key.text() + ": what is said there is not what was written");
    last_linked_ = key;
    settle();
  }
  return next.empty();
}

// Proposals may be missing, they come back; one that was altered could hide that somebody said "these are two".
Result<bool> Scrub::check_likenesses(Connection& db) {
  std::vector<RecordPair> next;
  {
    const std::uint8_t nothing = 0;
    const auto begin = std::span(&nothing, 0);
    auto rows = db.prepare("SELECT a, b FROM likenesses WHERE (a, b) > (?, ?) ORDER BY a, b LIMIT ?")
                    .with(last_pair_ ? std::span<const std::uint8_t>(last_pair_->a.bytes) : begin,
                          last_pair_ ? std::span<const std::uint8_t>(last_pair_->b.bytes) : begin, rows_);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      next.push_back({rows.id<CustomerId>(0), rows.id<CustomerId>(1)});
      if (auto ok = rows.check(); !ok) return fail(ok.error());
    }
  }
  for (const RecordPair& pair : next) {
    auto likeness = find_likeness(db, pair);
    if (!likeness && !is_of_the_row(likeness.error())) return fail(likeness.error());
    if (!likeness || !*likeness) find("likenesses of " + pair.a.text() + " and " + pair.b.text() + ": not what was written");
    last_pair_ = pair;
    settle();
  }
  return next.empty();
}

}  // namespace tillgate
