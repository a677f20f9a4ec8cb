// What clients of the platform before us send, as what our own commands take: bodies wrapped or flat, unknown fields dropped
// silently, numbers where texts belong. Pure; bytes of strangers. docs/legacy.md names every form.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/customer.hpp"
#include "core/http.hpp"
#include "core/json.hpp"
#include "core/order_patch.hpp"
#include "core/search_query.hpp"

namespace tillgate::legacy {

// {"<name>": {..}} gives what is inside; an object that has one of `known` at its top is taken as it is. Null: neither.
[[nodiscard]] const Json::Object* unwrapped(const Json::Object& body, std::string_view name,
                                            std::initializer_list<std::string_view> known);
// Text, or a number or truth value as text; trimmed. None: not there, blank, or nothing that could be text.
[[nodiscard]] std::optional<std::string> text_of(const Json::Object& object, std::string_view name);

// The eight fields of a customer. None: not one of them is there (400).
[[nodiscard]] std::optional<Patch> customer_from(const Json::Object& body);
// Six filters out of the query. Others are dropped; none that says anything leaves it empty, which `understand` refuses.
[[nodiscard]] SearchText filters_from(const HttpRequest& request);

struct Item {
  LineKey key;
  LinePatch line;
};
// `faults`: by the legacy names, such as items.product_id. Two of one product are one with the sum of both.
[[nodiscard]] std::vector<Item> items_from(const Json::Object& body, std::vector<FieldFault>& faults);

// The quantity that an item in a cart gets: 0, which takes it out, to kQuantityMax. None: anything else.
[[nodiscard]] std::optional<std::int64_t> quantity_of(const Json::Object& body);

struct OrderBody {
  OrderPatch patch;
  std::vector<FieldFault> faults;
};
// None: there is no order in it (400).
[[nodiscard]] std::optional<OrderBody> order_from(const Json::Object& body);

}  // namespace tillgate::legacy
