#include "store/pos_links.hpp"

#include "store/record.hpp"

namespace tillgate {
namespace {

const std::optional<std::string>& id_at(const PosLinks& links, const std::string& account) {
  static const std::optional<std::string> none;
  const auto held = links.find(account);
  return held == links.end() ? none : held->second.value;
}

Result<> write_each(Transaction& transaction, const char* statement, std::int64_t n, const PosLinks& links, const PosLinks& but) {
  for (const auto& [account, cell] : links) {
    if (!cell.value || cell.value == id_at(but, account)) continue;
    if (auto done = transaction.db().prepare(statement).with(account, *cell.value, n).run(); !done) return done;
  }
  return {};
}

}  // namespace

Result<std::vector<CustomerId>> pos_link_holders(Connection& db, std::string_view account, std::string_view pos_id) {
  std::vector<CustomerId> holders;
  auto row = db.prepare("SELECT " TILLGATE_RECORD_COLUMNS
                        " FROM customers WHERE n IN (SELECT n FROM pos_links WHERE account = ? AND pos_id = ?) ORDER BY n")
                 .with(account, pos_id);
  for (;;) {
    auto has = row.step();
    if (!has) return fail(has.error());
    if (!*has) return holders;
    auto record = record_in(row);
    if (!record) return fail(record.error());
    const Customer& customer = record->stored.customer;
    if (id_at(customer.pos_links, std::string(account)) == pos_id) holders.push_back(customer.id);
  }
}

Result<> save_pos_links(Transaction& transaction, std::int64_t n, const PosLinks& before, const PosLinks& after) {
  auto gone = write_each(transaction, "DELETE FROM pos_links WHERE account = ? AND pos_id = ? AND n = ?", n, before, after);
  if (!gone) return gone;
  return write_each(transaction, "INSERT OR IGNORE INTO pos_links (account, pos_id, n) VALUES (?, ?, ?)", n, after, before);
}

Result<bool> has_pos_links(Connection& db, std::int64_t n, const PosLinks& links) {
  for (const auto& [account, cell] : links) {
    if (!cell.value) continue;
    auto row = db.prepare("SELECT 1 FROM pos_links WHERE account = ? AND pos_id = ? AND n = ?").with(account, *cell.value, n);
    auto has = row.step();
    if (!has) return fail(has.error());
    if (!*has) return false;
  }
  return true;
}

}  // namespace tillgate
