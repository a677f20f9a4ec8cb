// Orders for store tests: commands, and waiting for their answers.
#pragma once

#include "core/order_status.hpp"
#include "tests/store/support.hpp"

namespace tillgate::testing {

inline const Actor kStaff{"till-1", "", "staff"};

struct Goods {
  std::string product;
  std::int64_t quantity = 1;
  std::int64_t weight_mg = 1000;
  std::string category = "flower";
};

inline CreateOrder order(std::optional<CustomerId> customer, std::vector<Goods> goods, std::optional<CommandKey> key = {}) {
  CreateOrder command;
  command.actor = kStaff;
  command.key = std::move(key);
  if (customer) command.patch.set(OrderField::customer, customer->text());
  for (const auto& one : goods) {
    LinePatch line;
    line.quantity = one.quantity;
    line.weight_mg = one.weight_mg;
    line.category = one.category;
    command.patch.lines.emplace_back(*LineKey::from_text(one.product), line);
  }
  EXPECT_TRUE(normalise(command.patch, WriteKind::create).empty());
  return command;
}
// Begins a new one whatever is open.
inline CreateOrder fresh(CreateOrder command) {
  command.may_resume = false;
  return command;
}

inline UpdateOrder move(const OrderId& id, OrderStatus to, std::optional<CommandKey> key = {}, std::string role = "staff") {
  UpdateOrder command;
  command.actor = Actor{"till-1", "", std::move(role)};
  command.key = std::move(key);
  command.id = id;
  command.patch.set(OrderField::status, std::string(name_of(to)));
  if (to == OrderStatus::canceled || to == OrderStatus::removed) command.patch.set(OrderField::reason, "test");
  return command;
}

inline CustomerId customer(Store& store, const std::string& birthday = "1990-01-01", const std::string& type = "recreational") {
  auto command = create("Ada");
  if (!birthday.empty()) command.patch.fields.emplace_back(Field::birthday, birthday);
  command.patch.fields.emplace_back(Field::type, type);
  return commit(store, command).customer.id;
}

// The OrderCommitted of a command that must succeed.
inline OrderCommitted placed(Store& store, Command command) {
  auto outcome = run(store, std::move(command));
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().what + " | " + outcome.error().detail);
  if (!outcome) return {};
  if (const auto* refused = std::get_if<OrderRefused>(&*outcome)) {
    for (const auto& fault : refused->faults) ADD_FAILURE() << fault.field << " " << fault.code << ": " << fault.sentence;
    return {};
  }
  EXPECT_TRUE(std::holds_alternative<OrderCommitted>(*outcome));
  return std::holds_alternative<OrderCommitted>(*outcome) ? std::get<OrderCommitted>(*outcome) : OrderCommitted{};
}
// The codes of a command that must be refused.
inline std::vector<std::string> codes_of(const Result<CommandOutcome>& outcome) {
  std::vector<std::string> codes;
  const auto* refused = outcome ? std::get_if<OrderRefused>(&*outcome) : nullptr;
  EXPECT_NE(refused, nullptr) << "it was not refused";
  if (refused != nullptr)
    for (const auto& fault : refused->faults) codes.push_back(fault.code);
  return codes;
}
using Codes = std::vector<std::string>;

inline void complete(Store& store, const OrderId& id) {
  for (const auto to : {OrderStatus::in_process, OrderStatus::packed_ready, OrderStatus::completed})
    (void)placed(store, move(id, to));
}

}  // namespace tillgate::testing
