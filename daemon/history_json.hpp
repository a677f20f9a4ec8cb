// What happened to a customer, as JSON: for the history, and for the copy that a customer is given of it.
#pragma once

#include "core/json.hpp"
#include "store/queries.hpp"
#include "store/seal.hpp"

namespace tillgate {

// Which write, when, who, from where, why.
void write_origin(JsonWriter& json, Seq seq, const Uuid& record, const Envelope& envelope);
void write_entry(JsonWriter& json, const Sealer& sealer, const HistoryEntry& entry);
void write_leaf_origin(JsonWriter& json, const LeafOrigin& origin);

}  // namespace tillgate
