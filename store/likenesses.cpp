#include "store/likenesses.hpp"

#include <charconv>

#include "store/row_check.hpp"

namespace tillgate {
namespace {

#define TILLGATE_LIKENESS_COLUMNS "a, b, chance, apart_seq, row_check"

RowCheck check_of(const Likeness& likeness) {
  return row_check("likenesses", likeness.pair.a, likeness.pair.b, likeness.chance, likeness.apart_seq);
}

Result<Likeness> likeness_in(Statement& row) {
  const Likeness likeness{{row.id<CustomerId>(0), row.id<CustomerId>(1)}, row.integer(2), row.integer(3)};
  if (auto sound = compare_check(row, 4, check_of(likeness), "a pair of look-alikes"); !sound) return fail(sound.error());
  return likeness;
}

Result<std::vector<Likeness>> all_in(Statement rows) {
  std::vector<Likeness> found;
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return found;
    auto likeness = likeness_in(rows);
    if (!likeness) return fail(likeness.error());
    found.push_back(*likeness);
  }
}

constexpr std::int64_t kAllOfOne = 1'000'000;

}  // namespace

Result<std::optional<Likeness>> find_likeness(Connection& db, const RecordPair& pair) {
  auto row = db.prepare("SELECT " TILLGATE_LIKENESS_COLUMNS " FROM likenesses WHERE a = ? AND b = ?").with(pair.a, pair.b);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Likeness>();
  auto likeness = likeness_in(row);
  if (!likeness) return fail(likeness.error());
  return std::optional(*likeness);
}

Result<std::vector<Likeness>> likenesses_of(Connection& db, const CustomerId& id) {
  return all_in(db.prepare("SELECT " TILLGATE_LIKENESS_COLUMNS
                           " FROM likenesses WHERE a = ?1 UNION ALL SELECT " TILLGATE_LIKENESS_COLUMNS
                           " FROM likenesses WHERE b = ?1 LIMIT ?2")
                    .with(id, kAllOfOne));
}

Result<> save_likeness(Transaction& transaction, const Likeness& likeness) {
  return transaction.db()
      .prepare("INSERT OR REPLACE INTO likenesses (" TILLGATE_LIKENESS_COLUMNS ") VALUES (?, ?, ?, ?, ?)")
      .with(likeness.pair.a, likeness.pair.b, likeness.chance, likeness.apart_seq, check_of(likeness))
      .run();
}

Result<> remove_likeness(Transaction& transaction, const RecordPair& pair) {
  return transaction.db().prepare("DELETE FROM likenesses WHERE a = ? AND b = ?").with(pair.a, pair.b).run();
}

Result<> forget_likenesses(Transaction& transaction, const CustomerId& id) {
  return transaction.db().prepare("DELETE FROM likenesses WHERE a = ?1 OR b = ?1").with(id).run();
}

Result<std::vector<Likeness>> open_likenesses(Connection& db, const std::optional<Likeness>& end, std::int64_t rows_max) {
  if (!end)
    return all_in(db.prepare("SELECT " TILLGATE_LIKENESS_COLUMNS
                             " FROM likenesses WHERE apart_seq = 0 ORDER BY chance DESC, a DESC, b DESC LIMIT ?")
                      .with(rows_max));
  return all_in(db.prepare("SELECT " TILLGATE_LIKENESS_COLUMNS
                           " FROM likenesses WHERE apart_seq = 0 AND (chance, a, b) < (?, ?, ?)"
                           " ORDER BY chance DESC, a DESC, b DESC LIMIT ?")
                    .with(end->chance, end->pair.a, end->pair.b, rows_max));
}

std::string likeness_cursor(const Likeness& end) {
  return "l" + std::to_string(end.chance) + "." + end.pair.a.text() + "." + end.pair.b.text();
}

std::optional<Likeness> likeness_end_of(std::string_view cursor) {
  if (!cursor.starts_with('l')) return std::nullopt;
  cursor.remove_prefix(1);
  Likeness end;
  const auto [rest, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), end.chance);
  cursor.remove_prefix(static_cast<std::size_t>(rest - cursor.data()));
  const auto dot = cursor.find('.', 1);
  if (error != std::errc{} || !cursor.starts_with('.') || dot == std::string_view::npos) return std::nullopt;
  const auto a = CustomerId::from_text(cursor.substr(1, dot - 1)), b = CustomerId::from_text(cursor.substr(dot + 1));
  if (!a || !b || end.chance < 0) return std::nullopt;
  end.pair = {*a, *b};
  return end;
}

}  // namespace tillgate
