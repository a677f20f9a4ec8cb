// Order: a value, what somebody wants or has bought, with a version per leaf. As with Customer the leaves are one table
// (`order_fields()`): validation, merging, texts and docs read it. An order names its customer by key and never holds a name;
// notes are the one leaf that may hold personal data, so an erasure reaches them (docs/orders.md).
// Money is integer cents, weight integer milligrams: nothing here rounds.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/customer.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "core/version.hpp"

namespace tillgate {

enum class OrderField : std::uint8_t {
  number,
  customer,
  customer_type,
  status,
  kind,
  payment,
  age_check,
  amount,
  notes,
  reason,
  cart,
  store,
  placed_at,
  completed_at,
  printed_at,
  printed_id,
};
inline constexpr std::size_t kOrderFieldCount = 16;

enum class OrderFieldKind : std::uint8_t { text, choice, customer, cents, time, store };

struct OrderFieldSpec {
  OrderField field;
  std::string_view name;  // as on the wire
  OrderFieldKind kind;
  std::size_t chars_max;                      // Unicode code points
  std::span<const std::string_view> choices;  // for OrderFieldKind::choice
  bool is_clearable;                          // false: an order without it would be in no state at all
  bool is_writable_by_terminals;              // false: set by the system
};
[[nodiscard]] std::span<const OrderFieldSpec> order_fields();
[[nodiscard]] const OrderFieldSpec& spec_of(OrderField field);
[[nodiscard]] std::optional<OrderField> order_field_named(std::string_view name);
[[nodiscard]] std::string label_of(const OrderFieldSpec& spec);  // "Printed at": how a sentence begins

enum class OrderStatus : std::uint8_t {
  verification_pending,
  awaiting_processing,
  in_process,
  packed_ready,
  out_for_delivery,
  completed,
  canceled,
  removed,
};
// As tills and POS systems write them.
inline constexpr std::array<std::string_view, 8> kOrderStatusNames{
    "VERIFICATION_PENDING", "AWAITING_PROCESSING", "IN_PROCESS", "PACKED_READY",
    "OUT_FOR_DELIVERY",     "COMPLETED",           "CANCELED",   "REMOVED"};
[[nodiscard]] std::string_view name_of(OrderStatus status);
[[nodiscard]] std::optional<OrderStatus> order_status_named(std::string_view name);
// Completed, canceled and removed: nothing follows.
[[nodiscard]] bool is_final(OrderStatus status);

enum class CustomerType : std::uint8_t { recreational, medical };
inline constexpr std::array<std::string_view, 2> kCustomerTypeNames{"recreational", "medical"};
[[nodiscard]] std::string_view name_of(CustomerType type);

inline constexpr std::size_t kOrderLinesMax = 200;      // that an order may be given; what crossed on the way may exceed it
inline constexpr std::size_t kOrderLineKeysMax = 1000;  // removed lines included
inline constexpr std::size_t kProductIdCharsMax = 64;
inline constexpr std::size_t kLineNameCharsMax = 200;
inline constexpr std::size_t kCategoryCharsMax = 100;
inline constexpr std::int64_t kQuantityMax = 10'000;
inline constexpr std::int64_t kWeightMgMax = 100'000'000;  // 100 kg
inline constexpr std::int64_t kCentsMax = 9'999'999'999;

// What a line is about: a product, or one value of it (a size, a strain).
struct LineKey {
  std::string product_id;        // 1 to 64 visible ASCII characters, no '/'
  std::string product_value_id;  // the same, or empty
  auto operator<=>(const LineKey&) const = default;
  [[nodiscard]] std::string text() const;  // "<product_id>" or "<product_id>/<product_value_id>"
  [[nodiscard]] static std::optional<LineKey> from_text(std::string_view text);
};

struct OrderLine {
  std::int64_t quantity = 1;                // 1 to kQuantityMax; goods sold by weight are values of a product
  std::string name;                         // empty: not known here
  std::string category;                     // lower case, so that one category has one spelling; empty: none
  std::optional<std::int64_t> weight_mg;    // of one
  std::optional<std::int64_t> price_cents;  // of one
  bool operator==(const OrderLine&) const = default;
};

// A cell without line but with a version was removed.
struct LineCell {
  std::optional<OrderLine> line;
  Version version;
  bool operator==(const LineCell&) const = default;
};

struct Order {
  OrderId id;
  std::array<Cell, kOrderFieldCount> cells;
  std::map<LineKey, LineCell> lines;
  std::map<std::string, Cell> pos_links;  // POS account -> its id for this order, the ticket

  [[nodiscard]] const Cell& operator[](OrderField field) const { return cells[static_cast<std::size_t>(field)]; }
  [[nodiscard]] Cell& operator[](OrderField field) { return cells[static_cast<std::size_t>(field)]; }
  [[nodiscard]] std::string_view text(OrderField field) const {  // empty when unset
    const auto& value = (*this)[field].value;
    return value ? std::string_view(*value) : std::string_view();
  }
  [[nodiscard]] std::optional<OrderStatus> status() const { return order_status_named(text(OrderField::status)); }
  [[nodiscard]] std::optional<CustomerId> customer() const { return CustomerId::from_text(text(OrderField::customer)); }
  [[nodiscard]] CustomerType customer_type() const;  // recreational unless it says medical
  [[nodiscard]] std::optional<Timestamp> time(OrderField field) const { return timestamp_from_text(text(field)); }
  [[nodiscard]] std::size_t line_count() const;  // without the removed ones
  // The highest version anywhere in the order.
  [[nodiscard]] Version newest() const;
  bool operator==(const Order&) const = default;
};

// The number that a text of OrderFieldKind::cents is: 0 to kCentsMax, digits only, no leading zero.
[[nodiscard]] std::optional<std::int64_t> cents_from_text(std::string_view text);

}  // namespace tillgate
