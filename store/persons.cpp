#include "store/persons.hpp"

#include <utility>

#include "core/person_text.hpp"
#include "store/row_check.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kErasedPage = 1000;

struct LinkRow {
  LinkAdd add;
  Seq seq = 0, removed_seq = 0;
};

RowCheck check_of(const LinkRow& row) {
  return row_check("links", row.add.link.a, row.add.link.b, row.add.version.text(), row.seq, row.removed_seq);
}
RowCheck check_of(const CustomerId& record, Field field, const Choice& choice, const std::string& ties, Seq seq) {
  return row_check("choices", record, spec_of(field).name, choice.version.text(), ties, seq);
}
RowCheck check_of(const Tombstone& stone, std::int64_t n, std::int64_t records) {
  return row_check("tombstones", n, stone.record, stone.seq, ms_of(stone.erased_at), records);
}

Error damaged(const char* what) {
  return Error{Errc::corrupt, "what is known of persons is damaged", what};
}

#define TILLGATE_LINK_COLUMNS "a, b, version, seq, removed_seq, row_check"

Result<LinkRow> link_in(Statement& row) {
  const auto version = Version::from_text(row.text(2));
  if (!version) return fail(damaged("a link has no version"));
  const LinkRow link{{{row.id<CustomerId>(0), row.id<CustomerId>(1)}, *version}, row.integer(3), row.integer(4)};
  if (auto sound = compare_check(row, 5, check_of(link), "a link"); !sound) return fail(sound.error());
  return link;
}

Result<std::vector<LinkRow>> links_at(Connection& db, const CustomerId& key) {
  std::vector<LinkRow> links;
  auto rows = db.prepare("SELECT " TILLGATE_LINK_COLUMNS " FROM links WHERE a = ?1 UNION ALL SELECT " TILLGATE_LINK_COLUMNS
                         " FROM links WHERE b = ?1 LIMIT ?2")
                  .with(key, static_cast<std::int64_t>(kPersonLoadMax) + 1);
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return links;
    auto link = link_in(rows);
    if (!link) return fail(link.error());
    links.push_back(std::move(*link));
  }
}

Result<> load_choices(Connection& db, const CustomerId& key, Persons& into) {
  auto rows = db.prepare("SELECT field, version, ties, seq, row_check FROM choices WHERE record = ?").with(key);
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return {};
    const auto field = field_named(rows.text(0));
    const auto version = Version::from_text(rows.text(1));
    const std::string text(rows.text(2));
    auto ties = statements_from(text);
    if (!field || !version || !ties) return fail(damaged("a choice cannot be read"));
    Choice choice{*version, std::move(*ties)};
    if (auto sound = compare_check(rows, 4, check_of(key, *field, choice, text, rows.integer(3)), "a choice"); !sound)
      return sound;
    into.choices.emplace(std::pair(key, *field), std::move(choice));
  }
}

Result<> save_link(Connection& db, const LinkAdd& add, bool is_removed, Seq seq) {
  const RecordPair& link = add.link;
  LinkRow now{add, is_removed ? 0 : seq, is_removed ? seq : 0};
  {
    auto row = db.prepare("SELECT " TILLGATE_LINK_COLUMNS " FROM links WHERE a = ? AND b = ? AND version = ?")
                   .with(link.a, link.b, add.version.text());
    auto has = row.step();
    if (!has) return fail(has.error());
    if (*has) {
      auto held = link_in(row);
      if (!held) return fail(held.error());
      now.seq = held->seq != 0 ? held->seq : now.seq;
      now.removed_seq = held->removed_seq != 0 ? held->removed_seq : now.removed_seq;
    }
  }
  return db.prepare("INSERT OR REPLACE INTO links (" TILLGATE_LINK_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)")
      .with(link.a, link.b, add.version.text(), now.seq, now.removed_seq, check_of(now))
      .run();
}

Result<> save_choice(Connection& db, const CustomerId& record, Field field, const Choice& choice, Seq seq) {
  const std::string ties = text_of(choice.ties);
  return db.prepare("INSERT OR REPLACE INTO choices (record, field, version, ties, seq, row_check) VALUES (?, ?, ?, ?, ?, ?)")
      .with(record, spec_of(field).name, choice.version.text(), ties, seq, check_of(record, field, choice, ties, seq))
      .run();
}

}  // namespace

Result<Persons> load_persons(Connection& db, std::span<const CustomerId> keys) {
  Persons persons;
  std::set<CustomerId> seen(keys.begin(), keys.end());
  std::vector<CustomerId> open(seen.begin(), seen.end());
  while (!open.empty()) {
    const CustomerId key = open.back();
    open.pop_back();
    auto erased = is_erased(db, key);
    if (!erased) return fail(erased.error());
    if (*erased) persons.erased.insert(key);
    auto links = links_at(db, key);
    if (!links) return fail(links.error());
    if (persons.links.size() + links->size() > kPersonLoadMax)
      return fail(Errc::conflict, "more is said of this person than can be handled at once");
    for (const auto& link : *links) {
      persons.links.emplace(link.add, link.removed_seq != 0);
      // Removed ones lead nowhere, but whether their ends are tombstones counts for the questions.
      const CustomerId& other = link.add.link.a == key ? link.add.link.b : link.add.link.a;
      if (seen.insert(other).second) open.push_back(other);
    }
    if (auto done = load_choices(db, key, persons); !done) return fail(done.error());
  }
  return persons;
}

Result<> save_persons(Transaction& transaction, const Persons& before, const Persons& after, Seq seq) {
  Connection& db = transaction.db();
  for (const auto& [add, is_removed] : after.links) {
    const auto held = before.links.find(add);
    if (held != before.links.end() && held->second == is_removed) continue;
    if (auto done = save_link(db, add, is_removed, seq); !done) return done;
  }
  for (const auto& [at, choice] : after.choices) {
    const auto held = before.choices.find(at);
    if (held != before.choices.end() && held->second == choice) continue;
    if (auto done = save_choice(db, at.first, at.second, choice, seq); !done) return done;
  }
  for (const auto& [at, choice] : before.choices) {
    if (after.choices.contains(at)) continue;
    auto gone = db.prepare("DELETE FROM choices WHERE record = ? AND field = ?").with(at.first, spec_of(at.second).name).run();
    if (!gone) return gone;
  }
  return {};
}

Result<bool> is_erased(Connection& db, const CustomerId& key) {
  auto row = db.prepare("SELECT n, record, seq, erased_at, records, row_check FROM tombstones WHERE record = ?").with(key);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return false;
  const Tombstone stone{row.id<CustomerId>(1), row.integer(2), timestamp_from_ms(row.integer(3))};
  if (auto sound = compare_check(row, 5, check_of(stone, row.integer(0), row.integer(4)), "a tombstone"); !sound)
    return fail(sound.error());
  return true;
}

Result<ListErased::Page> erased_after(Connection& db, const ListErased& query) {
  ListErased::Page page;
  page.end = query.after;
  auto row = db.prepare("SELECT n, record, seq, erased_at, records, row_check FROM tombstones WHERE n > ? ORDER BY n LIMIT ?")
                 .with(query.after, kErasedPage + 1);
  for (;;) {
    auto has = row.step();
    if (!has) return fail(has.error());
    if (!*has) break;
    if (static_cast<std::int64_t>(page.erased.size()) == kErasedPage) {
      page.has_more = true;
      break;
    }
    const Tombstone stone{row.id<CustomerId>(1), row.integer(2), timestamp_from_ms(row.integer(3))};
    if (auto sound = compare_check(row, 5, check_of(stone, row.integer(0), row.integer(4)), "a tombstone"); !sound)
      return fail(sound.error());
    page.erased.emplace_back(stone.record, stone.erased_at);
    page.end = row.integer(0);
  }
  if (auto ok = row.check(); !ok) return fail(ok.error());
  return page;
}

Result<> bury(Transaction& transaction, const Tombstone& tombstone, bool had_record) {
  Connection& db = transaction.db();
  auto is_there = is_erased(db, tombstone.record);
  if (!is_there) return fail(is_there.error());
  if (*is_there) return {};
  std::int64_t n = 1, records = 0;
  {
    auto last = db.prepare("SELECT n, records FROM tombstones ORDER BY n DESC LIMIT 1");
    auto has = last.step();
    if (!has) return fail(has.error());
    if (*has) {
      n = last.integer(0) + 1;
      records = last.integer(1);
    }
    if (auto ok = last.check(); !ok) return ok;
  }
  records += had_record ? 1 : 0;
  return db.prepare("INSERT INTO tombstones (n, record, seq, erased_at, records, row_check) VALUES (?, ?, ?, ?, ?, ?)")
      .with(n, tombstone.record, tombstone.seq, ms_of(tombstone.erased_at), records, check_of(tombstone, n, records))
      .run();
}

Result<std::int64_t> records_erased(Connection& db) {
  auto row = db.prepare("SELECT records FROM tombstones ORDER BY n DESC LIMIT 1");
  auto has = row.step();
  if (!has) return fail(has.error());
  return *has ? row.integer(0) : 0;
}

Result<std::vector<Seq>> statements_about(Connection& db, std::span<const CustomerId> keys, std::size_t rows_max) {
  std::set<Seq, std::greater<>> seqs;
  for (const CustomerId& key : keys) {
    auto links = links_at(db, key);
    if (!links) return fail(links.error());
    for (const auto& link : *links) {
      for (const Seq seq : {link.seq, link.removed_seq}) {
        if (seq != 0) seqs.insert(seq);
      }
    }
    auto rows = db.prepare("SELECT seq FROM choices WHERE record = ?").with(key);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      seqs.insert(rows.integer(0));
    }
  }
  std::vector<Seq> found(seqs.begin(), seqs.end());
  if (found.size() > rows_max) found.resize(rows_max);
  return found;
}

}  // namespace tillgate
