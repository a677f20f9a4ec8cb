#include "daemon/order_json.hpp"

#include <algorithm>
#include <array>

#include "core/order_status.hpp"
#include "daemon/api_common.hpp"

namespace tillgate {

namespace {

constexpr std::array<std::string_view, 7> kSetBySystem{"id",   "pos_links", "created_at", "updated_at",
                                                       "etag", "sync",      "may_become"};
constexpr std::array kForStaff{OrderField::notes, OrderField::reason};

void complain(ParsedOrder& out, std::string field, std::string code, std::string sentence) {
  out.faults.push_back(FieldFault{std::move(field), std::move(code), std::move(sentence)});
}

void read_field(const std::string& name, const Json& value, ParsedOrder& out) {
  const auto field = order_field_named(name);
  if (!field) return complain(out, name, "unknown_field", "This field does not exist.");
  const bool is_number = spec_of(*field).kind == OrderFieldKind::cents;
  if (value.is_null()) {
    out.patch.fields.emplace_back(*field, std::nullopt);
  } else if (const auto* number = value.as<std::int64_t>(); number && is_number) {
    out.patch.fields.emplace_back(*field, std::to_string(*number));
  } else if (const auto* text = value.as<std::string>(); text && !is_number) {
    out.patch.fields.emplace_back(*field, *text);
  } else {
    complain(out, name, "wrong_type",
             is_number ? "This must be a whole number without quotes, or null to clear it."
                       : "This must be text in quotes, or null to clear it.");
  }
}

void read_line_member(const std::string& line, const std::string& name, const Json& value, LinePatch& into, ParsedOrder& out) {
  const std::string path = line + "." + shown(name);
  for (const auto& [known, number] : {std::pair{"quantity", &into.quantity}, std::pair{"weight_mg", &into.weight_mg},
                                      std::pair{"price_cents", &into.price_cents}}) {
    if (name != known) continue;
    if (const auto* given = value.as<std::int64_t>()) {
      *number = *given;
    } else {
      complain(out, path, "wrong_type", "This must be a whole number without quotes.");
    }
    return;
  }
  for (const auto& [known, text] : {std::pair{"name", &into.name}, std::pair{"category", &into.category}}) {
    if (name != known) continue;
    if (const auto* given = value.as<std::string>()) {
      *text = *given;
    } else if (value.is_null()) {
      *text = "";
    } else {
      complain(out, path, "wrong_type", "This must be text in quotes, or null to clear it.");
    }
    return;
  }
  complain(out, path, "unknown_field", "A line holds quantity, name, category, weight_mg and price_cents.");
}

// {"p1": {"quantity": 2}, "p1/3.5g": null}: by product, or product and value, so that a merge patch can name one line.
void read_lines(const Json& value, ParsedOrder& out) {
  const auto* lines = value.as<Json::Object>();
  if (lines == nullptr)
    return complain(out, "lines", "wrong_type",
                    "This must be an object of lines by their product, such as {\"p1\": {\"quantity\": 1}}.");
  for (const auto& [key_text, members] : *lines) {
    const auto key = LineKey::from_text(key_text);
    const std::string path = "lines." + shown(key_text);
    if (!key) {
      complain(out, path, "not_a_product", "A product is named by 1 to 64 plain characters, its value after one slash.");
      continue;
    }
    if (members.is_null()) {
      out.patch.lines.emplace_back(*key, std::nullopt);
      continue;
    }
    const auto* object = members.as<Json::Object>();
    if (object == nullptr) {
      complain(out, path, "wrong_type", "This must be an object such as {\"quantity\": 1}, or null to remove the line.");
      continue;
    }
    LinePatch line;
    for (const auto& [name, member] : *object) read_line_member(path, name, member, line, out);
    out.patch.lines.emplace_back(*key, std::move(line));
  }
}

void write_lines(JsonWriter& json, const Order& order) {
  json.key("lines").begin_object();
  for (const auto& [key, cell] : order.lines) {
    if (!cell.line) continue;
    json.key(key.text()).begin_object().key("quantity").number(cell.line->quantity);
    json.member_unless_empty("name", cell.line->name).member_unless_empty("category", cell.line->category);
    if (cell.line->weight_mg) json.key("weight_mg").number(*cell.line->weight_mg);
    if (cell.line->price_cents) json.key("price_cents").number(*cell.line->price_cents);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

ParsedOrder order_from(const Json::Object& body, WriteKind kind) {
  ParsedOrder out;
  for (const auto& [key, value] : body) {
    const std::string name = shown(key);
    if (name == "lines") {
      read_lines(value, out);
    } else if (name == "resume" && kind == WriteKind::create) {
      if (const auto* given = value.as<bool>())
        out.may_resume = *given;
      else
        complain(out, name, "wrong_type", "This must be true or false.");
    } else if (std::find(kSetBySystem.begin(), kSetBySystem.end(), name) != kSetBySystem.end()) {
      complain(out, name, "read_only", "This field is set by the system and cannot be written.");
    } else {
      read_field(name, value, out);
    }
  }
  return out;
}

void write_order(JsonWriter& json, const Order& order, Role role) {
  json.key("id").text(order.id.text());
  for (const auto& spec : order_fields()) {
    if (role == Role::kiosk && std::find(kForStaff.begin(), kForStaff.end(), spec.field) != kForStaff.end()) continue;
    const auto& value = order[spec.field].value;
    json.key(spec.name);
    const auto cents = spec.kind == OrderFieldKind::cents && value ? cents_from_text(*value) : std::nullopt;
    cents ? json.number(*cents) : json.text_or_null(value);
  }
  write_lines(json, order);
  json.key("pos_links").begin_array();
  for (const auto& [account, cell] : order.pos_links)
    if (cell.value) json.begin_object().key("account").text(account).key("pos_id").text(*cell.value).end_object();
  json.end_array().key("may_become").begin_array();
  if (const auto status = order.status())
    for (const auto next : moves_from(*status, standing_of(name_of(role)))) json.text(name_of(next));
  json.end_array();
}

void write_limits(JsonWriter& json, const std::vector<LimitViolation>& limits) {
  json.key("limits").begin_array();
  for (const auto& limit : limits) {
    json.begin_object().key("name").text(limit.name);
    json.key("max_mg").number(limit.max_mg).key("actual_mg").number(limit.actual_mg).key("product_ids").begin_array();
    for (const auto& product : limit.product_ids) json.text(product);
    json.end_array().key("earlier_orders").begin_array();
    for (const auto& earlier : limit.earlier) json.text(earlier.text());
    json.end_array().end_object();
  }
  json.end_array();
}

void write_faults(JsonWriter& json, const std::vector<FieldFault>& faults) {
  json.key("errors").begin_array();
  for (const auto& fault : faults)
    json.begin_object()
        .key("field")
        .text(fault.field)
        .key("code")
        .text(fault.code)
        .key("sentence")
        .text(fault.sentence)
        .end_object();
  json.end_array();
}

}  // namespace tillgate
