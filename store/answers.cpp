#include "store/answers.hpp"

#include <vector>

#include "store/row_check.hpp"

namespace tillgate {
namespace {

RowCheck check_of(const Answer& answer) {
  return row_check("answers", answer.of, answer.record, answer.seq, ms_of(answer.created_at));
}

// A row of key, record, seq, created_at, row_check.
Result<Answer> answer_in(Statement& row) {
  const Answer answer{row.id<ChangeId>(0), row.uuid(1), row.integer(2), timestamp_from_ms(row.integer(3))};
  if (auto sound = compare_check(row, 4, check_of(answer), "a kept answer"); !sound) return fail(sound.error());
  return answer;
}

}  // namespace

Result<std::optional<Answer>> find_answer(Transaction& transaction, const ChangeId& of, Timestamp expired_before) {
  const ChangeIdRange keys = changes_of_same_key(of);
  Answer answer;
  {
    auto row = transaction.db()
                   .prepare("SELECT key, record, seq, created_at, row_check FROM answers WHERE key BETWEEN ? AND ?")
                   .with(keys.first, keys.last);
    auto has = row.step();
    if (!has) return fail(has.error());
    if (!*has) return std::optional<Answer>();
    auto read = answer_in(row);
    if (!read) return fail(read.error());
    answer = *read;
  }
  if (answer.created_at >= expired_before) return std::optional<Answer>(answer);
  auto gone = transaction.db().prepare("DELETE FROM answers WHERE key BETWEEN ? AND ?").with(keys.first, keys.last).run();
  if (!gone) return fail(gone.error());
  return std::optional<Answer>();
}

Result<std::optional<Answer>> answer_at(Connection& db, std::int64_t n) {
  auto row = db.prepare("SELECT key, record, seq, created_at, row_check FROM answers WHERE n = ?").with(n);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Answer>();
  auto read = answer_in(row);
  if (!read) return fail(read.error());
  return std::optional<Answer>(*read);
}

Result<> keep_answer(Transaction& transaction, const Answer& answer) {
  return transaction.db()
      .prepare("INSERT INTO answers (key, record, seq, created_at, row_check) VALUES (?, ?, ?, ?, ?)")
      .with(answer.of, answer.record, answer.seq, ms_of(answer.created_at), check_of(answer))
      .run();
}

Result<> forget_answers(Transaction& transaction, Timestamp expired_before, std::int64_t rows_max) {
  // Rows came in the order of n, so the oldest are found without an index on their age.
  return transaction.db()
      .prepare("DELETE FROM answers WHERE created_at < ? AND n IN (SELECT n FROM answers ORDER BY n LIMIT ?)")
      .with(ms_of(expired_before), rows_max)
      .run();
}

Result<> redate_answers(Transaction& transaction, Timestamp now, std::int64_t rows_max) {
  std::vector<Answer> ahead;
  {
    auto rows = transaction.db()
                    .prepare(
                        "SELECT key, record, seq, created_at, row_check FROM answers WHERE created_at > ?"
                        " AND n IN (SELECT n FROM answers ORDER BY n LIMIT ?)")
                    .with(ms_of(now), rows_max);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      auto answer = answer_in(rows);
      if (!answer) return fail(answer.error());
      ahead.push_back(*answer);
    }
  }
  for (auto& answer : ahead) {
    answer.created_at = now;
    auto dated = transaction.db()
                     .prepare("UPDATE answers SET created_at = ?, row_check = ? WHERE key = ?")
                     .with(ms_of(now), check_of(answer), answer.of)
                     .run();
    if (!dated) return dated;
  }
  return {};
}

}  // namespace tillgate
