// Scrub over orders: silent over what is sound, and each kind of damage has its finding.
#include <gtest/gtest.h>

#include "store/scrub.hpp"
#include "tests/store/orders.hpp"

namespace tillgate {
namespace {

using namespace testing;

// Rows: 1 customer, 2 order of theirs, 3 a walk-in's, 4 the first moves, 5 another customer, 6 the first customer's next order.
struct Subject : World {
  std::unique_ptr<Store> store = open();
  OrderCommitted first, second;

  Subject() {
    const auto ada = customer(*store);
    first = placed(*store, order(ada, {{"p1", 2}}, key_of("o-1")));
    second = placed(*store, order({}, {{"p1", 2}}, key_of("o-2")));
    (void)placed(*store, move(first.order.id, OrderStatus::in_process));
    (void)customer(*store);
    (void)placed(*store, order(ada, {{"p2", 1}}, key_of("o-3")));
  }
  [[nodiscard]] ScrubReport scrub(std::int64_t rows) {
    auto reader = raw();
    Scrub scrub(rows);
    for (int i = 0; i < 1000; ++i) {
      auto done = scrub.step(*reader);
      EXPECT_TRUE(done.has_value());
      if (!done || *done) break;
    }
    return scrub.report();
  }
};

std::string all(const ScrubReport& report) {
  std::string text;
  for (const auto& finding : report.findings) text += finding + "\n";
  return text;
}

TEST(ScrubOrders, FindsNothingWhereAllIsSound) {
  Subject subject;
  for (const std::int64_t rows : {1, 3, 500}) {
    const auto report = subject.scrub(rows);
    EXPECT_EQ(report.found, 0) << all(report);
    EXPECT_EQ(report.orders, 3);
    EXPECT_EQ(report.customers, 2);
    EXPECT_EQ(report.changes, 6);
  }
}

TEST(ScrubOrders, EachKindOfDamageHasItsFinding) {
  const std::pair<std::string, std::string> damages[] = {
      {"UPDATE orders SET state = replace(state, 'flower', 'fl0wer') WHERE n = 2", "orders row 2 is not what was written"},
      {"UPDATE orders SET status = 7 WHERE n = 2", "orders row 2 is not what was written"},
      {"UPDATE orders SET customer = zeroblob(16) WHERE n = 2", "orders row 2 is not what was written"},
      {"UPDATE orders SET settled_at = 1 WHERE n = 3", "orders row 3 is not what was written"},
      {"UPDATE orders SET last_seq = 2 WHERE n = 2", "orders row 2 is not what was written"},
      {"UPDATE orders SET created_at = 2 WHERE n = 2", "orders row 2 is not what was written"},
      {"DELETE FROM orders WHERE n = 3", "ledger row 3 is a change that no record leads to"},
      {"DELETE FROM orders WHERE n = 3", "ids: one that names row 3 is not of that row"},
      {"DELETE FROM ids WHERE id = (SELECT id FROM orders WHERE n = 2)", "orders row 2 is not found by its id"},
      {"UPDATE ledger SET prior = 0 WHERE seq = 4", "ledger row 2 is a change that no record leads to"},
      {"UPDATE ledger SET payload = replace(payload, 'flower', 'fl0wer') WHERE seq = 2", "ledger row 2 has another payload"},
  };
  for (const auto& [sql, finding] : damages) {
    Subject subject;
    ASSERT_TRUE(subject.raw()->execute(sql).has_value()) << sql;
    const auto report = subject.scrub(2);
    EXPECT_NE(all(report).find(finding), std::string::npos) << sql << "\n" << all(report);
  }
}

TEST(ScrubOrders, AStartRefusesAnOrderThatIsNotFoundByItsId) {
  Subject subject;
  subject.store.reset();
  ASSERT_TRUE(subject.raw()->execute("DELETE FROM ids WHERE id = (SELECT id FROM orders WHERE n = 2)").has_value());
  EXPECT_EQ(subject.refusal().code, Errc::corrupt) << "a repeat would place it a second time";
}

}  // namespace
}  // namespace tillgate
