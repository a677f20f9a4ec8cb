// Path: the chain of epoch roots of one ledger file, oldest first. Rows keep the epoch they were written in; the path
// says at which row each epoch was left for the next.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "core/change.hpp"

namespace tillgate {

class Path {
 public:
  Path() = default;
  explicit Path(std::vector<EpochRoot> roots) : roots_(std::move(roots)) {}

  [[nodiscard]] bool is_empty() const { return roots_.empty(); }
  [[nodiscard]] const EpochRoot& current() const { return roots_.back(); }
  [[nodiscard]] const std::vector<EpochRoot>& roots() const { return roots_; }
  [[nodiscard]] std::optional<EpochRoot> root_of(Epoch epoch) const;
  // The epoch that follows `epoch` on the path: its root is where `epoch` was left. None: `epoch` is current or unknown.
  [[nodiscard]] std::optional<EpochRoot> successor_of(Epoch epoch) const;
  // The epoch before `epoch` on the path. None: `epoch` is the first or unknown.
  [[nodiscard]] std::optional<EpochRoot> predecessor_of(Epoch epoch) const;
  // The epoch that a row with this seq was written in; beyond the last row the current one.
  [[nodiscard]] std::optional<EpochRoot> epoch_at(Seq seq) const;
  void push(EpochRoot root) { roots_.push_back(std::move(root)); }
  // After a re-chain every row behind root.after belongs to root.epoch: epochs that began there or later are gone.
  void rechain(EpochRoot root);

 private:
  std::vector<EpochRoot> roots_;
};

}  // namespace tillgate
