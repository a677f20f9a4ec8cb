#include "core/order_resume.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/typed_text.hpp"

namespace tillgate {

namespace {

constexpr std::array kTakenOver{OrderField::number, OrderField::payment, OrderField::age_check, OrderField::cart};

std::string notes_of(const Order& open, const std::string& more) {
  const std::string_view held = open.text(OrderField::notes);
  if (held.empty() || held == more) return more;
  return std::string(held) + "\n" + more;
}

}  // namespace

const Order* resumable(std::span<const Order> orders, std::span<const CustomerId> person, std::string_view store) {
  const Order* latest = nullptr;
  const auto rank = [](const Order& order) { return std::tuple(order.time(OrderField::placed_at), order.id); };
  for (const Order& order : orders) {
    const auto customer = order.customer();
    const bool is_theirs = customer && std::find(person.begin(), person.end(), *customer) != person.end();
    if (!is_theirs || order.text(OrderField::store) != store || order.status() != OrderStatus::awaiting_processing) continue;
    if (!latest || rank(order) > rank(*latest)) latest = &order;
  }
  return latest;
}

Resumption resume(const Order& open, const OrderPatch& create) {
  Resumption result;
  const auto complain = [&](std::string field, std::string_view code, std::string sentence) {
    result.faults.push_back({std::move(field), std::string(code), std::move(sentence)});
  };
  for (const auto& [field, value] : create.fields) {
    if (value && std::find(kTakenOver.begin(), kTakenOver.end(), field) != kTakenOver.end()) result.patch.set(field, value);
  }
  if (const auto* notes = create.find(OrderField::notes); notes && *notes) {
    std::string all = notes_of(open, **notes);
    const std::size_t chars_max = spec_of(OrderField::notes).chars_max;
    if (chars_in(all) > chars_max)
      complain("notes", "too_long",
               "With the notes of the open order these are more than " + std::to_string(chars_max) + " characters.");
    result.patch.set(OrderField::notes, std::move(all));
  }
  if (const auto* amount = create.find(OrderField::amount); amount && *amount) {
    const std::int64_t sum = cents_from_text(**amount).value_or(0) + cents_from_text(open.text(OrderField::amount)).value_or(0);
    if (sum > kCentsMax) complain("amount_cents", "out_of_range", "With the open order the amount is too large.");
    result.patch.set(OrderField::amount, std::to_string(sum));
  }
  std::size_t count = open.line_count();
  for (const auto& [key, line] : create.lines) {
    if (!line) continue;
    LinePatch sum = *line;
    const auto held = open.lines.find(key);
    if (held != open.lines.end() && held->second.line) {
      sum.quantity = held->second.line->quantity + line->quantity.value_or(1);
      if (*sum.quantity > kQuantityMax)
        complain(
            "lines." + key.text() + ".quantity", "out_of_range",
            "With the open order there would be more than " + std::to_string(kQuantityMax) + " of product " + key.text() + ".");
    } else {
      ++count;
    }
    result.patch.lines.emplace_back(key, std::move(sum));
  }
  if (count > kOrderLinesMax)
    complain("lines", "too_many", "With the open order there would be more than " + std::to_string(kOrderLinesMax) + " lines.");
  std::sort(result.patch.fields.begin(), result.patch.fields.end());
  return result;
}

}  // namespace tillgate
