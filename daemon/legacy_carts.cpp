#include "daemon/legacy_carts.hpp"

#include <algorithm>
#include <utility>

namespace tillgate::legacy {

namespace {

constexpr std::size_t kDigitsMin = 7, kDigitsMax = 15;

}  // namespace

void Carts::forget_old(Time now) {
  std::erase_if(carts_, [&](const auto& pair) { return now - pair.second.changed_at >= kCartTime; });
}

const Cart* Carts::find(Time now, const std::string& phone) {
  forget_old(now);
  const auto found = carts_.find(phone);
  return found == carts_.end() ? nullptr : &found->second;
}

Result<const Cart*> Carts::add(Time now, const std::string& phone, const std::vector<Item>& items, std::string_view who) {
  const Cart* held = find(now, phone);
  const auto is_theirs = [&](const auto& pair) { return pair.second.begun_by == who; };
  const auto theirs = static_cast<std::size_t>(std::count_if(carts_.begin(), carts_.end(), is_theirs));
  if (!held && (carts_.size() >= kCartsMax || theirs >= kCartsOfOneMax))
    return fail(Errc::busy, "There are too many carts; try again later.");
  Cart cart = held ? *held : Cart{{}, now, std::string(who)};
  for (const auto& item : items) cart.items[item.key] += item.line.quantity.value_or(0);
  if (cart.items.size() > kOrderLinesMax) return fail(Errc::invalid, "There is too much in this cart.");
  for (const auto& [key, quantity] : cart.items)
    if (quantity > kQuantityMax) return fail(Errc::invalid, "There is too much of one product in this cart.");
  cart.changed_at = now;
  return &(carts_[phone] = std::move(cart));
}

const Cart* Carts::update(Time now, const std::string& phone, const LineKey& key, std::int64_t quantity) {
  if (!find(now, phone)) return nullptr;
  Cart& cart = carts_[phone];
  const auto item = cart.items.find(key);
  if (item == cart.items.end()) return nullptr;
  if (quantity == 0)
    cart.items.erase(item);
  else
    item->second = quantity;
  cart.changed_at = now;
  return &cart;
}

std::optional<std::string> phone_digits(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  // A national number and the same one with its country are one.
  if (digits.size() == 11 && digits.front() == '1') digits.erase(0, 1);
  if (digits.size() < kDigitsMin || digits.size() > kDigitsMax) return std::nullopt;
  return digits;
}

}  // namespace tillgate::legacy
