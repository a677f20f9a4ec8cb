// What is written to an order, with versions, and what two replicas make of it. The rule for leaves is that of core/merge.hpp, and
// so is the promise: any order, any number of times, gives the same order. One thing is added: what is final stays. A status that
// ends an order outranks one that does not, whatever the clocks say, because goods that were handed over do not come back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/merge.hpp"
#include "core/order.hpp"
#include "core/order_patch.hpp"

namespace tillgate {

struct OrderWrite {
  OrderField field;
  std::optional<std::string> value;
  Version version;
  Version was;  // not set: nothing was there
  bool operator==(const OrderWrite&) const = default;
};
struct LineWrite {
  LineKey key;
  std::optional<OrderLine> line;  // the whole line; nullopt: removed
  Version version;
  Version was;
  bool operator==(const LineWrite&) const = default;
};
struct OrderChange {
  std::vector<OrderWrite> fields;
  std::vector<LineWrite> lines;
  std::vector<PosLinkWrite> pos_links;
  [[nodiscard]] bool is_empty() const { return fields.empty() && lines.empty() && pos_links.empty(); }
  bool operator==(const OrderChange&) const = default;
};

// The line that a patch makes of the one that is there, or of none.
[[nodiscard]] OrderLine patched(const std::optional<OrderLine>& line, const LinePatch& patch);

// Turns a normal patch into versioned writes against the order as it stands; what is there already is left out.
[[nodiscard]] OrderChange versioned(const Order& now, const OrderPatch& patch, const Version& version);

// The highest version in it: whoever receives the change writes above that from then on.
[[nodiscard]] Hlc newest_in(const OrderChange& change);

MergeOutcome merge(Order& into, const OrderChange& change);
// Whole states (snapshots, anti-entropy).
MergeOutcome merge(Order& into, const Order& other);

}  // namespace tillgate
