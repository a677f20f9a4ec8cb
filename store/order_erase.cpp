#include "store/order_erase.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "store/order_record.hpp"

namespace tillgate {
namespace {

constexpr std::array kWords{OrderField::notes, OrderField::reason};
constexpr std::size_t kLinesPerChange = 150;  // far below kPayloadBytesMax each

bool is_words(OrderField field) {
  return std::find(kWords.begin(), kWords.end(), field) != kWords.end();
}

// Its rows, newest first, and whether one of them ever held words.
struct Rows {
  std::vector<Seq> seqs;
  bool has_words = false;
};
Result<Rows> rows_of(Connection& db, const StoredOrder& stored) {
  Rows rows;
  for (Seq seq = stored.last_seq; seq > 0;) {
    auto blanked = blanked_at(db, seq);
    if (!blanked) return fail(blanked.error());
    if (*blanked) {
      seq = (*blanked)->prior;
      continue;
    }
    auto change = change_at(db, seq);
    if (!change) return fail(change.error());
    if (!*change || (*change)->envelope.key != stored.order.id || (*change)->prior >= seq)
      return fail(Errc::corrupt, "the ledger is damaged",
                  "row " + std::to_string(seq) + " is not a change of the order to strip");
    rows.seqs.push_back(seq);
    for (const OrderWrite& write : std::get<OrderChange>((*change)->payload.body).fields)
      rows.has_words |= is_words(write.field) && write.value;
    seq = (*change)->prior;
  }
  return rows;
}

// All that the order is, each leaf with the version that it has, but its words: those are cleared now.
std::vector<OrderChange> restated(const Order& order, const Version& version) {
  std::vector<OrderChange> changes(1);
  for (const auto& spec : order_fields()) {
    const Cell& cell = order[spec.field];
    if (!cell.version.is_set()) continue;
    if (is_words(spec.field)) {
      changes.front().fields.push_back({spec.field, std::nullopt, version, cell.version});
    } else {
      changes.front().fields.push_back({spec.field, cell.value, cell.version, {}});
    }
  }
  for (const auto& [account, cell] : order.pos_links)
    changes.front().pos_links.push_back({account, cell.value, cell.version, {}});
  for (const auto& [key, cell] : order.lines) {
    if (changes.back().lines.size() == kLinesPerChange) changes.emplace_back();
    changes.back().lines.push_back({key, cell.line, cell.version, {}});
  }
  return changes;
}

Result<> strip(ApplyContext& context, const EraseCustomer& command, OrderRecord& record, const Moment& now) {
  Connection& db = context.transaction.db();
  StoredOrder& stored = record.stored;
  auto rows = rows_of(db, stored);
  if (!rows) return fail(rows.error());
  if (!rows->has_words) return {};
  const Version version = next_version(context, now, stored.order.newest().hlc);
  for (OrderChange& change : restated(stored.order, version)) {
    const ChangeId id(uuid_v7(now.recorded_at, random_bytes<10>(context.options)));
    Draft draft = draft_of(context, command, id, version, now);
    draft.entity = kOrderEntity;
    draft.key = stored.order.id;
    draft.kind = "update";
    draft.reason = kEraseReason;
    draft.prior = stored.last_seq;
    merge(stored.order, change);
    draft.body = std::move(change);
    auto place = context.ledger.append(context.transaction, draft);
    if (!place) return fail(place.error());
    stored.last_seq = place->seq;
  }
  stored.updated_at = now.recorded_at;
  for (const Seq seq : rows->seqs) {
    if (auto done = blank_payload(context.transaction, seq); !done) return done;
  }
  return save_order(context.transaction, record);
}

}  // namespace

Result<> strip_orders(ApplyContext& context, const EraseCustomer& command, const CustomerId& customer, const Moment& now) {
  Connection& db = context.transaction.db();
  std::vector<std::int64_t> numbers;
  {
    auto rows = db.prepare("SELECT n FROM orders INDEXED BY orders_customer WHERE customer = ?").with(customer);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      numbers.push_back(rows.integer(0));
    }
  }
  for (const std::int64_t n : numbers) {
    OrderRecord record;
    {
      auto row = db.prepare("SELECT " TILLGATE_ORDER_COLUMNS " FROM orders WHERE n = ?").with(n);
      auto has = row.step();
      if (!has) return fail(has.error());
      auto read = order_record_in(row);
      if (!read) return fail(read.error());
      record = std::move(*read);
    }
    if (auto done = strip(context, command, record, now); !done) return done;
  }
  return {};
}

}  // namespace tillgate
