// PutAside: batches that came before what they follow. With several receivers a gap usually closes by itself within
// milliseconds, when another one commits the batch before; so a gap is answered only after it has lasted.
// Pure and bounded; the intake's thread owns it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "core/time.hpp"
#include "headoffice/receive.hpp"

namespace tillgate {

class PutAside {
 public:
  struct Limits {
    Duration patience = seconds(2);
    Duration look_every = milliseconds(100);
    std::size_t per_store = 64;
    std::size_t bytes = 64 * 1024 * 1024;  // of memory: about five times what a batch unpacks to
  };
  PutAside() = default;
  explicit PutAside(Limits limits) : limits_(limits) {}

  // One epoch of one store: the lowest batch of it tells about all of them.
  struct Group {
    StoreKey from;
    Epoch epoch;
    auto operator<=>(const Group&) const = default;
  };

  // False: no room. The same run put aside again replaces the one that waits, and goes on waiting since then.
  [[nodiscard]] bool add(Time now, const BatchPtr& batch);
  // Its lowest batch, still waiting.
  [[nodiscard]] BatchPtr lowest(const Group& group) const;
  void remove_lowest(const Group& group);
  // Gives the group up: what follows a gap is resent after it anyway.
  void drop(const Group& group);

  [[nodiscard]] std::vector<Group> groups_of(const StoreKey& store) const;
  // Those to look at again, at most once per `look_every`.
  [[nodiscard]] std::vector<Group> due(Time now);
  // Has the oldest of the group waited long enough?
  [[nodiscard]] bool is_out_of_patience(const Group& group, Time now) const;
  [[nodiscard]] std::optional<Time> next_look() const;  // none: nothing waits
  [[nodiscard]] std::size_t size() const;

 private:
  struct Waiting {
    std::map<Seq, BatchPtr> batches;  // by first
    Time since{};
    Time looked_at{};
  };
  [[nodiscard]] std::size_t count_of(const StoreKey& store) const;
  Limits limits_{};
  std::map<Group, Waiting> groups_;
  std::size_t bytes_ = 0;
};

}  // namespace tillgate
