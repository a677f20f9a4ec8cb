#include "sim/world/receiver.hpp"

#include <utility>

namespace tillgate::sim {
namespace {

constexpr Duration kPatience = seconds(2);  // as headoffice/put_aside
constexpr Duration kLookEvery = milliseconds(100);
constexpr std::size_t kPutAsideMax = 64;

}  // namespace

void Receiver::later(Duration wait, std::function<void()> work) {
  stage_.after(wait, [this, life = life_, work = std::move(work)] {
    if (life_ == life) work();
  });
}

void Receiver::crash() {
  if (!is_alive_) return;
  stage_.tell("receiver ", number_, " dies");
  ++life_;
  waiting_.clear();
  is_alive_ = false;
  later(stage_.spread(milliseconds(500)), [this] {
    is_alive_ = true;
    connect();
  });
}

void Receiver::connect() {
  network_.subscribe(number_);
  for (const Ack& ack : office_.positions_of_online_stores()) acknowledge(ack);
}

void Receiver::hear_batch(const StoreId& from, const Encoded& bytes) {
  if (!is_alive_) return;
  auto checked = std::make_shared<CheckedBatch>();
  if (auto read = office_.check(from, bytes)) {
    *checked = std::move(*read);
  } else {
    return stage_.violate("head office cannot read a batch");
  }
  // Only now, where the text has come to rest: the changes look into it.
  auto changes = split(checked->batch);
  if (!changes) return stage_.violate("head office cannot split a batch");
  checked->changes = std::move(*changes);
  auto digests = verify(checked->batch.header, checked->changes);
  if (!digests) return stage_.violate("a batch does not chain: " + digests.error().what);
  checked->digests = std::move(*digests);
  later(stage_.spread(milliseconds(10)), [this, batch = CheckedPtr(checked)] { take(batch); });
}

void Receiver::take(const CheckedPtr& batch) {
  const auto receipt = office_.receive(*batch);
  if (receipt.must_wait() && !stage_.policy.puts_nothing_aside) return put_aside(batch);
  if (receipt.moved_the_cursor() && stage_.policy.acks_before_commit) return commit_late(batch, receipt);
  later(stage_.spread(milliseconds(10)), [this, ack = receipt.ack] { acknowledge(ack); });
  if (receipt.moved_the_cursor()) look_again(batch->from);
}

void Receiver::commit_late(const CheckedPtr& batch, const Office::Receipt& receipt) {
  acknowledge(receipt.ack);
  later(stage_.spread(milliseconds(200)), [this, batch, decision = receipt.decision] { office_.commit(*batch, decision); });
}

void Receiver::put_aside(const CheckedPtr& batch) {
  const Group group{batch->from, batch->batch.header.epoch};
  auto [found, is_new] = waiting_.try_emplace(group);
  if (is_new) found->second.since = stage_.now();
  if (found->second.batches.size() < kPutAsideMax) found->second.batches[batch->batch.header.first] = batch;
  if (is_new) schedule_look(group);
}

void Receiver::schedule_look(const Group& group) {
  later(kLookEvery, [this, group] {
    if (!waiting_.contains(group)) return;
    look_at(group);
    if (waiting_.contains(group)) schedule_look(group);
  });
}

void Receiver::look_again(const StoreId& store) {
  std::vector<Group> groups;
  for (const auto& [group, waiting] : waiting_)
    if (group.first == store) groups.push_back(group);
  for (const auto& group : groups) look_at(group);
}

// The lowest that waits, as long as each turns out to have been waited for long enough.
void Receiver::look_at(const Group& group) {
  for (auto found = waiting_.find(group); found != waiting_.end(); found = waiting_.find(group)) {
    const CheckedPtr batch = found->second.batches.begin()->second;
    const bool is_last = stage_.now() >= found->second.since + kPatience;
    const auto receipt = office_.receive(*batch);
    if (receipt.must_wait() && !is_last) return;
    if (receipt.must_wait()) {
      waiting_.erase(found);  // what follows a gap is resent after it anyway
      return acknowledge(receipt.ack);
    }
    found->second.batches.erase(found->second.batches.begin());
    if (found->second.batches.empty()) waiting_.erase(found);
    if (receipt.moved_the_cursor() && stage_.policy.acks_before_commit) return commit_late(batch, receipt);
    acknowledge(receipt.ack);
    if (receipt.moved_the_cursor()) look_again(group.first);
  }
}

void Receiver::acknowledge(Ack ack) {
  if (stage_.policy.gap_on_every_ack) ack.has_gap = true;
  network_.publish_ack(ack.store, encode(ack));
}

void Receiver::hear_status(const StoreId& from, const Encoded& bytes, bool is_retained) {
  if (!is_alive_) return;
  auto status = decode_status(bytes.bytes);
  if (!status) return stage_.violate("head office cannot read a status");
  status->store = from;
  if (const auto ack = office_.hear(*status, is_retained)) acknowledge(*ack);
}

}  // namespace tillgate::sim
