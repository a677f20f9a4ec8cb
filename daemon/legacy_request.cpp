#include "daemon/legacy_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "service/http_text.hpp"

namespace tillgate::legacy {

namespace {

const Json* member(const Json::Object& object, std::string_view name) {
  const auto found = std::find_if(object.begin(), object.end(), [&](const auto& pair) { return pair.first == name; });
  return found == object.end() ? nullptr : &found->second;
}

std::string_view stripped(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// What those clients write where there is nothing.
bool is_blank(std::string_view text) {
  return text.empty() || equals_ignoring_case(text, "n/a");
}

// Free text then, a choice now.
std::string gender_of(std::string_view text) {
  struct Spelling {
    std::string_view then, now;
  };
  constexpr std::array<Spelling, 7> spellings{{{"f", "female"},
                                               {"woman", "female"},
                                               {"m", "male"},
                                               {"man", "male"},
                                               {"x", "nonbinary"},
                                               {"non-binary", "nonbinary"},
                                               {"o", "other"}}};
  const auto lower = to_lower(text);
  for (const auto& spelling : spellings)
    if (spelling.then == lower) return std::string(spelling.now);
  for (const auto& choice : spec_of(Field::gender).choices)
    if (choice == lower) return lower;
  return "unspecified";
}

constexpr std::array<std::pair<std::string_view, Field>, 9> kCustomerFields{{{"first_name", Field::first_name},
                                                                             {"last_name", Field::last_name},
                                                                             {"gender", Field::gender},
                                                                             {"birthday", Field::birthday},
                                                                             {"email", Field::email},
                                                                             {"phone", Field::phone},
                                                                             {"drivers_license", Field::licence_number},
                                                                             {"driver_license", Field::licence_number},
                                                                             {"notes", Field::notes}}};

std::optional<std::int64_t> whole_number(const Json::Object& object, std::string_view name) {
  const auto text = text_of(object, name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

FieldFault fault(std::string field, std::string code, std::string sentence) {
  return {std::move(field), std::move(code), std::move(sentence)};
}

std::optional<Item> item_from(const Json& entry, std::vector<FieldFault>& faults) {
  const auto* object = entry.as<Json::Object>();
  if (object == nullptr) {
    faults.push_back(fault("items", "wrong_type", "must be a list of objects with product_id and quantity"));
    return std::nullopt;
  }
  const auto product = text_of(*object, "product_id");
  const auto value = text_of(*object, "product_value_id");
  const auto key = product ? LineKey::from_text(value ? *product + "/" + *value : *product) : std::nullopt;
  if (!product) faults.push_back(fault("items.product_id", "required", "can't be blank"));
  if (product && !key) faults.push_back(fault("items.product_id", "not_a_product", "is invalid"));
  Item item;
  item.line.quantity = whole_number(*object, "quantity");
  const bool is_quantity = item.line.quantity && *item.line.quantity >= 1 && *item.line.quantity <= kQuantityMax;
  if (!is_quantity)
    faults.push_back(fault("items.quantity", "out_of_range", "must be a number from 1 to " + std::to_string(kQuantityMax)));
  if (!key || !is_quantity) return std::nullopt;
  item.key = *key;
  // Not of then: what the limits need to know, from clients that know it.
  item.line.name = text_of(*object, "name");
  item.line.category = text_of(*object, "category");
  item.line.weight_mg = whole_number(*object, "weight_mg");
  return item;
}

}  // namespace

const Json::Object* unwrapped(const Json::Object& body, std::string_view name, std::initializer_list<std::string_view> known) {
  if (const Json* inside = member(body, name)) return inside->as<Json::Object>();
  const bool is_flat = std::any_of(known.begin(), known.end(), [&](auto key) { return member(body, key) != nullptr; });
  return is_flat ? &body : nullptr;
}

std::optional<std::string> text_of(const Json::Object& object, std::string_view name) {
  const Json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  std::string text;
  if (const auto* given = value->as<std::string>())
    text = stripped(*given);
  else if (const auto* number = value->as<std::int64_t>())
    text = std::to_string(*number);
  else if (const auto* truth = value->as<bool>())
    text = *truth ? "true" : "false";
  if (is_blank(text)) return std::nullopt;
  return text;
}

std::optional<Patch> customer_from(const Json::Object& body) {
  const auto* customer = unwrapped(
      body, "customer",
      {"first_name", "last_name", "gender", "birthday", "email", "phone", "drivers_license", "driver_license", "notes"});
  if (customer == nullptr) return std::nullopt;
  Patch patch;
  for (const auto& [name, field] : kCustomerFields) {
    auto text = text_of(*customer, name);
    if (!text) continue;
    const bool is_there = std::any_of(patch.fields.begin(), patch.fields.end(),
                                      [&its_field = field](const auto& pair) { return pair.first == its_field; });
    if (is_there) continue;  // both spellings of the licence
    patch.fields.emplace_back(field, field == Field::gender ? gender_of(*text) : std::move(*text));
  }
  return patch;
}

SearchText filters_from(const HttpRequest& request) {
  SearchText text;
  const auto read = [&](std::string_view name, std::string SearchText::*into) {
    std::string value(request.query_value(name).value_or(""));
    // Their forms write a blank as '+', which is one nowhere else. An address may hold a real one.
    if (into != &SearchText::email) std::replace(value.begin(), value.end(), '+', ' ');
    if (!is_blank(stripped(value))) text.*into = stripped(value);
  };
  read("first_name", &SearchText::first_name);
  read("last_name", &SearchText::last_name);
  read("phone", &SearchText::phone);
  read("email", &SearchText::email);
  read("birthday", &SearchText::birthday);
  read("drivers_license", &SearchText::licence);
  read("driver_license", &SearchText::licence);
  return text;
}

std::vector<Item> items_from(const Json::Object& body, std::vector<FieldFault>& faults) {
  std::vector<Item> items;
  const Json* given = member(body, "items");
  const auto* list = given ? given->as<Json::Array>() : nullptr;
  if (list == nullptr || list->empty()) {
    faults.push_back(fault("items", "required", "can't be blank"));
    return items;
  }
  if (list->size() > kOrderLinesMax) {
    faults.push_back(fault("items", "too_many", "can be at most " + std::to_string(kOrderLinesMax)));
    return items;
  }
  for (const Json& entry : *list) {
    auto item = item_from(entry, faults);
    if (!item) continue;
    const auto same = std::find_if(items.begin(), items.end(), [&](const Item& known) { return known.key == item->key; });
    if (same == items.end())
      items.push_back(std::move(*item));
    else
      *same->line.quantity += *item->line.quantity;
  }
  return items;
}

std::optional<std::int64_t> quantity_of(const Json::Object& body) {
  const auto quantity = whole_number(body, "quantity");
  return quantity && *quantity >= 0 && *quantity <= kQuantityMax ? quantity : std::nullopt;
}

std::optional<OrderBody> order_from(const Json::Object& body) {
  const auto* order = unwrapped(body, "order", {"order_number", "customer_id", "notes", "cart_id", "items"});
  if (order == nullptr) return std::nullopt;
  OrderBody out;
  for (const auto& [name, field] :
       {std::pair{"order_number", OrderField::number}, std::pair{"customer_id", OrderField::customer},
        std::pair{"notes", OrderField::notes}, std::pair{"cart_id", OrderField::cart}})
    if (auto text = text_of(*order, name)) out.patch.fields.emplace_back(field, std::move(*text));
  for (auto& item : items_from(*order, out.faults)) out.patch.lines.emplace_back(std::move(item.key), std::move(item.line));
  return out;
}

}  // namespace tillgate::legacy
