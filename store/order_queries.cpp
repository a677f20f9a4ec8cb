// Reads of orders.
#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "core/person.hpp"
#include "store/order_plan.hpp"
#include "store/order_record.hpp"
#include "store/page_end.hpp"
#include "store/queries.hpp"
#include "store/transaction.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kOrderPageMax = 200;

Result<> check_limit(std::int64_t limit) {
  if (limit >= 1 && limit <= kOrderPageMax) return {};
  return fail(Errc::invalid, "limit is a number from 1 to " + std::to_string(kOrderPageMax));
}

auto foreign_cursor() {
  return fail(Errc::invalid, "the cursor is not one of this list; begin again without it");
}

// One more than asked for says that there is more.
Result<std::vector<OrderRecord>> records_in(Statement&& rows) {
  std::vector<OrderRecord> records;
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return records;
    auto record = order_record_in(rows);
    if (!record) return fail(record.error());
    records.push_back(std::move(*record));
  }
}

template <class CursorOf>
OrderPage page_of(std::vector<OrderRecord> records, std::int64_t limit, const CursorOf& cursor_of_last) {
  OrderPage page;
  const bool has_more = static_cast<std::int64_t>(records.size()) > limit;
  if (has_more) records.resize(static_cast<std::size_t>(limit));
  if (has_more) page.next_cursor = cursor_of_last(records.back());
  for (auto& record : records) page.orders.push_back(std::move(record.stored));
  return page;
}

}  // namespace

Result<GetOrder::Answer> Queries::run(const GetOrder& query) {
  auto record = find_order(db_, query.id);
  if (!record) return fail(record.error());
  if (!*record) return GetOrder::Answer();
  return GetOrder::Answer(std::move((*record)->stored));
}

Result<ListOrders::Answer> Queries::run(const ListOrders& query) {
  if (auto fits = check_limit(query.limit); !fits) return fail(fits.error());
  const auto end = arrival_end_of(query.cursor);
  if (!end) return foreign_cursor();
  auto rows = query.status ? db_.prepare("SELECT " TILLGATE_ORDER_COLUMNS
                                         " FROM orders INDEXED BY orders_status WHERE status = ? AND n > ? ORDER BY n LIMIT ?")
                                 .with(static_cast<std::int64_t>(*query.status), *end, query.limit + 1)
                           : db_.prepare("SELECT " TILLGATE_ORDER_COLUMNS " FROM orders WHERE n > ? ORDER BY n LIMIT ?")
                                 .with(*end, query.limit + 1);
  auto records = records_in(std::move(rows));
  if (!records) return fail(records.error());
  return page_of(std::move(*records), query.limit, [](const OrderRecord& last) { return arrival_cursor(last.n); });
}

Result<OrdersOf::Answer> Queries::run(const OrdersOf& query) {
  if (auto fits = check_limit(query.limit); !fits) return fail(fits.error());
  if (query.person.size() > kPersonKeysMax) return fail(Errc::invalid, "too many records of one person");
  const auto end = settled_end_of(query.cursor);
  if (!end) return foreign_cursor();
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  const auto rank = [](const OrderRecord& record) { return std::tuple(settled_at(record.stored.order), record.n); };
  std::vector<OrderRecord> all;
  for (const CustomerId& id : query.person) {
    auto records =
        records_in(db_.prepare("SELECT " TILLGATE_ORDER_COLUMNS
                               " FROM orders INDEXED BY orders_customer WHERE customer = ? AND (settled_at, n) < (?, ?)"
                               " ORDER BY settled_at DESC, n DESC LIMIT ?")
                       .with(id, end->settled_at, end->n, query.limit + 1));
    if (!records) return fail(records.error());
    std::move(records->begin(), records->end(), std::back_inserter(all));
    // No more is held than what one page can show.
    std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
    if (static_cast<std::int64_t>(all.size()) > query.limit + 1) all.resize(static_cast<std::size_t>(query.limit + 1));
  }
  return page_of(std::move(all), query.limit, [](const OrderRecord& last) {
    return settled_cursor({settled_at(last.stored.order), last.n});
  });
}

Result<TryOrder::Answer> Queries::run(const TryOrder& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  auto plan = plan_create(db_, SalePlace{query.store, query.rules, query.at}, query.actor, query.patch, query.may_resume);
  if (!plan) return fail(plan.error());
  TryOrder::Answer answer;
  answer.verdict = std::move(plan->verdict);
  if (plan->open) answer.resumes = plan->open->stored.order.id;
  answer.status = plan->after.status().value_or(OrderStatus::verification_pending);
  return answer;
}

}  // namespace tillgate
