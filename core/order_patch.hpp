// What somebody wants to write to an order, from typed text to what may be committed. Versions come later (core/order_merge.hpp);
// what depends on the order as it stands is judged in core/order_status.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/order.hpp"

namespace tillgate {

// A line is patched like a record: what is not named stays as it is. "" clears a text.
struct LinePatch {
  std::optional<std::int64_t> quantity;  // needed for a line that is not there yet
  std::optional<std::string> name, category;
  std::optional<std::int64_t> weight_mg, price_cents;
  bool operator==(const LinePatch&) const = default;
};

struct OrderPatch {
  std::vector<std::pair<OrderField, std::optional<std::string>>> fields;  // each once; nullopt: clear
  std::vector<std::pair<LineKey, std::optional<LinePatch>>> lines;        // nullopt: remove
  std::vector<std::pair<std::string, std::optional<std::string>>> pos_links;
  [[nodiscard]] bool is_empty() const { return fields.empty() && lines.empty() && pos_links.empty(); }
  // What it would set a field to; nullptr: it leaves the field alone.
  [[nodiscard]] const std::optional<std::string>* find(OrderField field) const;
  void set(OrderField field, std::optional<std::string> value);
  bool operator==(const OrderPatch&) const = default;
};

// As for customers: trims, normalises to NFC, gives choices, ids, amounts and times their one spelling, then checks every rule that
// needs no look at the order. `patch` is replaced by its normal form, sorted; all faults come back, empty when it may go on.
// A create needs a line, each with a quantity, and begins in VERIFICATION_PENDING or AWAITING_PROCESSING.
[[nodiscard]] std::vector<FieldFault> normalise(OrderPatch& patch, WriteKind kind);

// Adds to a normal patch what no terminal writes: on create the store, the time and what was left open (AWAITING_PROCESSING,
// in_store, unpaid, recreational); with COMPLETED the time of completion. `now`: the order as it stands, empty on create.
void add_system_fields(OrderPatch& patch, WriteKind kind, const Order& now, const StoreId& store, Timestamp at);

}  // namespace tillgate
