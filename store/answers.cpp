#include "store/answers.hpp"

namespace tillgate {
namespace {

// Derived like a change's id but without the request, so that keys made together lie together in the index.
Uuid name_of(const CommandKey& key) {
  return derive_uuid(key.scope, key.key, Digest{}, 0xffffffff);
}

}  // namespace

Result<std::optional<Answer>> find_answer(Transaction& transaction, const CommandKey& key, Timestamp expired_before) {
  const Uuid name = name_of(key);
  Answer answer;
  {
    auto row = transaction.db().prepare("SELECT request, customer, seq, created_at FROM answers WHERE key = ?").with(name);
    auto has = row.step();
    if (!has) return fail(has.error());
    if (!*has) return std::optional<Answer>();
    answer = Answer{row.digest(0), row.id<CustomerId>(1), row.integer(2), timestamp_from_ms(row.integer(3))};
    if (auto ok = row.check(); !ok) return fail(ok.error());
  }
  if (answer.created_at >= expired_before) return std::optional<Answer>(answer);
  if (auto gone = transaction.db().prepare("DELETE FROM answers WHERE key = ?").with(name).run(); !gone)
    return fail(gone.error());
  return std::optional<Answer>();
}

Result<> keep_answer(Transaction& transaction, const CommandKey& key, const Answer& answer) {
  return transaction.db()
      .prepare("INSERT INTO answers (key, request, customer, seq, created_at) VALUES (?, ?, ?, ?, ?)")
      .with(name_of(key), answer.request, answer.customer, answer.seq, ms_of(answer.created_at))
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
  return transaction.db()
      .prepare("UPDATE answers SET created_at = ?1 WHERE created_at > ?1 AND n IN (SELECT n FROM answers ORDER BY n LIMIT ?2)")
      .with(ms_of(now), rows_max)
      .run();
}

}  // namespace tillgate
