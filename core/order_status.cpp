#include "core/order_status.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "core/order_merge.hpp"

namespace tillgate {

namespace {

// Rows from, columns to, in the order of OrderStatus: staff, manager, administrator; '-' nobody; '=' where it is already.
constexpr std::array<std::string_view, 8> kMoves{
    // VP AP IP PR OD CO CA RE
    "=s----sm",  // VERIFICATION_PENDING
    "-=s---sm",  // AWAITING_PROCESSING
    "-m=sssma",  // IN_PROCESS
    "--m=ssma",  // PACKED_READY
    "---s=sma",  // OUT_FOR_DELIVERY: what nobody opened to comes back to the shelf
    "-----=--",  // COMPLETED
    "------=-",  // CANCELED
    "-------=",  // REMOVED
};

constexpr std::array kOpenToTheEnd{OrderField::payment, OrderField::notes, OrderField::printed_at, OrderField::printed_id};
constexpr std::array kFixedWhenPacked{OrderField::customer, OrderField::customer_type, OrderField::kind, OrderField::age_check};

std::string words_of(OrderStatus status) {
  std::string words(name_of(status));
  std::replace(words.begin(), words.end(), '_', ' ');
  std::transform(words.begin(), words.end(), words.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return words;
}

bool is_packed(OrderStatus status) {
  return status == OrderStatus::packed_ready || status == OrderStatus::out_for_delivery || is_final(status);
}

class Check {
 public:
  Check(const Order& now, const OrderPatch& patch, const OrderAuthor& author)
      : now_(now), patch_(patch), author_(author), standing_(standing_of(author.role)) {}

  std::vector<FieldFault> run() {
    const auto status = now_.status();
    if (now_.newest().is_set()) check_store();
    if (status) check_move(*status);
    if (status && is_packed(*status)) check_fixed(*status);
    check_lines();
    return std::move(faults_);
  }

 private:
  void complain(std::string field, std::string_view code, std::string sentence) {
    faults_.push_back({std::move(field), std::string(code), std::move(sentence)});
  }

  // The value as it will be.
  std::string_view will_be(OrderField field) const {
    const auto* given = patch_.find(field);
    if (!given) return now_.text(field);
    return *given ? std::string_view(**given) : std::string_view();
  }
  bool changes(OrderField field) const {
    const auto* given = patch_.find(field);
    return given && *given != now_[field].value;
  }

  // An order without a store is one whose beginning has not arrived; it is nobody's to change meanwhile.
  void check_store() {
    const bool is_own = !author_.store.empty() && now_.text(OrderField::store) == author_.store;
    if (standing_ == Standing::administrator || is_own) return;
    complain("store", "other_store", "This order belongs to another store.");
  }

  void check_move(OrderStatus from) {
    const auto to = order_status_named(will_be(OrderField::status));
    if (!to || *to == from) return;
    const auto needed = needed_for(from, *to);
    if (!needed) {
      complain("status", is_final(from) ? "final" : "not_possible",
               is_final(from) ? "This order is " + words_of(from) + "; it cannot be opened again."
                              : "An order that is " + words_of(from) + " cannot become " + words_of(*to) + ".");
    } else if (*needed > standing_) {
      complain("status", "not_allowed",
               standing_ == Standing::none    ? "Orders are moved by staff."
               : *needed == Standing::manager ? "A manager has to do this."
                                              : "An administrator has to do this.");
    }
    if ((*to == OrderStatus::canceled || *to == OrderStatus::removed) && will_be(OrderField::reason).empty())
      complain("reason", "required", "Say why the order is " + words_of(*to) + ".");
    if (*to == OrderStatus::out_for_delivery && will_be(OrderField::kind) != "delivery")
      complain("status", "not_a_delivery", "Only a delivery goes out for delivery.");
  }

  void check_fixed(OrderStatus status) {
    const auto is_among = [](const auto& list, OrderField field) {
      return std::find(list.begin(), list.end(), field) != list.end();
    };
    const std::string reason = " cannot be changed: the order is " + words_of(status) + ".";
    for (const auto& [field, value] : patch_.fields) {
      const bool has_own_rule = field == OrderField::status || field == OrderField::completed_at;
      const bool is_fixed = is_final(status) ? !is_among(kOpenToTheEnd, field) : is_among(kFixedWhenPacked, field);
      if (!has_own_rule && is_fixed && changes(field))
        complain(std::string(spec_of(field).name), "fixed", label_of(spec_of(field)) + reason);
    }
    if (!versioned(now_, OrderPatch{{}, patch_.lines, {}}, Version{}).is_empty()) complain("lines", "fixed", "Lines" + reason);
  }

  void check_lines() {
    std::size_t count = now_.line_count(), keys = now_.lines.size();
    for (const auto& [key, line] : patch_.lines) {
      const auto held = now_.lines.find(key);
      const bool is_there = held != now_.lines.end() && held->second.line;
      if (line && !is_there && !line->quantity)
        complain("lines." + key.text() + ".quantity", "required", "Product " + key.text() + " needs a quantity.");
      if (line && !is_there) ++count;
      if (line && held == now_.lines.end()) ++keys;
      if (!line && is_there) --count;
    }
    if (count > kOrderLinesMax && count > now_.line_count())
      complain("lines", "too_many", "An order can have at most " + std::to_string(kOrderLinesMax) + " lines.");
    if (keys > kOrderLineKeysMax && keys > now_.lines.size())
      complain("lines", "too_many", "This order was changed too often; begin a new one.");
  }

  const Order& now_;
  const OrderPatch& patch_;
  const OrderAuthor& author_;
  Standing standing_;
  std::vector<FieldFault> faults_;
};

}  // namespace

Standing standing_of(std::string_view role) {
  if (role == "administrator") return Standing::administrator;
  if (role == "manager") return Standing::manager;
  return role == "staff" ? Standing::staff : Standing::none;
}

std::optional<Standing> needed_for(OrderStatus from, OrderStatus to) {
  switch (kMoves[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)]) {
    case '=': return Standing::none;
    case 's': return Standing::staff;
    case 'm': return Standing::manager;
    case 'a': return Standing::administrator;
    default: return std::nullopt;
  }
}

std::vector<OrderStatus> moves_from(OrderStatus from, Standing standing) {
  std::vector<OrderStatus> moves;
  for (std::size_t i = 0; i < kOrderStatusNames.size(); ++i) {
    const auto to = static_cast<OrderStatus>(i);
    const auto needed = needed_for(from, to);
    if (to != from && needed && *needed <= standing) moves.push_back(to);
  }
  return moves;
}

std::vector<FieldFault> check_against(const Order& now, const OrderPatch& patch, const OrderAuthor& author) {
  return Check(now, patch, author).run();
}

}  // namespace tillgate
