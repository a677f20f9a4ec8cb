// What must hold: after each opening of a disk, and at the end.
#include <map>
#include <set>

#include "core/change.hpp"
#include "core/customer_state.hpp"
#include "sim/world/world.hpp"

namespace tillgate::sim {
namespace {

constexpr milliseconds kLeadMax = std::chrono::minutes(6);  // a sound clock may be 5 min off; acks are seconds old

// The whole ledger of a disk, out of the bytes it would send; `complaint` names what is wrong with it.
std::vector<Envelope> ledger_of(Disk& disk, std::string& complaint) {
  std::vector<Envelope> ledger;
  for (Position at{}; at.seq < disk.head().seq;) {
    const auto batch = disk.read(at.seq, kBatchChangesMax, kBatchBytesMax);
    const auto lines = batch ? split(*batch) : fail(batch.error());
    if (!lines || lines->empty() || batch->header.prev != at.digest || !verify(batch->header, *lines)) {
      complaint = "its ledger cannot be read, or does not chain, behind row " + std::to_string(at.seq);
      return ledger;
    }
    for (const auto& each : *lines) {
      auto envelope = decode_envelope(each.envelope);
      if (!envelope || envelope->seq != static_cast<Seq>(ledger.size()) + 1 || envelope->epoch != batch->header.epoch) {
        complaint = "an envelope names another place than its own";
        return ledger;
      }
      ledger.push_back(std::move(*envelope));
    }
    at = {batch->header.last, batch->header.digest};
  }
  return ledger;
}

std::string name_of_shop(std::size_t shop) {
  return "shop " + std::to_string(shop) + ": ";
}

}  // namespace

// Durability: what was answered 2xx is on the disk that comes up again.
void World::account(std::size_t shop, std::optional<Time> since) {
  clerk_.account(shop, shops_[shop].disk().changes(), since);
}

bool World::has_gone_back() const {
  const Outcome& outcome = stage_.outcome;
  return outcome.clones > 0 || outcome.restores > 0 || outcome.lost_tails > 0;
}

void World::judge() {
  judge_office();
  judge_requests();
  for (std::size_t shop = 0; shop < shops_.size(); ++shop) {
    judge_shop(shop);
    judge_states(shop);
  }
  const Outcome& outcome = stage_.outcome;
  if (outcome.forks > 0 && outcome.clones == 0) return stage_.violate("a fork without a clone");
  if (has_gone_back()) return;
  if (office_.has_clone_alert()) return stage_.violate("a clone alert without a clone");
}

// Safety on the disk: nothing twice, nothing nobody asked for, clocks forward and never ahead; and all of it at head office.
void World::judge_shop(std::size_t shop) {
  account(shop, std::nullopt);
  std::string complaint;
  std::set<ChangeId> seen;
  Hlc last;
  for (const auto& envelope : ledger_of(shops_[shop].disk(), complaint)) {
    const std::string row = name_of_shop(shop) + "row " + std::to_string(envelope.seq);
    if (clerk_.customer_of(envelope.change_id) != CustomerId(envelope.key))
      return stage_.violate(row + " is an effect nobody asked for");
    if (!seen.insert(envelope.change_id).second) return stage_.violate(row + " is a second effect of one request");
    if (envelope.version.hlc <= last) return stage_.violate(row + " has a version below the one before");
    last = envelope.version.hlc;
    if (last.time() > stage_.true_time() + kLeadMax) return stage_.violate(row + " has a version ahead of time");
    if (!office_.ledger().rows_of.contains(envelope.change_id)) return stage_.violate(row + " is not at head office");
  }
}

// What people were told.
void World::judge_requests() {
  for (const auto& request : clerk_.requests()) {
    const std::string name = "request " + std::to_string(request.number);
    const auto found = office_.ledger().rows_of.find(request.change_id);
    const bool is_there = found != office_.ledger().rows_of.end();
    if (request.state == Request::State::answered && request.has_row && !request.is_excused && !is_there)
      return stage_.violate(name + ", answered 2xx, is not at head office");
    if (request.state == Request::State::answered && !request.has_row && is_there && !has_gone_back())
      return stage_.violate(name + " had changed nothing, and has a row all the same");
    // Only a re-chain sends a change under a second number.
    const bool may_repeat = has_gone_back();
    if (is_there && found->second != 1 && !may_repeat)
      return stage_.violate(name + " came in " + std::to_string(found->second) + " rows");
  }
}

void World::judge_office() {
  for (const auto& [store, table] : office_.ledger().stores) {
    for (const auto& [epoch, held] : table.epochs) {
      Digest previous = held.root.after.digest;
      for (const auto& row : held.rows) {
        previous = chain(previous, *row.envelope, row.payload_hash);
        if (previous != row.digest) return stage_.violate("head office holds rows that do not chain");
        if (!clerk_.customer_of(row.change_id)) return stage_.violate("head office holds an effect nobody asked for");
      }
    }
  }
}

// Convergence, record by record. What a store lost does not come back down yet: then head office holds more, never other.
void World::judge_states(std::size_t shop) {
  for (const Customer& ours : shops_[shop].disk().customers()) {
    const auto found = office_.ledger().customers.find(ours.id);
    if (found == office_.ledger().customers.end())
      return stage_.violate(name_of_shop(shop) + "a customer is unknown at head office");
    Customer theirs = *found->second;
    const Digest before = hash_of(encode_state(theirs));
    if (!has_gone_back() && hash_of(encode_state(ours)) != before)
      return stage_.violate(name_of_shop(shop) + "a customer differs from head office's");
    merge(theirs, ours);
    if (hash_of(encode_state(theirs)) != before)
      return stage_.violate(name_of_shop(shop) + "a customer has something that head office lacks");
  }
}

}  // namespace tillgate::sim
