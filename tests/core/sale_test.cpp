// The one judgement of a sale: who may buy, and when it is asked at all.
#include "core/sale.hpp"

#include <gtest/gtest.h>

#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

using namespace orders;

const SaleMoment kNow{Day{std::chrono::year(2026) / 11 / 27}, timestamp_from_ms(1'795'800'000'000)};

Customer customer(const std::string& birthday, const std::string& type = "recreational", const std::string& status = "active") {
  Customer made;
  made.id = customer_id(1);
  made[Field::birthday] = Cell{birthday, at(1)};
  made[Field::type] = Cell{type, at(1)};
  made[Field::status] = Cell{status, at(1)};
  return made;
}

std::vector<std::string> codes(const SaleVerdict& verdict) {
  std::vector<std::string> all;
  for (const auto& fault : verdict.faults) all.push_back(fault.code);
  return all;
}
using Codes = std::vector<std::string>;

TEST(Sale, CollectsAllThatSpeaksAgainstIt) {
  SaleRules rules;
  rules.limits = {{"flower", 1'000, {"flower"}, {}, 0}};
  Order order = order_in(OrderStatus::awaiting_processing);
  set(order, OrderField::customer_type, "medical");
  add(order, "p1", line(2, "flower", 1'000));
  const Customer young = customer("2015-01-01", "recreational", "banned");
  const auto verdict = judge_sale(rules, order, Buyer{&young, true, {}, {}}, kNow);
  EXPECT_EQ(codes(verdict), (Codes{"banned", "not_medical", "too_young", "over_limit"}));
  EXPECT_EQ(verdict.limits.size(), 1u);
}

TEST(Sale, ARecordThatIsNotHereIsAFaultOnlyWhereItIsNamedNow) {
  const Order order = order_in(OrderStatus::verification_pending);
  EXPECT_EQ(codes(judge_sale({}, order, Buyer{nullptr, true, {}, {}}, kNow)), Codes{"unknown_customer"});
  EXPECT_EQ(codes(judge_sale({}, order, Buyer{}, kNow)), Codes{});
}

TEST(Sale, AnUnknownAgeMayWaitForItsVerificationAndNowhereElse) {
  for (const auto status : {OrderStatus::verification_pending, OrderStatus::awaiting_processing, OrderStatus::completed}) {
    const bool waits = status == OrderStatus::verification_pending;
    Order order = order_in(status);
    EXPECT_EQ(codes(judge_sale({}, order, Buyer{}, kNow)), waits ? Codes{} : Codes{"age_unknown"});
    set(order, OrderField::age_check, "document");
    EXPECT_EQ(codes(judge_sale({}, order, Buyer{}, kNow)), Codes{});
  }
}

TEST(Sale, IsAskedWhenGoodsBuyerOrAgeAreOthersOrItIsHandedOver) {
  const auto asked = [](OrderStatus from, OrderStatus to) {
    Order before = order_in(from), after = order_in(to);
    return needs_verdict(before, after);
  };
  using S = OrderStatus;
  EXPECT_TRUE(asked(S::verification_pending, S::awaiting_processing));
  EXPECT_TRUE(asked(S::packed_ready, S::completed));
  EXPECT_FALSE(asked(S::awaiting_processing, S::in_process));
  EXPECT_FALSE(asked(S::verification_pending, S::canceled)) << "who may not buy may always be sent away";
  EXPECT_FALSE(asked(S::completed, S::completed));
  Order before = order_in(S::in_process);
  add(before, "p1", line(2));
  for (const auto field : {OrderField::customer, OrderField::customer_type, OrderField::age_check}) {
    Order after = before;
    set(after, field, "other");
    EXPECT_TRUE(needs_verdict(before, after));
  }
  Order after = before;
  set(after, OrderField::notes, "other");
  EXPECT_FALSE(needs_verdict(before, after));
  add(after, "p1", line(3));
  EXPECT_TRUE(needs_verdict(before, after));
  after = before;
  after.lines.at(key("p1")).version = at(9);
  EXPECT_FALSE(needs_verdict(before, after));
}

TEST(Sale, TheBuyerSettlesWhatANewOrderLeavesOpen) {
  const auto begun = [](const Customer* who, bool has_document, OrderPatch patch = {}) {
    if (has_document) patch.set(OrderField::age_check, "document");
    add_buyer_fields(patch, {}, Buyer{who, true, {}, {}}, kNow.today);
    return **patch.find(OrderField::customer_type) + " " + **patch.find(OrderField::status);
  };
  const Customer old = customer("1990-01-01"), patient = customer("1990-01-01", "medical"), unknown = customer("");
  EXPECT_EQ(begun(&old, false), "recreational AWAITING_PROCESSING");
  EXPECT_EQ(begun(&patient, false), "medical AWAITING_PROCESSING");
  EXPECT_EQ(begun(&unknown, false), "recreational VERIFICATION_PENDING");
  EXPECT_EQ(begun(&unknown, true), "recreational AWAITING_PROCESSING");
  EXPECT_EQ(begun(nullptr, false), "recreational VERIFICATION_PENDING");
  OrderPatch said;
  said.set(OrderField::status, "VERIFICATION_PENDING");
  said.set(OrderField::customer_type, "recreational");
  EXPECT_EQ(begun(&patient, false, said), "recreational VERIFICATION_PENDING");
}

TEST(Sale, DocumentsAreLookedAtByStaff) {
  OrderPatch patch;
  EXPECT_FALSE(document_fault(patch, Standing::none));
  patch.set(OrderField::age_check, "document");
  EXPECT_TRUE(document_fault(patch, Standing::none));
  EXPECT_FALSE(document_fault(patch, Standing::staff));
}

TEST(Sale, TheWaysFromAStateAreThoseOfTheTable) {
  using S = OrderStatus;
  EXPECT_EQ(moves_from(S::in_process, Standing::staff), (std::vector{S::packed_ready, S::out_for_delivery, S::completed}));
  EXPECT_EQ(moves_from(S::in_process, Standing::administrator),
            (std::vector{S::awaiting_processing, S::packed_ready, S::out_for_delivery, S::completed, S::canceled, S::removed}));
  EXPECT_TRUE(moves_from(S::completed, Standing::administrator).empty());
  EXPECT_TRUE(moves_from(S::in_process, Standing::none).empty());
}

}  // namespace
}  // namespace tillgate
