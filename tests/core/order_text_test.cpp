#include "core/order_text.hpp"

#include <gtest/gtest.h>

#include <iostream>

#include "core/payload.hpp"
#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

using namespace orders;

constexpr std::string_view kEpoch = "11111111-1111-4111-8111-111111111111";
Version epoch_at(std::uint64_t clock) {
  return {Hlc{clock}, std::string(kEpoch)};
}

std::string body_of(const OrderChange& change, const Version& version) {
  JsonWriter json;
  json.begin_object();
  write_members(json, change, version);
  return json.end_object().take();
}
// As the payload's owner reads: members are taken, what is left is from the future.
Result<OrderChange> read(std::string_view text, const Version& version) {
  const auto json = parse_json(text, kPayloadBytesMax);
  if (!json) return fail(json.error());
  const auto* object = json->as<Json::Object>();
  if (!object) return fail(Errc::invalid, "no object");
  JsonReader reader(*object);
  return read_order_change(reader, version);
}

// `text` with one occurrence of `from` made `to`.
std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto found = text.find(from);
  EXPECT_NE(found, std::string::npos) << from;
  return found == std::string::npos ? text : text.replace(found, from.size(), to);
}

OrderChange change_of_everything() {
  OrderChange change;
  change.fields = {{OrderField::number, "A-17", epoch_at(9), {}},
                   {OrderField::customer, "0190f3a1-7c2e-7abc-8def-0123456789ab", epoch_at(9), epoch_at(1)},
                   {OrderField::status, "PACKED_READY", epoch_at(9), at(8, "treez")},
                   {OrderField::amount, "1250", epoch_at(9), {}},
                   {OrderField::notes, std::nullopt, epoch_at(9), epoch_at(2)},
                   {OrderField::placed_at, "2026-11-27T18:00:00.000Z", at(7, "treez"), {}}};
  change.lines = {{key("42"), OrderLine{2, "Gummies \"S\"", "edibles", 3'500, 1'999}, epoch_at(9), epoch_at(3)},
                  {key("42/7"), OrderLine{1, "", "", 0, 0}, at(5, "treez"), {}},
                  {key("p-1"), std::nullopt, epoch_at(9), epoch_at(4)}};
  change.pos_links = {{"cova", std::nullopt, epoch_at(9), at(6, "cova")}, {"treez", "T-1", at(6, "treez"), {}}};
  return change;
}

TEST(OrderChangeText, IsWrittenByteForByteAsEver) {
  const std::string e = "@" + std::string(kEpoch);
  EXPECT_EQ(
      body_of(change_of_everything(), epoch_at(9)),
      R"({"set":{"number":"A-17","customer":"0190f3a1-7c2e-7abc-8def-0123456789ab","status":"PACKED_READY","amount_cents":1250,)"
      R"("notes":null,"placed_at":"2026-11-27T18:00:00.000Z"},)"
      R"("was":{"customer":"0000000000000001)" +
          e + R"(","status":"0000000000000008@pos:treez","notes":"0000000000000002)" + e + R"(","lines.42":"0000000000000003)" +
          e + R"(","lines.p-1":"0000000000000004)" + e + R"(","pos_links.cova":"0000000000000006@pos:cova"},)" +
          R"("versions":{"placed_at":"0000000000000007@pos:treez","lines.42/7":"0000000000000005@pos:treez",)"
          R"("pos_links.treez":"0000000000000006@pos:treez"},)"
          R"("lines":{"42":{"quantity":2,"name":"Gummies \"S\"","category":"edibles","weight_mg":3500,"price_cents":1999},)"
          R"("42/7":{"quantity":1,"weight_mg":0,"price_cents":0},"p-1":null},)"
          R"("pos_links":{"cova":null,"treez":"T-1"}})");
  EXPECT_EQ(body_of(OrderChange{}, epoch_at(9)), "{}");
}

TEST(OrderChangeText, RoundTrips) {
  EXPECT_EQ(read(body_of(change_of_everything(), epoch_at(9)), epoch_at(9)).value(), change_of_everything());
  EXPECT_EQ(read("{}", epoch_at(9)).value(), OrderChange{});
  const std::uint64_t seed = 20261129;
  std::cout << "seed " << seed << "\n";
  Generator random(seed);
  for (int round = 0; round < 5'000; ++round) {
    const OrderChange change = random.change_of_any_leaf();
    const std::string text = body_of(change, at(3));
    const auto again = read(text, at(3));
    ASSERT_TRUE(again) << text << " seed " << seed << " round " << round;
    ASSERT_EQ(*again, change) << text << " seed " << seed << " round " << round;
  }
}

TEST(OrderChangeText, FromTheFutureIsUnsupportedNotInvalid) {
  const std::string text = body_of(change_of_everything(), epoch_at(9));
  for (const auto& changed :
       {with(text, R"("number":)", R"("table":)"), with(text, R"("set":{)", R"("points":{},"set":{)"),
        with(text, R"("versions":{)", R"("points":{"x":1},"versions":{"points.x":"0000000000000001@pos:a",)"),
        with(text, "PACKED_READY", "ON_THE_ROOF"), with(text, R"("amount_cents":1250)", R"("amount_cents":10000000000)"),
        with(text, R"("quantity":2)", R"("quantity":10001)"), with(text, R"("quantity":2)", R"("quantity":2,"thc":20)"),
        with(text, R"("weight_mg":3500)", R"("weight_mg":100000001)"),
        with(text, R"("price_cents":1999)", R"("price_cents":10000000000)")}) {
    const auto again = read(changed, epoch_at(9));
    ASSERT_FALSE(again) << changed;
    EXPECT_EQ(again.error().code, Errc::unsupported) << changed;
  }
}

TEST(OrderChangeText, RefusesWhatIsMalformed) {
  const std::string text = body_of(change_of_everything(), epoch_at(9));
  for (const auto& changed : {with(text, R"("number":"A-17")", R"("number":17)"),
                              with(text, R"("amount_cents":1250)", R"("amount_cents":"1250")"),
                              with(text, R"("amount_cents":1250)", R"("amount_cents":-1)"),
                              with(text, R"("amount_cents":1250)", R"("amount_cents":12.5)"),
                              with(text, R"("customer":"0190)", R"("customer":"Ann 0190)"),
                              with(text, "18:00:00.000Z", "18:00:00Z"),
                              with(text, "18:00:00.000Z", "25:00:00.000Z"),
                              with(text, R"("quantity":2)", R"("quantity":0)"),
                              with(text, R"("quantity":2)", R"("quantity":-2)"),
                              with(text, R"("quantity":2)", R"("quantity":2.0)"),
                              with(text, R"("quantity":2)", R"("quantity":"2")"),
                              with(text, R"("quantity":2,)", ""),
                              with(text, R"("quantity":2)", R"("quantity":9223372036854775808)"),
                              with(text, R"("weight_mg":3500)", R"("weight_mg":-1)"),
                              with(text, R"("category":"edibles")", R"("category":"")"),
                              with(text, R"("category":"edibles")", R"("category":null)"),
                              with(text, R"("42":{)", R"("4 2":{)"),
                              with(text, R"("42/7":{)", R"("42/7/":{)"),
                              with(text, R"("p-1":null)", R"("p-1":false)"),
                              with(text, R"("p-1":null)", R"("p-1":null,"p-1":null)"),
                              with(text, R"("cova":null)", R"("cova":7)"),
                              with(text, R"("cova":null)", R"("Cova":null)"),
                              with(text, R"("set":{)", R"("set":[{)"),
                              with(text, R"("was":{)", R"("was":{"cart":"0000000000000001@pos:a",)"),
                              with(text, R"("versions":{)", R"("versions":{"lines.43":"0000000000000001@pos:a",)"),
                              with(text, "0000000000000007@pos:treez", "0000000000000000@pos:treez"),
                              with(text, R"("lines":{)", R"("lines":7,"x":{)")}) {
    const auto again = read(changed, epoch_at(9));
    ASSERT_FALSE(again) << changed;
    EXPECT_EQ(again.error().code, Errc::invalid) << changed;
  }
}

Order order_of_everything() {
  Order order;
  order.id = *OrderId::from_text("0190f3a1-7c2e-7abc-8def-0123456789ab");
  merge(order, change_of_everything());
  return order;
}

TEST(OrderState, IsWrittenByteForByteAsEver) {
  EXPECT_EQ(
      encode_order_state(order_of_everything()),
      R"({"id":"0190f3a1-7c2e-7abc-8def-0123456789ab","v":"0000000000000009@11111111-1111-4111-8111-111111111111",)"
      R"("f":{"number":"A-17","customer":"0190f3a1-7c2e-7abc-8def-0123456789ab","status":"PACKED_READY","amount_cents":1250,)"
      R"("notes":null,"placed_at":"2026-11-27T18:00:00.000Z"},)"
      R"("vs":{"placed_at":"0000000000000007@pos:treez","lines.42/7":"0000000000000005@pos:treez",)"
      R"("pos_links.treez":"0000000000000006@pos:treez"},)"
      R"("lines":{"42":{"quantity":2,"name":"Gummies \"S\"","category":"edibles","weight_mg":3500,"price_cents":1999},)"
      R"("42/7":{"quantity":1,"weight_mg":0,"price_cents":0},"p-1":null},"pos_links":{"cova":null,"treez":"T-1"}})");
  EXPECT_EQ(hash_of(encode_order_state(order_of_everything())).text(),
            "baef27f47db5120d555549ce2bfbde940d02a2e05f9aed7e297ff5bc0259d2fa");
}

TEST(OrderState, OfNothingIsJustAnId) {
  EXPECT_EQ(encode_order_state(Order{}), R"({"id":"00000000-0000-0000-0000-000000000000"})");
  EXPECT_EQ(decode_order_state(encode_order_state(Order{})).value(), Order{});
}

TEST(OrderState, OfATieTakesTheGreatestVersion) {
  Order order;
  set(order, OrderField::number, "1", at(1));
  set(order, OrderField::cart, "2", at(2));
  EXPECT_NE(encode_order_state(order).find(R"("v":"0000000000000002@)"), std::string::npos);
  EXPECT_EQ(decode_order_state(encode_order_state(order)).value(), order);
}

TEST(OrderState, RoundTripsAndEqualOrdersGiveEqualBytes) {
  const std::uint64_t seed = 20261130;
  std::cout << "seed " << seed << "\n";
  Generator random(seed);
  for (int round = 0; round < 5'000; ++round) {
    const Order order = random.order();
    const std::string text = encode_order_state(order);
    const auto again = decode_order_state(text);
    ASSERT_TRUE(again) << text << " seed " << seed << " round " << round;
    ASSERT_EQ(*again, order) << text << " seed " << seed << " round " << round;
    ASSERT_EQ(encode_order_state(*again), text) << "seed " << seed << " round " << round;
  }
}

TEST(OrderState, TheLargestOrderPeopleCanMakeCanBeReadAgain) {
  Order order;
  const auto id = [](std::size_t n) {
    const std::string tail = std::to_string(n);
    return LineKey{std::string(kProductIdCharsMax - tail.size(), '"') + tail, std::string(kProductIdCharsMax, '\\')};
  };
  std::string wide;
  for (std::size_t i = 0; i < kLineNameCharsMax; ++i) wide += "\U0001f33f";
  for (std::size_t i = 0; i < kOrderLineKeysMax; ++i) {
    LineCell& cell = order.lines[id(i)];
    cell.version = {Hlc{1 + i}, "pos:" + std::string(32, 'a')};
    if (i < kOrderLinesMax)
      cell.line = OrderLine{kQuantityMax, wide, wide.substr(0, 4 * kCategoryCharsMax), kWeightMgMax, kCentsMax};
  }
  std::string notes;
  while (notes.size() < 4 * spec_of(OrderField::notes).chars_max) notes += wide.substr(0, 4);
  set(order, OrderField::notes, notes);
  EXPECT_EQ(decode_order_state(encode_order_state(order)).value(), order);
}

TEST(OrderState, UnknownMembersAreUnsupported) {
  const std::string text = encode_order_state(order_of_everything());
  for (const auto& changed :
       {with(text, R"("id":)", R"("points":7,"id":)"), with(text, R"("number":)", R"("table":)"),
        with(text, "PACKED_READY", "ON_THE_ROOF"), with(text, R"("quantity":2)", R"("quantity":2,"thc":20)")}) {
    const auto again = decode_order_state(changed);
    ASSERT_FALSE(again) << changed;
    EXPECT_EQ(again.error().code, Errc::unsupported) << changed;
  }
}

TEST(OrderState, RefusesWhatIsMalformed) {
  const std::string text = encode_order_state(order_of_everything());
  for (const auto& changed :
       {with(text, R"("id":"0190)", R"("id":"01)"), with(text, R"("v":"0)", R"("v":")"),
        with(text, R"("f":{)", R"("f":{"number":"1",)"), with(text, R"("vs":{)", R"("vs":{"cart":"0000000000000001@pos:a",)"),
        with(text, R"("quantity":2)", R"("quantity":0)"), with(text, R"("lines":{)", R"("lines":{"":null,)"), std::string("{}"),
        std::string("[]"), std::string(), std::string(R"({"id":"0190f3a1-7c2e-7abc-8def-0123456789ab","f":{"number":"1"}})"),
        std::string(R"({"id":"0190f3a1-7c2e-7abc-8def-0123456789ab","lines":{"1":null}})")}) {
    const auto again = decode_order_state(changed);
    ASSERT_FALSE(again) << changed;
    EXPECT_EQ(again.error().code, Errc::invalid) << changed;
  }
}

TEST(OrderText, IsThePayloadOfAChangeOfAnOrder) {
  Generator random(7);
  Envelope envelope;
  envelope.entity = kOrderEntity;
  for (int i = 0; i < 50; ++i) {
    envelope.version = epoch_at(3);
    const OrderChange change = random.change_of_any_leaf();
    const std::string line = encode(Payload{change, {}}, envelope.version);
    EXPECT_EQ(decode_payload(line, envelope).value().body, ChangeBody(change)) << line;
  }
}

}  // namespace
}  // namespace tillgate
