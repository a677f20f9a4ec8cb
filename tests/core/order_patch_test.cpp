#include "core/order_patch.hpp"

#include <gtest/gtest.h>

#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

using namespace orders;
using Codes = std::vector<std::string>;

Codes codes(OrderPatch patch, WriteKind kind = WriteKind::update) {
  Codes result;
  for (const auto& fault : normalise(patch, kind)) {
    EXPECT_FALSE(fault.sentence.empty());
    result.push_back(fault.field + ":" + fault.code);
  }
  return result;
}
OrderPatch patch_of(OrderField field, std::optional<std::string> value) {
  OrderPatch patch;
  patch.fields = {{field, std::move(value)}};
  return patch;
}
// The value of one field after normalising, or the code of its fault in angle brackets; "null" when cleared.
std::string normal(OrderField field, std::string raw) {
  OrderPatch patch = patch_of(field, std::move(raw));
  const auto faults = normalise(patch, WriteKind::update);
  if (!faults.empty()) return "<" + faults.front().code + ">";
  return patch.fields.front().second.value_or("null");
}
LinePatch some(std::int64_t quantity) {
  LinePatch line;
  line.quantity = quantity;
  return line;
}
OrderPatch new_order() {
  OrderPatch patch;
  patch.lines = {{key("p1"), some(2)}};
  return patch;
}

TEST(NormaliseOrder, GivesEveryKindItsOneSpelling) {
  EXPECT_EQ(normal(OrderField::number, "  A-17 "), "A-17");
  EXPECT_EQ(normal(OrderField::notes, "one\r\ntwo"), "one\ntwo");
  EXPECT_EQ(normal(OrderField::reason, "no\nstock"), "no stock");
  EXPECT_EQ(normal(OrderField::status, "packed_Ready"), "PACKED_READY");
  EXPECT_EQ(normal(OrderField::kind, "In_Store"), "in_store");
  EXPECT_EQ(normal(OrderField::customer, "0190F3A1-7C2E-7ABC-8DEF-0123456789AB"), "0190f3a1-7c2e-7abc-8def-0123456789ab");
  EXPECT_EQ(normal(OrderField::amount, " 1250 "), "1250");
  EXPECT_EQ(normal(OrderField::printed_at, "2026-11-27T18:00:00Z"), "2026-11-27T18:00:00.000Z");
  EXPECT_EQ(normal(OrderField::notes, " \u200b "), "null");
  EXPECT_EQ(normal(OrderField::customer, ""), "null") << "a walk-in";
}

TEST(NormaliseOrder, RefusesWhatHasNoNormalForm) {
  EXPECT_EQ(normal(OrderField::number, "\xff"), "<not_utf8>");
  EXPECT_EQ(normal(OrderField::number, std::string(65, 'n')), "<too_long>");
  EXPECT_EQ(normal(OrderField::notes, std::string(4000, 'n')), std::string(4000, 'n'));
  EXPECT_EQ(normal(OrderField::notes, std::string(4001, 'n')), "<too_long>");
  EXPECT_EQ(normal(OrderField::notes, std::string(1'000'000, ' ')), "<too_long>");
  EXPECT_EQ(normal(OrderField::status, "NEW"), "<not_a_choice>");
  EXPECT_EQ(normal(OrderField::customer, "Ann"), "<not_a_customer>");
  EXPECT_EQ(normal(OrderField::amount, "12.50"), "<not_an_amount>");
  EXPECT_EQ(normal(OrderField::amount, "-1"), "<not_an_amount>");
  EXPECT_EQ(normal(OrderField::amount, "10000000000"), "<not_an_amount>");
  EXPECT_EQ(codes(patch_of(OrderField::status, "\xff")), Codes{"status:not_utf8"}) << "one complaint is enough";
  EXPECT_EQ(normal(OrderField::printed_at, "yesterday"), "<not_a_time>");
  for (const OrderField field : {OrderField::store, OrderField::placed_at, OrderField::completed_at})
    EXPECT_EQ(normal(field, "store-8"), "<read_only>");
  for (const OrderField field : {OrderField::status, OrderField::kind, OrderField::payment, OrderField::customer_type})
    EXPECT_EQ(normal(field, ""), "<required>");
}

TEST(NormaliseOrder, TellsAllFaultsAtOnce) {
  OrderPatch patch;
  patch.fields = {{OrderField::number, std::string(65, 'n')}, {OrderField::kind, "by pigeon"}, {OrderField::kind, "pickup"}};
  LinePatch bad;
  bad.quantity = 0;
  bad.weight_mg = -1;
  bad.price_cents = kCentsMax + 1;
  bad.name = std::string(201, 'n');
  bad.category = "\xff";
  patch.lines = {{key("p1"), bad},
                 {LineKey{"a b", ""}, some(1)},
                 {LineKey{"a/b", ""}, some(1)},
                 {key("p2"), some(1)},
                 {key("p2"), some(1)}};
  patch.pos_links = {{"Treez", "1"}, {"cova", "a b"}};
  EXPECT_EQ(codes(patch), (Codes{"number:too_long", "kind:not_a_choice", "kind:duplicate", "lines.p1.quantity:out_of_range",
                                 "lines.p1.weight_mg:out_of_range", "lines.p1.price_cents:out_of_range",
                                 "lines.p1.name:too_long", "lines.p1.category:not_utf8", "lines:not_a_product",
                                 "lines.p2:duplicate", "pos_links:not_an_account", "pos_links.cova:not_an_id"}));
}

TEST(NormaliseOrder, LinesAreBounded) {
  OrderPatch patch;
  for (std::size_t i = 0; i < kOrderLinesMax; ++i) patch.lines.emplace_back(key("p" + std::to_string(i)), some(1));
  EXPECT_EQ(codes(patch), Codes{});
  patch.lines.emplace_back(key("one-more"), some(1));
  EXPECT_EQ(codes(patch), Codes{"lines:too_many"});
  EXPECT_EQ(codes(new_order()), Codes{});
  OrderPatch most = new_order();
  most.lines[0].second = some(kQuantityMax);
  EXPECT_EQ(codes(most), Codes{});
  most.lines[0].second = some(kQuantityMax + 1);
  EXPECT_EQ(codes(most), Codes{"lines.p1.quantity:out_of_range"});
}

TEST(NormaliseOrder, ALineHasOneSpellingOfItsCategory) {
  OrderPatch patch = new_order();
  patch.lines[0].second->name = " Blue\tDream ";
  patch.lines[0].second->category = " FLOWER ";
  EXPECT_TRUE(normalise(patch, WriteKind::create).empty());
  EXPECT_EQ(patch.lines[0].second->name, "Blue Dream");
  EXPECT_EQ(patch.lines[0].second->category, "flower");
}

TEST(NormaliseOrder, ACreateNeedsALineWithAQuantity) {
  EXPECT_EQ(codes(OrderPatch{}, WriteKind::create), Codes{"lines:required"});
  OrderPatch patch;
  patch.lines = {{key("p1"), std::nullopt}};
  EXPECT_EQ(codes(patch, WriteKind::create), Codes{"lines:required"});
  patch.lines = {{key("p1"), LinePatch{}}};
  EXPECT_EQ(codes(patch, WriteKind::create), Codes{"lines.p1.quantity:required"});
  EXPECT_EQ(codes(patch, WriteKind::update), Codes{}) << "the line may be there";
  EXPECT_EQ(codes(new_order(), WriteKind::create), Codes{});
}

TEST(NormaliseOrder, ACreateBeginsAtTheBeginning) {
  for (std::size_t i = 0; i < kOrderStatusNames.size(); ++i) {
    OrderPatch patch = new_order();
    patch.set(OrderField::status, std::string(kOrderStatusNames[i]));
    EXPECT_EQ(codes(patch, WriteKind::create), i < 2 ? Codes{} : Codes{"status:not_allowed"}) << kOrderStatusNames[i];
    EXPECT_EQ(codes(patch, WriteKind::update), Codes{});
  }
}

TEST(NormaliseOrder, ANormalFormIsSortedAndStable) {
  OrderPatch patch = new_order();
  patch.fields = {{OrderField::cart, "c"}, {OrderField::number, "n"}};
  patch.lines.insert(patch.lines.begin(), {key("z"), some(1)});
  patch.pos_links = {{"treez", "1"}, {"cova", ""}};
  EXPECT_TRUE(normalise(patch, WriteKind::create).empty());
  EXPECT_EQ(patch.fields.front().first, OrderField::number);
  EXPECT_EQ(patch.lines.front().first, key("p1"));
  EXPECT_EQ(patch.pos_links.front(), (std::pair<std::string, std::optional<std::string>>{"cova", std::nullopt}));
  OrderPatch again = patch;
  EXPECT_TRUE(normalise(again, WriteKind::create).empty());
  EXPECT_EQ(again, patch);
}

TEST(SystemFields, FillANewOrder) {
  OrderPatch patch = new_order();
  patch.set(OrderField::kind, "delivery");
  patch.set(OrderField::payment, std::nullopt);
  add_system_fields(patch, WriteKind::create, Order{}, StoreId{"store-7"}, timestamp_from_ms(1'790'000'000'000));
  EXPECT_EQ(*patch.find(OrderField::status), "AWAITING_PROCESSING");
  EXPECT_EQ(*patch.find(OrderField::kind), "delivery");
  EXPECT_EQ(*patch.find(OrderField::payment), "unpaid");
  EXPECT_EQ(*patch.find(OrderField::customer_type), "recreational");
  EXPECT_EQ(*patch.find(OrderField::store), "store-7");
  EXPECT_EQ(*patch.find(OrderField::placed_at), to_text(timestamp_from_ms(1'790'000'000'000)));
  EXPECT_EQ(patch.find(OrderField::completed_at), nullptr);
}

TEST(SystemFields, TheTimeOfCompletionIsWrittenOnce) {
  const Timestamp now = timestamp_from_ms(1'790'000'000'000);
  OrderPatch patch = patch_of(OrderField::status, "COMPLETED");
  add_system_fields(patch, WriteKind::update, order_in(OrderStatus::in_process), StoreId{"store-7"}, now);
  EXPECT_EQ(*patch.find(OrderField::completed_at), to_text(now));
  OrderPatch again = patch_of(OrderField::status, "COMPLETED");
  add_system_fields(again, WriteKind::update, order_in(OrderStatus::completed), StoreId{"store-7"}, now);
  EXPECT_EQ(again.find(OrderField::completed_at), nullptr);
}

}  // namespace
}  // namespace tillgate
