#include "store/record.hpp"
#include "core/customer_state.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "store/row_check.hpp"

namespace tillgate {
namespace {

Error damaged(const CustomerId& id, const char* how) {
  return Error{Errc::corrupt, "a customer's record is damaged", id.text() + " " + how};
}

Result<std::optional<BlindIndex>> index_in(Statement& row, int column, const CustomerId& id) {
  if (row.is_null(column)) return std::optional<BlindIndex>();
  const auto bytes = row.blob(column);
  BlindIndex index{};
  if (bytes.size() != index.size()) return fail(damaged(id, "has an index of a wrong size"));
  std::copy(bytes.begin(), bytes.end(), index.begin());
  return std::optional<BlindIndex>(index);
}

// The state counts by its digest, which is needed anyhow.
RowCheck check_of(const Record& record, const CustomerId& id) {
  const auto& stored = record.stored;
  return row_check("customers", record.n, id, ms_of(stored.created_at), ms_of(stored.updated_at), stored.last_seq,
                   record.licence_index, record.medical_index, stored.etag);
}

}  // namespace

Result<Record> record_in(Statement& row) {
  Record record;
  auto& stored = record.stored;
  record.n = row.integer(0);
  const auto id = row.id<CustomerId>(1);
  stored.created_at = timestamp_from_ms(row.integer(2));
  stored.updated_at = timestamp_from_ms(row.integer(3));
  stored.last_seq = row.integer(4);
  auto licence = index_in(row, 5, id);
  if (!licence) return fail(licence.error());
  auto medical = index_in(row, 6, id);
  if (!medical) return fail(medical.error());
  record.licence_index = *licence;
  record.medical_index = *medical;
  const auto text = row.text(8);
  if (auto ok = row.check(); !ok) return fail(ok.error());
  stored.etag = hash_of(text);
  if (!compare_check(row, 7, check_of(record, id), id.text())) return fail(damaged(id, "does not match its checksum"));
  auto customer = decode_state(text);
  if (!customer) return fail(damaged(id, "cannot be read"));
  if (customer->id != id) return fail(damaged(id, "holds the state of another record"));
  stored.customer = std::move(*customer);
  return record;
}

Result<std::optional<Record>> find_record(Connection& db, const CustomerId& id) {
  auto row =
      db.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n = (SELECT seq FROM ids WHERE id = ?)").with(id);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Record>();
  auto record = record_in(row);
  if (!record) return fail(record.error());
  if (record->stored.customer.id != id) return std::optional<Record>();  // `id` is that of the change that created it
  return std::optional<Record>(std::move(*record));
}

Result<> save_record(Transaction& transaction, Record& record) {
  auto& stored = record.stored;
  const std::string state = encode_state(stored.customer);
  stored.etag = hash_of(state);
  const bool is_new = record.n == 0;
  if (is_new) record.n = stored.last_seq;
  const RowCheck check = check_of(record, stored.customer.id);
  if (!is_new) {
    return transaction.db()
        .prepare(
            "UPDATE customers SET updated_at = ?, last_seq = ?, licence_index = ?, medical_index = ?, row_check = ?, state = ?"
            " WHERE n = ?")
        .with(ms_of(stored.updated_at), stored.last_seq, record.licence_index, record.medical_index, check, state, record.n)
        .run();
  }
  return transaction.db()
      .prepare("INSERT INTO customers (" TILLGATE_RECORD_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .with(record.n, stored.customer.id, ms_of(stored.created_at), ms_of(stored.updated_at), stored.last_seq,
            record.licence_index, record.medical_index, check, state)
      .run();
}

}  // namespace tillgate
