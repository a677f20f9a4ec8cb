#include "core/order_merge.hpp"

#include <algorithm>

#include "core/order_text.hpp"

namespace tillgate {

namespace {

using Value = std::optional<std::string>;

// What a value is ranked by before its version. Completed stands above canceled and removed: the goods and the money have changed
// hands. As a function of the value alone it keeps the whole comparison a total order, so merging stays the taking of a maximum.
int finality(OrderField field, const Value& value) {
  const auto status = field == OrderField::status && value ? order_status_named(*value) : std::nullopt;
  if (!status || !is_final(*status)) return 0;
  return *status == OrderStatus::completed ? 2 : 1;
}

bool field_outranks(OrderField field, const Value& value, const Version& version, const Cell& held) {
  const int rank = finality(field, value), held_rank = finality(field, held.value);
  if (rank != held_rank) return rank > held_rank;
  return outranks(value, version, held.value, held.version);
}

Value text_of(const std::optional<OrderLine>& line) {
  return line ? Value(line_text(*line)) : Value();
}

void note_conflict(std::string name, const Cell& held, const Cell& incoming, bool wins, const Version& was,
                   MergeOutcome& outcome) {
  if (!is_conflict(held, incoming.value, incoming.version, was)) return;
  const Cell& kept = wins ? incoming : held;
  const Cell& lost = wins ? held : incoming;
  outcome.conflicts.push_back({std::move(name), kept.value, lost.value, kept.version, lost.version});
}

void take(Cell& into, const Value& value, const Version& version, MergeOutcome& outcome) {
  into = Cell{value, version};
  outcome.has_changed = true;
}

// By its text, so that all replicas hash the same bytes.
bool line_outranks(const std::optional<OrderLine>& line, const Version& version, const LineCell& held) {
  if (version != held.version) return version > held.version;
  return line != held.line && outranks(text_of(line), version, text_of(held.line), held.version);
}

void take(LineCell& into, const std::optional<OrderLine>& line, const Version& version, MergeOutcome& outcome) {
  into = LineCell{line, version};
  outcome.has_changed = true;
}

}  // namespace

OrderLine patched(const std::optional<OrderLine>& line, const LinePatch& patch) {
  OrderLine result = line.value_or(OrderLine{});
  if (patch.quantity) result.quantity = *patch.quantity;
  if (patch.name) result.name = *patch.name;
  if (patch.category) result.category = *patch.category;
  if (patch.weight_mg) result.weight_mg = patch.weight_mg;
  if (patch.price_cents) result.price_cents = patch.price_cents;
  return result;
}

OrderChange versioned(const Order& now, const OrderPatch& patch, const Version& version) {
  OrderChange change;
  for (const auto& [field, value] : patch.fields) {
    if (now[field].value != value) change.fields.push_back({field, value, version, now[field].version});
  }
  for (const auto& [key, line] : patch.lines) {
    const auto held = now.lines.find(key);
    const LineCell cell = held == now.lines.end() ? LineCell{} : held->second;
    const auto wanted = line ? std::optional(patched(cell.line, *line)) : std::nullopt;
    if (cell.line != wanted) change.lines.push_back({key, wanted, version, cell.version});
  }
  for (const auto& [account, pos_id] : patch.pos_links) {
    const auto held = now.pos_links.find(account);
    const Cell cell = held == now.pos_links.end() ? Cell{} : held->second;
    if (cell.value != pos_id) change.pos_links.push_back({account, pos_id, version, cell.version});
  }
  return change;
}

Hlc newest_in(const OrderChange& change) {
  Hlc newest;
  for (const auto& write : change.fields) newest = std::max(newest, write.version.hlc);
  for (const auto& write : change.lines) newest = std::max(newest, write.version.hlc);
  for (const auto& write : change.pos_links) newest = std::max(newest, write.version.hlc);
  return newest;
}

MergeOutcome merge(Order& into, const OrderChange& change) {
  MergeOutcome outcome;
  for (const auto& write : change.fields) {
    Cell& held = into[write.field];
    const bool wins = field_outranks(write.field, write.value, write.version, held);
    note_conflict(std::string(spec_of(write.field).name), held, Cell{write.value, write.version}, wins, write.was, outcome);
    if (wins) take(held, write.value, write.version, outcome);
  }
  for (const auto& write : change.lines) {
    LineCell& held = into.lines[write.key];
    const bool wins = line_outranks(write.line, write.version, held);
    if (held.line != write.line) {
      note_conflict("lines." + write.key.text(), Cell{text_of(held.line), held.version},
                    Cell{text_of(write.line), write.version}, wins, write.was, outcome);
    }
    if (wins) take(held, write.line, write.version, outcome);
  }
  for (const auto& write : change.pos_links) {
    Cell& held = into.pos_links[write.account];
    const bool wins = outranks(write.pos_id, write.version, held.value, held.version);
    note_conflict("pos_links." + write.account, held, Cell{write.pos_id, write.version}, wins, write.was, outcome);
    if (wins) take(held, write.pos_id, write.version, outcome);
  }
  return outcome;
}

MergeOutcome merge(Order& into, const Order& other) {
  MergeOutcome outcome;
  for (const auto& spec : order_fields()) {
    const Cell& cell = other[spec.field];
    if (field_outranks(spec.field, cell.value, cell.version, into[spec.field]))
      take(into[spec.field], cell.value, cell.version, outcome);
  }
  for (const auto& [key, cell] : other.lines) {
    LineCell& held = into.lines[key];
    if (line_outranks(cell.line, cell.version, held)) take(held, cell.line, cell.version, outcome);
  }
  for (const auto& [account, cell] : other.pos_links) {
    Cell& held = into.pos_links[account];
    if (outranks(cell.value, cell.version, held.value, held.version)) take(held, cell.value, cell.version, outcome);
  }
  return outcome;
}

}  // namespace tillgate
