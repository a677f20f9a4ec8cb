#include "daemon/legacy_answers.hpp"

#include <algorithm>
#include <array>

#include "daemon/customer_json.hpp"

namespace tillgate::legacy {

namespace {

constexpr std::size_t kProblemBytesMax = 1024 * 1024;

// Ours -> what those clients know.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kFieldNames{{{"licence.number", "drivers_license"},
                                                                                    {"licence", "drivers_license"},
                                                                                    {"lines", "items"},
                                                                                    {"customer", "customer_id"},
                                                                                    {"number", "order_number"},
                                                                                    {"cart", "cart_id"},
                                                                                    {"printed_at", "printed_date"}}};

std::string field_name(std::string_view ours) {
  for (const auto& [name, theirs] : kFieldNames)
    if (name == ours) return std::string(theirs);
  return ours.starts_with("lines.") ? "items" : ours.empty() ? "base" : std::string(ours);
}

std::string text_in(const Json::Object& object, std::string_view name) {
  JsonReader reader(object);
  const auto* text = reader.take<std::string>(name);
  return text ? *text : std::string();
}

void write_errors(JsonWriter& json, const Json::Object& problem) {
  // By field, in the order of the first fault of each.
  std::vector<std::pair<std::string, std::vector<std::string>>> by_field;
  JsonReader reader(problem);
  if (const auto* faults = reader.take<Json::Array>("errors")) {
    for (const Json& entry : *faults) {
      const auto* fault = entry.as<Json::Object>();
      if (fault == nullptr) continue;
      const auto name = field_name(text_in(*fault, "field"));
      auto known = std::find_if(by_field.begin(), by_field.end(), [&](const auto& pair) { return pair.first == name; });
      if (known == by_field.end()) known = by_field.insert(by_field.end(), {name, {}});
      known->second.push_back(text_in(*fault, "sentence"));
    }
  }
  if (by_field.empty()) by_field.push_back({"base", {text_in(problem, "title")}});
  json.key("errors").begin_object();
  for (const auto& [field, sentences] : by_field) {
    json.key(field).begin_array();
    for (const auto& sentence : sentences) json.text(sentence);
    json.end_array();
  }
  json.end_object();
}

}  // namespace

HttpResponse in_its_form(HttpResponse response) {
  if (response.content_type != "application/problem+json") return response;
  const auto parsed = parse_json(response.body, kProblemBytesMax);
  const auto* problem = parsed ? parsed->as<Json::Object>() : nullptr;
  if (problem == nullptr) return response;
  JsonWriter json;
  json.begin_object();
  if (response.status == 401 || response.status == 403) {
    json.key("error").begin_object().key("message").text(text_in(*problem, "title")).end_object();
  } else if (response.status == 422) {
    write_errors(json, *problem);
  } else {
    json.key("status").number(response.status).key("message").text(text_in(*problem, "title"));
    json.key("code").text(text_in(*problem, "code"));
  }
  json.end_object();
  response.body = json.take();
  response.content_type = "application/json";
  return response;
}

void write_customer(JsonWriter& json, const Gateway& gateway, Role role, const Customer& customer,
                    std::span<const CustomerId> records, Timestamp updated_at) {
  const auto text = [&](std::string_view name, Field field) {
    json.key(name).text_or_null(text_shown(customer, records, field, role, gateway.store.sealer()));
  };
  const auto status = customer.text(Field::status);
  json.begin_object().key("status").text(status.empty() || status == "active" ? "active" : "inactive");
  json.key("customer_id").text(customer.id.text());
  text("first_name", Field::first_name);
  text("last_name", Field::last_name);
  text("gender", Field::gender);
  text("birthday", Field::birthday);
  text("email", Field::email);
  text("phone", Field::phone);
  text("drivers_license", Field::licence_number);
  text("notes", Field::notes);
  json.key("last_modified_date_utc").text(to_text(updated_at)).end_object();
}

void write_order(JsonWriter& json, const Order& order, Role role) {
  const auto text = [&](std::string_view name, OrderField field) { json.key(name).text_or_null(order[field].value); };
  json.begin_object().key("order_id").text(order.id.text()).key("ticket_id").text(order.id.text());
  text("order_number", OrderField::number);
  text("customer_id", OrderField::customer);
  text("cart_id", OrderField::cart);
  text("status", OrderField::status);
  json.key("notes").text_or_null(role == Role::kiosk ? std::nullopt : order[OrderField::notes].value);
  text("printed_date", OrderField::printed_at);
  text("printed_id", OrderField::printed_id);
  json.key("items").begin_array();
  for (const auto& [key, cell] : order.lines) {
    if (!cell.line) continue;
    json.begin_object().key("product_id").text(key.product_id).key("product_value_id");
    key.product_value_id.empty() ? json.null() : json.text(key.product_value_id);
    json.key("quantity").number(cell.line->quantity).end_object();
  }
  json.end_array().end_object();
}

}  // namespace tillgate::legacy
