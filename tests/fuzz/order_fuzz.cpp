// An order out of the ledger or off the link: what is written to one, and its state. What is accepted is within its bounds, reads
// back without change and merges as it must.
#include <algorithm>
#include <string>

#include "core/json.hpp"
#include "core/order_merge.hpp"
#include "core/order_text.hpp"
#include "core/payload.hpp"
#include "core/purchase_limit.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

const Version& some_version() {
  static const Version version = *Version::from_text("01964d2a4c000001@pos:treez-main");
  return version;
}

Result<OrderChange> change_in(std::string_view text) {
  const auto json = parse_json(text, kPayloadBytesMax);
  const auto* object = json ? json->as<Json::Object>() : nullptr;
  if (!object) return fail(Errc::invalid, "no object");
  JsonReader reader(*object);
  return read_order_change(reader, some_version());
}

std::string text_of(const OrderChange& change) {
  JsonWriter json;
  json.begin_object();
  write_members(json, change, some_version());
  return json.end_object().take();
}

void check_line(const LineKey& key, const std::optional<OrderLine>& line) {
  claim(LineKey::from_text(key.text()) == key, "a line's key reads back");
  if (!line) return;
  claim(line->quantity >= 1 && line->quantity <= kQuantityMax, "a quantity has its bounds");
  const auto weight = line->weight_mg.value_or(0), price = line->price_cents.value_or(0);
  claim(weight >= 0 && weight <= kWeightMgMax, "a weight has its bounds");
  claim(price >= 0 && price <= kCentsMax, "a price has its bounds");
}

void check_field(const OrderFieldSpec& spec, const std::optional<std::string>& value) {
  if (!value) return;
  claim(is_utf8(*value), "a value is text");
  const bool is_choice = spec.kind == OrderFieldKind::choice;
  claim(!is_choice || std::ranges::find(spec.choices, *value) != spec.choices.end(), "a choice is one of those there are");
  claim(spec.kind != OrderFieldKind::cents || cents_from_text(*value), "an amount is a number of cents");
  claim(spec.kind != OrderFieldKind::customer || CustomerId::from_text(*value), "a customer is named by key");
  claim(spec.kind != OrderFieldKind::time || timestamp_from_text(*value), "a time is a time");
}

void check_order(const Order& order) {
  for (const auto& spec : order_fields()) check_field(spec, order[spec.field].value);
  for (const auto& [key, cell] : order.lines) check_line(key, cell.line);
  const std::string once = encode_order_state(order);
  const auto again = decode_order_state(once);
  claim(again.has_value() && *again == order && encode_order_state(*again) == once, "a state reads back, to the byte");
  Order merged = order;
  claim(!merge(merged, order).has_changed && merged == order, "merging a state with itself changes nothing");
  Order afresh;
  afresh.id = order.id;
  merge(afresh, order);
  claim(afresh == order, "merged into nothing it is itself");
  const PurchaseLimit limit{"any", 1, {"flower", "edibles"}, std::nullopt, 30};
  const PurchaseHistory history{{}, std::span(&order, 1), timestamp_from_ms(1'790'000'000'000)};
  for (const auto& violation : violations(std::span(&limit, 1), order, history)) {
    claim(violation.actual_mg > violation.max_mg && !violation.product_ids.empty(), "a violation is one");
  }
}

void check_change(const OrderChange& change) {
  for (const auto& write : change.fields) {
    check_field(spec_of(write.field), write.value);
    claim(write.version.is_set(), "a write has a version");
  }
  for (const auto& write : change.lines) check_line(write.key, write.line);
  const auto again = change_in(text_of(change));
  claim(again.has_value() && *again == change, "a change reads back");
  Order order;
  merge(order, change);
  claim(!merge(order, change).has_changed, "a change has its effect once");
  check_order(order);
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto change = fuzz::change_in(text)) fuzz::check_change(*change);
  if (const auto order = decode_order_state(text)) fuzz::check_order(*order);
  return 0;
}
