// Orders for tests: few versions, keys and values, so that ties and equal keys are common.
#pragma once

#include <string>
#include <string_view>

#include "core/order_merge.hpp"
#include "core/random.hpp"

namespace tillgate::orders {

inline Version at(std::uint64_t clock, std::string_view account = "a") {
  return {Hlc{clock}, "pos:" + std::string(account)};
}
inline OrderId order_id(std::uint8_t n) {
  OrderId id;
  id.bytes[15] = n;
  return id;
}
inline CustomerId customer_id(std::uint8_t n) {
  CustomerId id;
  id.bytes[0] = 0x01;
  id.bytes[15] = n;
  return id;
}
inline LineKey key(std::string_view text) {
  return *LineKey::from_text(text);
}
inline OrderLine line(std::int64_t quantity, std::string category = "", std::optional<std::int64_t> weight_mg = {}) {
  return OrderLine{quantity, "", std::move(category), weight_mg, {}};
}
inline void set(Order& order, OrderField field, std::string value, Version version = at(1)) {
  order[field] = Cell{std::move(value), std::move(version)};
}
inline void add(Order& order, std::string_view product, OrderLine what, Version version = at(1)) {
  order.lines[key(product)] = LineCell{std::move(what), std::move(version)};
}
inline Order order_in(OrderStatus status, std::string_view store = "store-7") {
  Order order;
  order.id = order_id(1);
  set(order, OrderField::status, std::string(name_of(status)));
  set(order, OrderField::store, std::string(store));
  set(order, OrderField::kind, "in_store");
  return order;
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
  Version version() { return at(1 + below(5), std::array{"a", "b", "c"}[below(3)]); }

  std::optional<OrderLine> some_line() {
    if (below(4) == 0) return std::nullopt;
    OrderLine one = line(1 + static_cast<std::int64_t>(below(2)));
    if (below(2) == 0) one.name = std::array{"Gummies", "Blue \"D\"\n\u00fc"}[below(2)];
    if (below(2) == 0) one.category = "edibles";
    if (below(2) == 0) one.weight_mg = static_cast<std::int64_t>(below(3)) * 3'500;
    if (below(3) == 0) one.price_cents = static_cast<std::int64_t>(below(2)) * kCentsMax;
    return one;
  }
  std::optional<std::string> value(OrderField field) {
    if (below(5) == 0) return std::nullopt;
    const OrderFieldSpec& spec = spec_of(field);
    switch (spec.kind) {
      case OrderFieldKind::text: return std::array{"", "A-17", "caf\u00e9 \\ \"x\"\n"}[below(3)];
      case OrderFieldKind::choice: return std::string(spec.choices[below(spec.choices.size())]);
      case OrderFieldKind::customer: return customer_id(static_cast<std::uint8_t>(below(3))).text();
      case OrderFieldKind::cents: return std::array{"0", "1250", "9999999999"}[below(3)];
      case OrderFieldKind::time: return to_text(timestamp_from_ms(1'790'000'000'000 + static_cast<std::int64_t>(below(3))));
      case OrderFieldKind::store: return std::array{"store-7", "store-8"}[below(2)];
    }
    return std::nullopt;
  }
  LineKey some_key() { return key(std::array{"p1", "p1/3.5g", "42"}[below(3)]); }
  std::string account() { return std::array{"treez", "cova"}[below(2)]; }

  OrderChange change() {
    OrderChange change;
    for (auto left = below(4); left > 0; --left) {
      const auto field = below(2) == 0 ? OrderField::status : std::array{OrderField::notes, OrderField::amount}[below(2)];
      change.fields.push_back({field, value(field), version(), version()});
    }
    for (auto left = below(3); left > 0; --left) change.lines.push_back({some_key(), some_line(), version(), version()});
    if (below(2) == 0) change.pos_links.push_back({account(), value(OrderField::number), version(), version()});
    return change;
  }
  // Each leaf at most once, as a ledger has it.
  OrderChange change_of_any_leaf() {
    OrderChange change;
    for (const auto& spec : order_fields()) {
      if (below(3) == 0) change.fields.push_back({spec.field, value(spec.field), version(), below(2) ? version() : Version{}});
    }
    for (const auto* product : {"42", "p1", "p1/3.5g"}) {
      if (below(2)) change.lines.push_back({key(product), some_line(), version(), below(2) ? version() : Version{}});
    }
    if (below(2)) change.pos_links.push_back({account(), value(OrderField::number), version(), version()});
    return change;
  }
  Order order() {
    Order order;
    for (auto& byte : order.id.bytes) byte = static_cast<std::uint8_t>(random_.next());
    for (auto left = below(4); left > 0; --left) merge(order, change_of_any_leaf());
    return order;
  }

 private:
  Random random_;
};

}  // namespace tillgate::orders
