#include "core/order.hpp"

#include <algorithm>
#include <charconv>

#include "core/typed_text.hpp"

namespace tillgate {

namespace {

constexpr std::array<std::string_view, 3> kKinds{"in_store", "pickup", "delivery"};
constexpr std::array<std::string_view, 2> kPayments{"unpaid", "paid"};
constexpr std::array<std::string_view, 1> kAgeChecks{"document"};

// In the order of OrderField.
constexpr std::array<OrderFieldSpec, kOrderFieldCount> kOrderFields{{
    {OrderField::number, "number", OrderFieldKind::text, 64, {}, true, true},
    {OrderField::customer, "customer", OrderFieldKind::customer, 36, {}, true, true},
    {OrderField::customer_type, "customer_type", OrderFieldKind::choice, 16, kCustomerTypeNames, false, true},
    {OrderField::status, "status", OrderFieldKind::choice, 32, kOrderStatusNames, false, true},
    {OrderField::kind, "kind", OrderFieldKind::choice, 16, kKinds, false, true},
    {OrderField::payment, "payment", OrderFieldKind::choice, 16, kPayments, false, true},
    {OrderField::age_check, "age_check", OrderFieldKind::choice, 16, kAgeChecks, true, true},
    {OrderField::amount, "amount_cents", OrderFieldKind::cents, 10, {}, true, true},
    {OrderField::notes, "notes", OrderFieldKind::text, 4000, {}, true, true},
    {OrderField::reason, "reason", OrderFieldKind::text, 200, {}, true, true},
    {OrderField::cart, "cart", OrderFieldKind::text, 64, {}, true, true},
    {OrderField::store, "store", OrderFieldKind::store, 32, {}, false, false},
    {OrderField::placed_at, "placed_at", OrderFieldKind::time, 24, {}, false, false},
    {OrderField::completed_at, "completed_at", OrderFieldKind::time, 24, {}, true, false},
    {OrderField::printed_at, "printed_at", OrderFieldKind::time, 24, {}, true, true},
    {OrderField::printed_id, "printed_id", OrderFieldKind::text, 64, {}, true, true},
}};

bool is_product_id(std::string_view text) {
  return is_plain_id(text, kProductIdCharsMax) && text.find('/') == std::string_view::npos;
}

}  // namespace

std::span<const OrderFieldSpec> order_fields() {
  return kOrderFields;
}

const OrderFieldSpec& spec_of(OrderField field) {
  return kOrderFields[static_cast<std::size_t>(field)];
}

std::optional<OrderField> order_field_named(std::string_view name) {
  for (const auto& spec : kOrderFields) {
    if (spec.name == name) return spec.field;
  }
  return std::nullopt;
}

std::string label_of(const OrderFieldSpec& spec) {
  return spec.field == OrderField::amount ? "Amount" : label_of(spec.name);
}

std::string_view name_of(OrderStatus status) {
  return kOrderStatusNames[static_cast<std::size_t>(status)];
}

std::optional<OrderStatus> order_status_named(std::string_view name) {
  const auto* found = std::find(kOrderStatusNames.begin(), kOrderStatusNames.end(), name);
  if (found == kOrderStatusNames.end()) return std::nullopt;
  return static_cast<OrderStatus>(found - kOrderStatusNames.begin());
}

bool is_final(OrderStatus status) {
  return status == OrderStatus::completed || status == OrderStatus::canceled || status == OrderStatus::removed;
}

std::string_view name_of(CustomerType type) {
  return kCustomerTypeNames[static_cast<std::size_t>(type)];
}

std::string LineKey::text() const {
  return product_value_id.empty() ? product_id : product_id + "/" + product_value_id;
}

std::optional<LineKey> LineKey::from_text(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view product = text.substr(0, slash);
  if (!is_product_id(product)) return std::nullopt;
  if (slash == std::string_view::npos) return LineKey{std::string(product), {}};
  const std::string_view value = text.substr(slash + 1);
  if (!is_product_id(value)) return std::nullopt;
  return LineKey{std::string(product), std::string(value)};
}

CustomerType Order::customer_type() const {
  return text(OrderField::customer_type) == name_of(CustomerType::medical) ? CustomerType::medical : CustomerType::recreational;
}

std::size_t Order::line_count() const {
  return static_cast<std::size_t>(
      std::count_if(lines.begin(), lines.end(), [](const auto& entry) { return entry.second.line.has_value(); }));
}

Version Order::newest() const {
  Version newest;
  const auto see = [&](const Version& version) { newest = std::max(newest, version); };
  for (const auto& cell : cells) see(cell.version);
  for (const auto& [key, cell] : lines) see(cell.version);
  for (const auto& [account, cell] : pos_links) see(cell.version);
  return newest;
}

std::optional<std::int64_t> cents_from_text(std::string_view text) {
  std::int64_t cents = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cents);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const bool has_one_spelling = text == "0" || (text.front() >= '1' && text.front() <= '9');
  if (!has_one_spelling || cents > kCentsMax) return std::nullopt;
  return cents;
}

}  // namespace tillgate
