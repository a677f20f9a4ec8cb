// What is done to orders: placed, gone on with, changed.
#include <utility>

#include "core/order_text.hpp"
#include "store/apply_common.hpp"
#include "store/order_plan.hpp"

namespace tillgate {
namespace {

SalePlace place_of(ApplyContext& context, const Moment& now) {
  return SalePlace{
      context.options.store, context.options.sale_rules, {day_of(context.options, now.recorded_at), now.recorded_at}};
}

// The state right after `seq`, as it was answered then.
Result<CommandOutcome> order_again(ApplyContext& context, const Repeat& repeat) {
  Connection& db = context.transaction.db();
  auto blanked = blanked_at(db, repeat.seq);
  if (!blanked) return fail(blanked.error());
  if (*blanked) {
    // What it said then went with its customer: the order as it is now.
    auto record = find_order(db, OrderId(repeat.record));
    if (!record) return fail(record.error());
    if (!*record) return fail(Errc::corrupt, "a kept answer points to no order", "row " + std::to_string(repeat.seq));
    const StoredOrder& now = (*record)->stored;
    return OrderCommitted{repeat.seq, now.order, now.etag, true, (*blanked)->prior == 0, (*blanked)->envelope.recorded_at};
  }
  auto change = change_at(db, repeat.seq);
  if (!change) return fail(change.error());
  if (!*change) return fail(Errc::corrupt, "a kept answer points beyond the ledger", "row " + std::to_string(repeat.seq));
  auto order = order_at(db, OrderId(repeat.record), repeat.seq);
  if (!order) return fail(order.error());
  OrderCommitted again;
  again.seq = repeat.seq;
  again.etag = hash_of(encode_order_state(*order));
  again.order = std::move(*order);
  again.is_replay = true;
  again.is_new = (*change)->prior == 0;
  again.recorded_at = (*change)->envelope.recorded_at;
  return again;
}

// Version, ledger row, state, answer.
template <class CommandType>
Result<CommandOutcome> write_order(ApplyContext& context, const CommandType& command, const ChangeId& change,
                                   OrderRecord& record, const OrderPatch& patch, const Moment& now) {
  auto& stored = record.stored;
  const bool is_new = record.n == 0;
  const Version version = next_version(context, now, stored.order.newest().hlc);
  OrderChange changes = versioned(stored.order, patch, version);
  if (changes.is_empty()) {
    auto kept = keep_unchanged(context, command.key, change, stored.order.id, stored.last_seq, now);
    if (!kept) return fail(kept.error());
    return OrderCommitted{stored.last_seq, stored.order, stored.etag, false, false, stored.updated_at};
  }
  Draft draft = draft_of(context, command, change, version, now);
  draft.entity = kOrderEntity;
  draft.key = stored.order.id;
  draft.kind = is_new ? "create" : "update";
  draft.prior = stored.last_seq;
  merge(stored.order, changes);
  draft.body = std::move(changes);
  if (stored.order.pos_links.size() > kPosLinksMax)
    return fail(Errc::invalid, "an order can be linked to at most " + std::to_string(kPosLinksMax) + " POS accounts");
  auto place = context.ledger.append(context.transaction, draft);
  if (!place) return fail(place.error());
  stored.last_seq = place->seq;
  stored.updated_at = now.recorded_at;
  if (auto saved = save_order(context.transaction, record); !saved) return fail(saved.error());
  return OrderCommitted{place->seq, std::move(stored.order), stored.etag, false, is_new, now.recorded_at};
}

OrderRefused refused(OrderPlan& plan, std::optional<OrderStatus> status) {
  return OrderRefused{std::move(plan.verdict.faults), std::move(plan.verdict.limits), status};
}

}  // namespace

Result<CommandOutcome> apply(ApplyContext& context, const CreateOrder& command) {
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  if (const auto* repeat = known->repeat()) return order_again(context, *repeat);

  auto plan = plan_create(context.transaction.db(), place_of(context, now), command.actor, command.patch, command.may_resume);
  if (!plan) return fail(plan.error());
  if (!plan->verdict.faults.empty()) return refused(*plan, plan->open ? plan->open->stored.order.status() : std::nullopt);
  OrderRecord record;
  if (plan->open) {
    record = std::move(*plan->open);
  } else {
    record.stored.order.id =
        command.key ? order_id_of(*command.key) : OrderId(uuid_v7(now.recorded_at, random_bytes<10>(context.options)));
    record.stored.created_at = now.recorded_at;
  }
  return write_order(context, command, known->change, record, plan->patch, now);
}

Result<CommandOutcome> apply(ApplyContext& context, const UpdateOrder& command) {
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);  // before If-Match: a repeat names the state that it changed itself
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  if (const auto* repeat = known->repeat()) return order_again(context, *repeat);

  auto record = find_order(context.transaction.db(), command.id);
  if (!record) return fail(record.error());
  if (!*record) return fail(Errc::not_found, "there is no such order");
  const auto& stored = (*record)->stored;
  if (command.if_match && *command.if_match != stored.etag) return StaleOrder{stored.order, stored.etag};
  auto plan = plan_update(context.transaction.db(), place_of(context, now), command.actor, stored.order, command.patch);
  if (!plan) return fail(plan.error());
  if (!plan->verdict.faults.empty()) return refused(*plan, stored.order.status());
  return write_order(context, command, known->change, **record, plan->patch, now);
}

}  // namespace tillgate
