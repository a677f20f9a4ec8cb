#include "headoffice/batch_desk.hpp"

#include <algorithm>

#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace {

double seconds_since(Time started) {
  return std::chrono::duration<double>(mono_now() - started).count();
}

}  // namespace

BatchDesk::BatchDesk(OfficeDatabase& database, IntakeCounters& counters, PutAside::Limits limits, Acknowledge acknowledge)
    : database_(database), counters_(counters), put_aside_(limits), acknowledge_(std::move(acknowledge)) {}

void BatchDesk::take_in(std::vector<BatchPtr> batches) {
  // Two instances that lock the same stores do it in the same order.
  std::stable_sort(batches.begin(), batches.end(), [](const BatchPtr& a, const BatchPtr& b) { return a->from < b->from; });
  const Time started = mono_now();
  std::vector<Receipt> receipts;
  if (batches.size() > 1) receipts = receive_together(batches);
  const double seconds_each = seconds_since(started) / static_cast<double>(std::max<std::size_t>(1, receipts.size()));
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (!receipts.empty()) {
      note(*batches[i], receipts[i], Look::first, seconds_each);
      settle(batches[i], receipts[i]);
    } else if (const auto receipt = take(*batches[i], Look::first)) {
      settle(batches[i], *receipt);
    }
  }
}

// Empty: it did not commit.
std::vector<Receipt> BatchDesk::receive_together(const std::vector<BatchPtr>& batches) {
  std::vector<Receipt> receipts;
  if (!database_.is_up()) return receipts;
  const auto done = database_.run("batches", [&](Transaction& tx) -> Result<> {
    receipts.clear();
    for (const BatchPtr& batch : batches) {
      auto received = receive(tx, *batch, database_.now(), Look::first);
      if (!received) return fail(received.error());
      receipts.push_back(std::move(*received));
    }
    return {};
  });
  if (!done) receipts.clear();
  return receipts;
}

// One batch, one transaction. None: it did not commit, so nobody is told anything.
std::optional<Receipt> BatchDesk::take(const CheckedBatch& batch, Look look) {
  if (!database_.is_up()) {
    counters_.dropped_database.add();
    return std::nullopt;
  }
  const Time started = mono_now();
  auto receipt = receive_alone(batch, look, Pass::together);
  // Sending it again would be refused again, and everything that comes after it with it.
  if (!receipt && receipt.error().code == Errc::invalid) receipt = receive_alone(batch, look, Pass::one_by_one);
  if (!receipt) {
    (database_.is_up() ? counters_.dropped_busy : counters_.dropped_database).add();
    return std::nullopt;
  }
  note(batch, *receipt, look, seconds_since(started));
  return std::move(*receipt);
}

Result<Receipt> BatchDesk::receive_alone(const CheckedBatch& batch, Look look, Pass pass) {
  Receipt receipt;
  const auto done = database_.run("batch", [&](Transaction& tx) -> Result<> {
    auto received = receive(tx, batch, database_.now(), look, pass);
    if (!received) return fail(received.error());
    receipt = std::move(*received);
    return {};
  });
  if (!done) return fail(done.error());
  return receipt;
}

void BatchDesk::note(const CheckedBatch& batch, const Receipt& receipt, Look look, double seconds_taken) {
  counters_.count(receipt, seconds_taken);
  if (!receipt.must_wait() || look == Look::last) counters_.verdict(receipt.verdict).add();
  const StoreKey& from = batch.from;
  if (receipt.verdict == Verdict::fork || receipt.verdict == Verdict::branch)
    log::warn_limited(from.org.value + "/" + from.store.value + std::string(name_of(receipt.verdict)), seconds(60), "intake",
                      receipt.verdict == Verdict::fork ? "two live copies of one store" : "a store went back in time",
                      {{"org", std::string_view(from.org.value)},
                       {"store", std::string_view(from.store.value)},
                       {"why", std::string_view(receipt.why)}});
  if (receipt.parked > 0)
    log::warn_limited("parked", seconds(60), "intake", "changes were parked; see tillgate-hq incidents",
                      {{"store", std::string_view(from.store.value)}, {"changes", receipt.parked}});
}

void BatchDesk::settle(const BatchPtr& batch, const Receipt& receipt) {
  const StoreKey& from = batch->from;
  if (!receipt.must_wait()) {
    acknowledge_(from.org, receipt.ack);
    if (receipt.moved_the_cursor()) look_at(put_aside_.groups_of(from));
    return;
  }
  if (put_aside_.add(mono_now(), batch)) return;
  if (const auto gap = take(*batch, Look::last)) acknowledge_(from.org, gap->ack);
}

void BatchDesk::look_again() {
  look_at(put_aside_.due(mono_now()));
}

// Bounded: every step removes a batch or leaves its group, and a group comes up again only when something was removed.
void BatchDesk::look_at(std::vector<PutAside::Group> groups) {
  while (!groups.empty() && database_.is_up()) {
    const PutAside::Group group = std::move(groups.back());
    groups.pop_back();
    const BatchPtr batch = put_aside_.lowest(group);
    if (!batch) continue;
    const bool is_last = put_aside_.is_out_of_patience(group, mono_now());
    const auto receipt = take(*batch, is_last ? Look::last : Look::first);
    if (!receipt) {  // not committed: its sender comes again
      put_aside_.remove_lowest(group);
      continue;
    }
    if (receipt->must_wait() && !is_last) continue;
    acknowledge_(group.from.org, receipt->ack);
    if (receipt->must_wait()) {
      put_aside_.drop(group);
      continue;
    }
    put_aside_.remove_lowest(group);
    for (auto& again : put_aside_.groups_of(group.from)) groups.push_back(std::move(again));
  }
}

}  // namespace tillgate
