#include "core/path.hpp"

#include <algorithm>

namespace tillgate {

std::optional<EpochRoot> Path::root_of(Epoch epoch) const {
  const auto found = std::find_if(roots_.begin(), roots_.end(), [&](const EpochRoot& root) { return root.epoch == epoch; });
  if (found == roots_.end()) return std::nullopt;
  return *found;
}

std::optional<EpochRoot> Path::successor_of(Epoch epoch) const {
  for (std::size_t i = 0; i + 1 < roots_.size(); ++i)
    if (roots_[i].epoch == epoch) return roots_[i + 1];
  return std::nullopt;
}

std::optional<EpochRoot> Path::predecessor_of(Epoch epoch) const {
  for (std::size_t i = 1; i < roots_.size(); ++i)
    if (roots_[i].epoch == epoch) return roots_[i - 1];
  return std::nullopt;
}

std::optional<EpochRoot> Path::epoch_at(Seq seq) const {
  // Backwards: of two epochs with the same root the later one owns the rows, the earlier one never wrote any.
  const auto found = std::find_if(roots_.rbegin(), roots_.rend(), [&](const EpochRoot& root) { return root.after.seq < seq; });
  if (found == roots_.rend()) return std::nullopt;
  return *found;
}

void Path::rechain(EpochRoot root) {
  while (!roots_.empty() && roots_.back().after.seq >= root.after.seq) roots_.pop_back();
  roots_.push_back(std::move(root));
}

}  // namespace tillgate
