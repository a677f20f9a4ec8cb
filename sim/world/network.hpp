// Network: the broker and the lines to it. Batches and acks are lost, doubled, delayed and so reordered; a partition swallows
// everything while both ends believe in their session. It keeps nothing but one retained status per store: the ledgers are the
// queue. Messages are bytes, as the real codec wrote them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/codec.hpp"
#include "sim/world/stage.hpp"

namespace tillgate::sim {

class Network {
 public:
  // Who listens. `session` of a shop: acks reach only the connection that was there when they were sent, stragglers aside.
  struct Ends {
    std::size_t receivers = 1;
    std::function<void(std::size_t receiver, const StoreId& from, const Encoded& batch)> on_batch;
    std::function<void(std::size_t receiver, const StoreId& from, const Encoded& status, bool is_retained)> on_status;
    std::function<std::vector<std::size_t>(const StoreId& store)> shops_online;  // under this store's topics
    std::function<std::int64_t(std::size_t shop)> session_of;                    // 0: offline
    std::function<void(std::size_t shop, const Encoded& ack)> on_ack;
  };
  Network(Stage& stage, Ends ends) : stage_(stage), ends_(std::move(ends)) {}
  void connect(Ends ends) { ends_ = std::move(ends); }

  void publish_batch(std::size_t shop, const StoreId& store, const Encoded& batch);
  // One topic from one publisher: in order, whatever happens to the batches.
  void publish_status(std::size_t shop, const StoreId& store, const Encoded& status);
  void publish_ack(const StoreId& store, const Encoded& ack);
  // A receiver subscribes: it is told what was retained.
  void subscribe(std::size_t receiver);

  void partition(std::size_t shop, Duration how_long);
  [[nodiscard]] bool is_partitioned(std::size_t shop) const;
  void heal();

 private:
  [[nodiscard]] int copies() { return stage_.chance(stage_.faults.loss) ? 0 : stage_.chance(stage_.faults.doubled) ? 2 : 1; }
  void deliver_ack(std::size_t shop, std::int64_t session, bool is_straggler, const Encoded& ack);

  Stage& stage_;
  Ends ends_;
  std::map<StoreId, Encoded> retained_;
  std::map<std::size_t, Time> status_at_;  // when a shop's last status arrives
  std::map<std::size_t, Time> partitioned_till_;
};

}  // namespace tillgate::sim
