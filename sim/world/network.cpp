#include "sim/world/network.hpp"

#include <memory>

namespace tillgate::sim {

bool Network::is_partitioned(std::size_t shop) const {
  const auto found = partitioned_till_.find(shop);
  return found != partitioned_till_.end() && stage_.now() < found->second;
}

void Network::partition(std::size_t shop, Duration how_long) {
  ++stage_.outcome.partitions;
  stage_.tell("network: nothing passes to or from shop ", shop, " for a while");
  partitioned_till_[shop] = stage_.now() + how_long;
}

void Network::heal() {
  partitioned_till_.clear();
}

void Network::publish_batch(std::size_t shop, const StoreId& store, const Encoded& batch) {
  if (is_partitioned(shop)) return;
  const auto shared = std::make_shared<const Encoded>(batch);
  for (int i = copies(); i > 0; --i) {
    const std::size_t receiver = stage_.random.below(ends_.receivers);
    stage_.after(stage_.spread(stage_.faults.delay_max),
                 [this, receiver, store, shared] { ends_.on_batch(receiver, store, *shared); });
  }
}

void Network::publish_status(std::size_t shop, const StoreId& store, const Encoded& status) {
  Time& at = status_at_[shop];
  at = std::max(at, stage_.now() + stage_.spread(stage_.faults.delay_max));
  const auto shared = std::make_shared<const Encoded>(status);
  stage_.after(at - stage_.now(), [this, store, shared] {
    retained_[store] = *shared;
    if (stage_.policy.shares_status) return ends_.on_status(stage_.random.below(ends_.receivers), store, *shared, false);
    for (std::size_t receiver = 0; receiver < ends_.receivers; ++receiver) ends_.on_status(receiver, store, *shared, false);
  });
}

void Network::subscribe(std::size_t receiver) {
  if (stage_.policy.shares_status) return;  // a shared subscription is told nothing that was retained
  for (const auto& [store, status] : retained_) {
    const auto shared = std::make_shared<const Encoded>(status);
    stage_.after(stage_.spread(stage_.faults.delay_max),
                 [this, receiver, store = store, shared] { ends_.on_status(receiver, store, *shared, true); });
  }
}

void Network::publish_ack(const StoreId& store, const Encoded& ack) {
  for (const std::size_t shop : ends_.shops_online(store)) {
    const auto session = ends_.session_of(shop);
    for (int i = copies(); i > 0; --i) {
      const bool is_straggler = stage_.chance(stage_.faults.straggler);  // waited somewhere and comes into a later session
      stage_.after(stage_.spread(stage_.faults.delay_max) + (is_straggler ? stage_.spread(seconds(5)) : Duration{0}),
                   [this, shop, session, is_straggler, ack] { deliver_ack(shop, session, is_straggler, ack); });
    }
  }
}

void Network::deliver_ack(std::size_t shop, std::int64_t session, bool is_straggler, const Encoded& ack) {
  const auto now = ends_.session_of(shop);
  if (now == 0 || is_partitioned(shop) || (!is_straggler && now != session)) return;
  ends_.on_ack(shop, ack);
}

}  // namespace tillgate::sim
