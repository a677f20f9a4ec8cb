#include "store/order_plan.hpp"

#include <limits>
#include <utility>

#include "core/order_merge.hpp"
#include "core/order_resume.hpp"
#include "core/order_status.hpp"
#include "store/person_view.hpp"

namespace tillgate {
namespace {

// For judging alone: above whatever is there. What is written gets a version of its own.
const Version kAboveAll{Hlc{std::numeric_limits<std::uint64_t>::max()}, "plan"};

struct Found {  // of the buyer
  std::optional<PersonView> view;
  std::vector<CustomerId> person;
  std::vector<Order> orders;

  [[nodiscard]] Buyer buyer(bool must_be_here) const {
    return Buyer{view ? &view->stored.customer : nullptr, must_be_here, person, orders};
  }
};

Result<Found> find_buyer(Connection& db, const std::optional<CustomerId>& id, const SalePlace& place) {
  Found found;
  if (!id) return found;
  auto view = find_person(db, *id);
  if (!view) return fail(view.error());
  found.view = std::move(*view);
  found.person = found.view ? person_of(found.view->persons, *id) : std::vector{*id};
  const auto since = place.at.now - std::chrono::hours(24) * days_of_history(place.rules);
  auto orders = history_of(db, found.person, since);
  if (!orders) return fail(orders.error());
  found.orders = std::move(*orders);
  return found;
}

std::optional<CustomerId> customer_in(const OrderPatch& patch) {
  const auto* given = patch.find(OrderField::customer);
  return given && *given ? CustomerId::from_text(**given) : std::nullopt;
}

Order after(const Order& now, const OrderPatch& patch) {
  Order order = now;
  merge(order, versioned(now, patch, kAboveAll));
  return order;
}

void add(SaleVerdict& to, std::vector<FieldFault> faults) {
  for (auto& fault : faults) to.faults.push_back(std::move(fault));
}

void judge(OrderPlan& plan, const Order& now, const Buyer& buyer, const SalePlace& place, const Actor& actor) {
  add(plan.verdict, check_against(now, plan.patch, OrderAuthor{actor.role, place.store.value}));
  plan.after = after(now, plan.patch);
  if (!needs_verdict(now, plan.after)) return;
  auto verdict = judge_sale(place.rules, plan.after, buyer, place.at);
  add(plan.verdict, std::move(verdict.faults));
  plan.verdict.limits = std::move(verdict.limits);
}

}  // namespace

Result<OrderPlan> plan_create(Connection& db, const SalePlace& place, const Actor& actor, const OrderPatch& create,
                              bool may_resume) {
  OrderPlan plan;
  const auto customer = customer_in(create);
  auto found = find_buyer(db, customer, place);
  if (!found) return fail(found.error());
  const Buyer buyer = found->buyer(customer.has_value());
  if (auto fault = document_fault(create, standing_of(actor.role))) plan.verdict.faults.push_back(std::move(*fault));

  const Order* open = may_resume ? resumable(found->orders, found->person, place.store.value) : nullptr;
  if (open) {
    auto record = find_order(db, open->id);
    if (!record) return fail(record.error());
    plan.open = std::move(*record);
    auto resumption = resume(*open, create);
    add(plan.verdict, std::move(resumption.faults));
    plan.patch = std::move(resumption.patch);
    judge(plan, *open, buyer, place, actor);
    return plan;
  }
  plan.patch = create;
  add_buyer_fields(plan.patch, place.rules, buyer, place.at.today);
  add_system_fields(plan.patch, WriteKind::create, Order{}, place.store, place.at.now);
  judge(plan, Order{}, buyer, place, actor);
  return plan;
}

Result<OrderPlan> plan_update(Connection& db, const SalePlace& place, const Actor& actor, const Order& now,
                              const OrderPatch& update) {
  OrderPlan plan;
  plan.patch = update;
  const auto named = customer_in(update);
  const bool is_other_buyer = named && named != now.customer();
  const bool is_cleared = update.find(OrderField::customer) && !named;
  auto found = find_buyer(db, named ? named : is_cleared ? std::nullopt : now.customer(), place);
  if (!found) return fail(found.error());
  const Buyer buyer = found->buyer(is_other_buyer);
  if (auto fault = document_fault(update, standing_of(actor.role))) plan.verdict.faults.push_back(std::move(*fault));
  if (is_other_buyer && !update.find(OrderField::customer_type)) {
    const auto type = buyer.customer ? customer_type_on(place.at.today, *buyer.customer) : CustomerType::recreational;
    plan.patch.set(OrderField::customer_type, std::string(name_of(type)));
  }
  add_system_fields(plan.patch, WriteKind::update, now, place.store, place.at.now);
  judge(plan, now, buyer, place, actor);
  return plan;
}

}  // namespace tillgate
