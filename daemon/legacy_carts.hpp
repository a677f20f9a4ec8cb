// The carts of kiosks, by telephone number. Not records: a cart is kept in memory alone, for an hour after its last change, as the
// platform before us kept it; what is ordered becomes an order, and that is on disk. Never written anywhere, so that the number of
// somebody who only looked is not either.
// Thread: logic.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"
#include "daemon/legacy_request.hpp"

namespace tillgate::legacy {

inline constexpr std::size_t kCartsMax = 1000, kCartsOfOneMax = 250;
inline constexpr Duration kCartTime = std::chrono::hours(1);

struct Cart {
  std::map<LineKey, std::int64_t> items;  // -> quantity; at most kOrderLinesMax
  Time changed_at{};
  std::string begun_by;  // whose credential: one kiosk does not fill the room of all
};

class Carts {
 public:
  // Null: there is none, or it is too old.
  [[nodiscard]] const Cart* find(Time now, const std::string& phone);
  // Adds to the cart, which is made where there is none. Errc::busy: too many carts, or too many of `who`; Errc::invalid: too much in it.
  [[nodiscard]] Result<const Cart*> add(Time now, const std::string& phone, const std::vector<Item>& items, std::string_view who);
  // 0 takes the item out. Null: there is no such cart, or no such item in it.
  [[nodiscard]] const Cart* update(Time now, const std::string& phone, const LineKey& key, std::int64_t quantity);
  [[nodiscard]] std::size_t size() const { return carts_.size(); }

 private:
  void forget_old(Time now);
  std::map<std::string, Cart> carts_;
};

// Its digits, by which a cart is found however the number is typed. None: too few or too many to be one.
[[nodiscard]] std::optional<std::string> phone_digits(std::string_view text);

}  // namespace tillgate::legacy
