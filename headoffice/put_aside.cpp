#include "headoffice/put_aside.hpp"

#include <algorithm>

namespace tillgate {

bool PutAside::add(Time now, const BatchPtr& batch) {
  const Group group{batch->from, batch->batch.header.epoch};
  const auto found = groups_.find(group);
  const Seq first = batch->batch.header.first;
  if (found != groups_.end()) {
    if (const auto same = found->second.batches.find(first); same != found->second.batches.end()) {
      bytes_ -= same->second->weight();
      found->second.batches.erase(same);
    }
  }
  if (count_of(batch->from) >= limits_.per_store || bytes_ + batch->weight() > limits_.bytes) {
    if (found != groups_.end() && found->second.batches.empty()) groups_.erase(found);
    return false;
  }
  Waiting& waiting = groups_[group];
  if (found == groups_.end()) waiting.since = waiting.looked_at = now;
  waiting.batches.emplace(first, batch);
  bytes_ += batch->weight();
  return true;
}

BatchPtr PutAside::lowest(const Group& group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second.batches.begin()->second;
}

void PutAside::remove_lowest(const Group& group) {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  auto& batches = found->second.batches;
  bytes_ -= batches.begin()->second->weight();
  batches.erase(batches.begin());
  if (batches.empty()) groups_.erase(found);
}

void PutAside::drop(const Group& group) {
  while (lowest(group)) remove_lowest(group);
}

std::vector<PutAside::Group> PutAside::groups_of(const StoreKey& store) const {
  std::vector<Group> groups;
  for (auto at = groups_.lower_bound(Group{store, Epoch()}); at != groups_.end() && at->first.from == store; ++at)
    groups.push_back(at->first);
  return groups;
}

std::vector<PutAside::Group> PutAside::due(Time now) {
  std::vector<Group> groups;
  for (auto& [group, waiting] : groups_) {
    if (now - waiting.looked_at < limits_.look_every) continue;
    waiting.looked_at = now;
    groups.push_back(group);
  }
  return groups;
}

bool PutAside::is_out_of_patience(const Group& group, Time now) const {
  const auto found = groups_.find(group);
  return found != groups_.end() && now - found->second.since >= limits_.patience;
}

std::optional<Time> PutAside::next_look() const {
  std::optional<Time> next;
  for (const auto& [group, waiting] : groups_) {
    const Time at = waiting.looked_at + limits_.look_every;
    if (!next || at < *next) next = at;
  }
  return next;
}

std::size_t PutAside::size() const {
  std::size_t count = 0;
  for (const auto& [group, waiting] : groups_) count += waiting.batches.size();
  return count;
}

std::size_t PutAside::count_of(const StoreKey& store) const {
  std::size_t count = 0;
  for (auto at = groups_.lower_bound(Group{store, Epoch()}); at != groups_.end() && at->first.from == store; ++at)
    count += at->second.batches.size();
  return count;
}

}  // namespace tillgate
