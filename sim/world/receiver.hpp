// Receiver: one instance of head office, as a process over the shared office: what headoffice/intake does with a batch, a status
// and a gap. When it dies, what it had put aside or not yet acknowledged is gone.
#pragma once

#include <map>

#include "sim/world/network.hpp"
#include "sim/world/office.hpp"

namespace tillgate::sim {

class Receiver {
 public:
  Receiver(Stage& stage, Network& network, Office& office, std::size_t number)
      : stage_(stage), network_(network), office_(office), number_(number) {}
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  void hear_batch(const StoreId& from, const Encoded& bytes);
  void hear_status(const StoreId& from, const Encoded& bytes, bool is_retained);
  void crash();    // and comes back a little later
  void connect();  // subscribes and says where everybody stands
  [[nodiscard]] bool is_alive() const { return is_alive_; }

 private:
  // The lowest batch of one epoch of one store tells about all of them.
  using Group = std::pair<StoreId, Epoch>;
  struct Waiting {
    std::map<Seq, CheckedPtr> batches;  // by first
    Time since{};
  };
  void later(Duration wait, std::function<void()> work);
  void take(const CheckedPtr& batch);
  void put_aside(const CheckedPtr& batch);
  void look_again(const StoreId& store);
  void look_at(const Group& group);
  void schedule_look(const Group& group);
  void commit_late(const CheckedPtr& batch, const Office::Receipt& receipt);
  void acknowledge(Ack ack);

  Stage& stage_;
  Network& network_;
  Office& office_;
  std::size_t number_;
  std::int64_t life_ = 0;
  bool is_alive_ = true;
  std::map<Group, Waiting> waiting_;
};

}  // namespace tillgate::sim
