#include "core/order_status.hpp"

#include <gtest/gtest.h>

#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

using namespace orders;
using Codes = std::vector<std::string>;

constexpr std::array kRoles{"nobody", "kiosk", "service", "staff", "manager", "administrator"};

OrderPatch to(OrderStatus status) {
  OrderPatch patch;
  patch.set(OrderField::status, std::string(name_of(status)));
  return patch;
}
OrderPatch setting(OrderField field, std::optional<std::string> value) {
  OrderPatch patch;
  patch.set(field, std::move(value));
  return patch;
}
OrderPatch lines(std::string_view product, std::optional<LinePatch> line) {
  OrderPatch patch;
  patch.lines = {{key(product), std::move(line)}};
  return patch;
}
LinePatch some(std::int64_t quantity) {
  LinePatch line;
  line.quantity = quantity;
  return line;
}
Codes codes(const Order& now, const OrderPatch& patch, std::string_view role = "administrator",
            std::string_view store = "store-7") {
  Codes result;
  for (const auto& fault : check_against(now, patch, {role, store})) {
    EXPECT_TRUE(fault.sentence.ends_with(".")) << fault.sentence;
    result.push_back(fault.field + ":" + fault.code);
  }
  return result;
}

// Written out a second time, in another form than the code's, cell by cell: who may, at least. "" nobody, "=" it is there already.
struct Row {
  OrderStatus from;
  std::array<const char*, 8> to;
};
constexpr std::array<Row, 8> kTable{{
    {OrderStatus::verification_pending, {"=", "staff", "", "", "", "", "staff", "manager"}},
    {OrderStatus::awaiting_processing, {"", "=", "staff", "", "", "", "staff", "manager"}},
    {OrderStatus::in_process, {"", "manager", "=", "staff", "staff", "staff", "manager", "administrator"}},
    {OrderStatus::packed_ready, {"", "", "manager", "=", "staff", "staff", "manager", "administrator"}},
    {OrderStatus::out_for_delivery, {"", "", "", "staff", "=", "staff", "manager", "administrator"}},
    {OrderStatus::completed, {"", "", "", "", "", "=", "", ""}},
    {OrderStatus::canceled, {"", "", "", "", "", "", "=", ""}},
    {OrderStatus::removed, {"", "", "", "", "", "", "", "="}},
}};

TEST(OrderMoves, EveryCellOfTheTableForEveryRole) {
  for (const Row& row : kTable) {
    for (std::size_t column = 0; column < row.to.size(); ++column) {
      const auto target = static_cast<OrderStatus>(column);
      const std::string needed = row.to[column];
      Order now = order_in(row.from);
      set(now, OrderField::kind, "delivery");
      OrderPatch patch = to(target);
      const bool ends_badly = target == OrderStatus::canceled || target == OrderStatus::removed;
      if (ends_badly && needed != "=") patch.set(OrderField::reason, "changed their mind");
      for (const std::string role : kRoles) {
        const auto at = std::find(kRoles.begin(), kRoles.end(), role), least = std::find(kRoles.begin(), kRoles.end(), needed);
        const bool is_allowed = needed == "=" || (least != kRoles.end() && at >= least);
        Codes expected;
        if (!is_allowed)
          expected = {std::string("status:") + (!needed.empty()      ? "not_allowed"
                                                : is_final(row.from) ? "final"
                                                                     : "not_possible")};
        if (is_final(row.from) && ends_badly && needed.empty()) expected.push_back("reason:fixed");
        EXPECT_EQ(codes(now, patch, role), expected) << name_of(row.from) << " to " << name_of(target) << " as " << role;
      }
    }
  }
}

TEST(OrderMoves, WhatEndsAnOrderNeedsAReason) {
  const Order now = order_in(OrderStatus::awaiting_processing);
  for (const auto status : {OrderStatus::canceled, OrderStatus::removed}) {
    EXPECT_EQ(codes(now, to(status)), Codes{"reason:required"});
    OrderPatch cleared = to(status);
    cleared.set(OrderField::reason, std::nullopt);
    EXPECT_EQ(codes(now, cleared), Codes{"reason:required"});
    OrderPatch given = to(status);
    given.set(OrderField::reason, "no stock");
    EXPECT_EQ(codes(now, given), Codes{});
  }
  EXPECT_EQ(codes(order_in(OrderStatus::in_process), to(OrderStatus::completed)), Codes{});
}

TEST(OrderMoves, OnlyADeliveryGoesOut) {
  const Order now = order_in(OrderStatus::packed_ready);
  EXPECT_EQ(codes(now, to(OrderStatus::out_for_delivery)), Codes{"status:not_a_delivery"});
  Order begun = order_in(OrderStatus::in_process);
  OrderPatch both = to(OrderStatus::out_for_delivery);
  both.set(OrderField::kind, "delivery");
  EXPECT_EQ(codes(begun, both), Codes{});
}

TEST(OrderMoves, AnotherStoresOrderIsAnAdministratorsAlone) {
  const Order now = order_in(OrderStatus::awaiting_processing, "store-8");
  EXPECT_EQ(codes(now, to(OrderStatus::in_process), "manager"), Codes{"store:other_store"});
  EXPECT_EQ(codes(now, setting(OrderField::notes, "x"), "staff"), Codes{"store:other_store"});
  EXPECT_EQ(codes(now, to(OrderStatus::in_process), "administrator"), Codes{});
  EXPECT_EQ(codes(now, to(OrderStatus::in_process), "staff", "store-8"), Codes{});
}

TEST(OrderMoves, AnOrderWhoseBeginningHasNotArrivedIsNobodysMeanwhile) {
  Order now;
  set(now, OrderField::notes, "x");
  EXPECT_EQ(codes(now, setting(OrderField::notes, "y"), "manager", ""), Codes{"store:other_store"});
  EXPECT_EQ(codes(now, setting(OrderField::notes, "y"), "administrator"), Codes{});
}

TEST(OrderMoves, AnUnknownRoleMovesNothing) {
  for (const std::string role : {"", "owner", "Manager", "administrator "})
    EXPECT_EQ(standing_of(role), Standing::none) << role;
}

TEST(OrderEdits, LinesAndCustomerAreFixedOncePacked) {
  for (std::size_t i = 0; i < kOrderStatusNames.size(); ++i) {
    const auto status = static_cast<OrderStatus>(i);
    Order now = order_in(status);
    add(now, "p1", line(1));
    const bool is_open = i <= 2;
    const auto if_fixed = [&](const char* fault) { return is_open ? Codes{} : Codes{fault}; };
    EXPECT_EQ(codes(now, lines("p1", some(2)), "staff"), if_fixed("lines:fixed")) << name_of(status);
    EXPECT_EQ(codes(now, lines("p2", some(2)), "staff"), if_fixed("lines:fixed")) << name_of(status);
    EXPECT_EQ(codes(now, lines("p1", std::nullopt), "staff"), if_fixed("lines:fixed")) << name_of(status);
    EXPECT_EQ(codes(now, lines("p1", some(1)), "staff"), Codes{}) << "as it is; " << name_of(status);
    EXPECT_EQ(codes(now, setting(OrderField::customer, customer_id(1).text()), "staff"), if_fixed("customer:fixed"))
        << name_of(status);
    EXPECT_EQ(codes(now, setting(OrderField::kind, "pickup"), "staff"), if_fixed("kind:fixed")) << name_of(status);
    EXPECT_EQ(codes(now, setting(OrderField::kind, "in_store"), "staff"), Codes{}) << "as it is; " << name_of(status);
  }
}

TEST(OrderEdits, WhatIsFinalTakesAPrintAPaymentAndNotes) {
  for (const auto status : {OrderStatus::completed, OrderStatus::canceled, OrderStatus::removed}) {
    const Order now = order_in(status);
    for (const auto& spec : order_fields()) {
      const bool stays_open = spec.field == OrderField::payment || spec.field == OrderField::notes ||
                              spec.field == OrderField::printed_at || spec.field == OrderField::printed_id;
      if (spec.field == OrderField::status || spec.field == OrderField::completed_at) continue;
      EXPECT_EQ(codes(now, setting(spec.field, "x"), "administrator"),
                stays_open ? Codes{} : Codes{std::string(spec.name) + ":fixed"})
          << name_of(status);
    }
    OrderPatch linked;
    linked.pos_links = {{"treez", "T-1"}};
    EXPECT_EQ(codes(now, linked), Codes{});
  }
  EXPECT_EQ(codes(order_in(OrderStatus::packed_ready), setting(OrderField::amount, "1")), Codes{})
      << "until then the amount may change";
}

TEST(OrderEdits, ALineThatIsNotThereYetNeedsAQuantity) {
  Order now = order_in(OrderStatus::in_process);
  add(now, "p1", line(1));
  now.lines[key("gone")] = LineCell{std::nullopt, at(1)};
  EXPECT_EQ(codes(now, lines("p1", LinePatch{})), Codes{});
  EXPECT_EQ(codes(now, lines("p2", LinePatch{})), Codes{"lines.p2.quantity:required"});
  EXPECT_EQ(codes(now, lines("gone", LinePatch{})), Codes{"lines.gone.quantity:required"});
}

TEST(OrderEdits, AnOrderHasRoomForSoManyLines) {
  Order now = order_in(OrderStatus::in_process);
  for (std::size_t i = 0; i < kOrderLinesMax; ++i) add(now, "p" + std::to_string(i), line(1));
  EXPECT_EQ(codes(now, lines("p0", some(2))), Codes{});
  EXPECT_EQ(codes(now, lines("one-more", some(1))), Codes{"lines:too_many"});
  OrderPatch swap = lines("one-more", some(1));
  swap.lines.emplace_back(key("p0"), std::nullopt);
  EXPECT_EQ(codes(now, swap), Codes{});
  add(now, "crossed", line(1));
  EXPECT_EQ(codes(now, lines("p0", std::nullopt)), Codes{}) << "too many that crossed on the way can be taken out one by one";
}

TEST(OrderEdits, RemovedLinesAreBoundedToo) {
  Order now = order_in(OrderStatus::in_process);
  for (std::size_t i = 0; i < kOrderLineKeysMax; ++i) now.lines[key("p" + std::to_string(i))] = LineCell{std::nullopt, at(1)};
  EXPECT_EQ(codes(now, lines("one-more", some(1))), Codes{"lines:too_many"});
  EXPECT_EQ(codes(now, lines("p0", some(1))), Codes{});
}

TEST(OrderEdits, ANewOrderIsJudgedByItsLinesAlone) {
  EXPECT_EQ(codes(Order{}, lines("p1", some(1)), "kiosk"), Codes{});
  EXPECT_EQ(codes(Order{}, lines("p1", LinePatch{}), "kiosk"), Codes{"lines.p1.quantity:required"});
}

}  // namespace
}  // namespace tillgate
