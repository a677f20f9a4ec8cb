#include "core/order_patch.hpp"

#include <algorithm>
#include <set>

#include "core/complaints.hpp"
#include "core/typed_text.hpp"

namespace tillgate {

namespace {

bool equal_but_for_case(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return lower_ascii(a) == lower_ascii(b); });
}

std::string range_of(std::int64_t min, std::int64_t max) {
  return std::to_string(min) + " to " + std::to_string(max);
}

// The rule of a field's kind, for a value in normal form that is not empty. Gives the value its one spelling.
std::optional<Complaint> check_value(const OrderFieldSpec& spec, std::string& value) {
  switch (spec.kind) {
    case OrderFieldKind::text: return std::nullopt;
    case OrderFieldKind::choice: {
      const auto* found = std::find_if(spec.choices.data(), spec.choices.data() + spec.choices.size(),
                                       [&](std::string_view choice) { return equal_but_for_case(choice, value); });
      if (found == spec.choices.data() + spec.choices.size())
        return Complaint{"not_a_choice", " must be one of " + list_of(spec.choices) + "."};
      value = *found;
      return std::nullopt;
    }
    case OrderFieldKind::customer:
      std::transform(value.begin(), value.end(), value.begin(), lower_ascii);
      if (CustomerId::from_text(value)) return std::nullopt;
      return Complaint{"not_a_customer", " must be the id of a customer."};
    case OrderFieldKind::cents:
      if (cents_from_text(value)) return std::nullopt;
      return Complaint{"not_an_amount", " must be a whole number of cents, " + range_of(0, kCentsMax) + "."};
    case OrderFieldKind::time: {
      const auto at = timestamp_from_text(value);
      if (!at) return Complaint{"not_a_time", " must be a time in UTC, written like 2026-11-27T18:00:00Z."};
      value = to_text(*at);
      return std::nullopt;
    }
    case OrderFieldKind::store:
      return is_name_id(value) ? std::nullopt : std::optional(Complaint{"not_a_store", " is not a store."});
  }
  return std::nullopt;
}

class OrderNormaliser {
 public:
  OrderNormaliser(OrderPatch& patch, WriteKind kind) : patch_(patch), kind_(kind) {}

  std::vector<FieldFault> run() {
    for (auto& [field, value] : patch_.fields) check_field(spec_of(field), value);
    if (kind_ == WriteKind::create) check_create();
    check_lines();
    complaints_.check_pos_links(patch_.pos_links, "An order");
    sort();
    return complaints_.take();
  }

 private:
  void check_field(const OrderFieldSpec& spec, std::optional<std::string>& value) {
    const std::string name(spec.name), label = label_of(spec);
    if (!complaints_.is_first(name, label + " is given twice.")) return;
    if (!spec.is_writable_by_terminals) return complaints_.add(name, "read_only", label + " is set by the system.");
    const std::size_t chars_max = spec.kind == OrderFieldKind::text ? spec.chars_max : kTypedBytesMax;
    const TextRule rule{.chars_max = chars_max, .keeps_lines = spec.field == OrderField::notes};
    if (value && !complaints_.check_text(name, label, *value, rule)) return;
    if (value && value->empty()) value.reset();
    if (!value) {
      // On create the system sets what is left open.
      if (!spec.is_clearable && kind_ == WriteKind::update) complaints_.add(name, "required", label + " cannot be empty.");
      return;
    }
    if (const auto complaint = check_value(spec, *value)) complaints_.add(name, complaint->code, label + complaint->rest);
  }

  void check_create() {
    if (const auto* status = patch_.find(OrderField::status); status && *status) {
      const auto named = order_status_named(**status);
      if (named && *named != OrderStatus::verification_pending && *named != OrderStatus::awaiting_processing)
        complaints_.add("status", "not_allowed", "A new order begins as VERIFICATION_PENDING or AWAITING_PROCESSING.");
    }
    if (std::none_of(patch_.lines.begin(), patch_.lines.end(), [](const auto& entry) { return entry.second.has_value(); }))
      complaints_.add("lines", "required", "An order needs at least one line.");
  }

  void check_lines() {
    if (patch_.lines.size() > kOrderLinesMax) {
      complaints_.add("lines", "too_many", "An order can have at most " + std::to_string(kOrderLinesMax) + " lines.");
      patch_.lines.clear();  // refused as a whole; nothing below looks at it
      return;
    }
    std::set<LineKey> keys;
    for (auto& [key, line] : patch_.lines) {
      // A key that is none may hold anything, so it is not repeated in the answer.
      if (LineKey::from_text(key.text()) != key) {
        complaints_.add("lines", "not_a_product", "A product is named by 1 to 64 plain characters without spaces and slashes.");
        continue;
      }
      const std::string name = "lines." + key.text();
      if (!keys.insert(key).second) complaints_.add(name, "duplicate", "Product " + key.text() + " is given twice.");
      if (line) check_line(name, key.text(), *line);
    }
  }

  void check_line(const std::string& name, const std::string& product, LinePatch& line) {
    const auto check_number = [&](std::string_view what, std::string_view label, const std::optional<std::int64_t>& value,
                                  std::int64_t min, std::int64_t max, std::string_view unit) {
      if (value && (*value < min || *value > max))
        complaints_.add(
            name + "." + std::string(what), "out_of_range",
            std::string(label) + " of product " + product + " must be " + range_of(min, max) + std::string(unit) + ".");
    };
    check_number("quantity", "Quantity", line.quantity, 1, kQuantityMax, "");
    check_number("weight_mg", "Weight", line.weight_mg, 0, kWeightMgMax, " milligrams");
    check_number("price_cents", "Price", line.price_cents, 0, kCentsMax, " cents");
    if (kind_ == WriteKind::create && !line.quantity)
      complaints_.add(name + ".quantity", "required", "Product " + product + " needs a quantity.");
    if (line.name)
      (void)complaints_.check_text(name + ".name", "Name of product " + product, *line.name, {.chars_max = kLineNameCharsMax});
    if (line.category)
      (void)complaints_.check_text(name + ".category", "Category of product " + product, *line.category,
                                   {.chars_max = kCategoryCharsMax, .lower_cases = true});
  }

  // The normal form has one order, and so one text for one meaning.
  void sort() {
    const auto by_first = [](const auto& a, const auto& b) { return a.first < b.first; };
    std::stable_sort(patch_.fields.begin(), patch_.fields.end(), by_first);
    std::stable_sort(patch_.lines.begin(), patch_.lines.end(), by_first);
    std::stable_sort(patch_.pos_links.begin(), patch_.pos_links.end(), by_first);
  }

  OrderPatch& patch_;
  WriteKind kind_;
  Complaints complaints_;
};

}  // namespace

const std::optional<std::string>* OrderPatch::find(OrderField field) const {
  for (const auto& [named, value] : fields) {
    if (named == field) return &value;
  }
  return nullptr;
}

void OrderPatch::set(OrderField field, std::optional<std::string> value) {
  for (auto& [named, held] : fields) {
    if (named != field) continue;
    held = std::move(value);
    return;
  }
  fields.emplace_back(field, std::move(value));
}

std::vector<FieldFault> normalise(OrderPatch& patch, WriteKind kind) {
  return OrderNormaliser(patch, kind).run();
}

void add_system_fields(OrderPatch& patch, WriteKind kind, const Order& now, const StoreId& store, Timestamp at) {
  if (kind == WriteKind::create) {
    const auto set_default = [&](OrderField field, std::string_view value) {
      const auto* given = patch.find(field);
      if (!given || !*given) patch.set(field, std::string(value));
    };
    set_default(OrderField::customer_type, name_of(CustomerType::recreational));
    set_default(OrderField::status, name_of(OrderStatus::awaiting_processing));
    set_default(OrderField::kind, "in_store");
    set_default(OrderField::payment, "unpaid");
    patch.set(OrderField::store, store.value);
    patch.set(OrderField::placed_at, to_text(at));
  }
  const auto* status = patch.find(OrderField::status);
  const bool completes = status && *status == name_of(OrderStatus::completed) && now.status() != OrderStatus::completed;
  if (completes) patch.set(OrderField::completed_at, to_text(at));
}

}  // namespace tillgate
