#include "sim/world/office.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tillgate::sim {
namespace {

constexpr milliseconds kClockFence = std::chrono::hours(24);  // as head office's: what leads by more is parked

}  // namespace

std::uint64_t Office::mark_of(const Digest& digest) {
  std::uint64_t mark = 0;
  std::memcpy(&mark, digest.bytes.data(), sizeof mark);
  return mark;
}

void Office::begin_life() {
  ho_epoch_ = HoEpoch(stage_.draw_id());
  auto& marks = committed_[ho_epoch_];
  for (const auto& [store, table] : ledger_.stores)
    for (const auto& [epoch, held] : table.epochs)
      for (const auto& row : held.rows) marks.insert(mark_of(row.digest));
}

void Office::restore() {
  ++stage_.outcome.office_restores;
  ledger_ = backup_;
  if (!stage_.policy.keeps_ho_epoch) begin_life();
  stage_.tell("head office is restored; ho_epoch ", ho_epoch_);
}

bool Office::was_committed(const HoEpoch& ho_epoch, const Digest& digest) const {
  const auto found = committed_.find(ho_epoch);
  return found != committed_.end() && found->second.contains(mark_of(digest));
}

// ---- batches

std::optional<CheckedBatch> Office::check(const StoreId& from, const Encoded& bytes) const {
  auto batch = decode_up_batch(bytes.bytes, bytes.content_encoding);
  if (!batch || batch->header.store != from) return std::nullopt;
  CheckedBatch checked;
  checked.from = from;
  checked.batch = std::move(*batch);
  return checked;
}

ReceiverFacts Office::facts_for(const StoreTable& table, const CheckedBatch& in) const {
  const BatchHeader& header = in.batch.header;
  ReceiverFacts facts;
  if (const auto found = table.epochs.find(header.epoch); found != table.epochs.end()) {
    const Held& held = found->second;
    facts.cursor = held.cursor();
    facts.digest_at_overlap = held.digest_at(std::min(header.last, held.head()));
    if (header.first <= held.head() && held.head() <= header.last)
      facts.batch_digest_at_cursor = in.digests[static_cast<std::size_t>(held.head() - header.first)];
  } else if (header.root && header.root->replaces) {
    if (const auto before = table.epochs.find(*header.root->replaces); before != table.epochs.end()) {
      facts.replaced = before->second.cursor();
      facts.digest_at_root = before->second.digest_at(header.root->after.seq);
    }
  }
  return facts;
}

Decision Office::decision_for(const BatchHeader& header, const ReceiverFacts& facts) const {
  Decision decision = decide(header, facts);
  const auto& policy = stage_.policy;
  const auto is = [&](Verdict verdict) { return decision.verdict == verdict; };
  if (policy.applies_across_a_gap && is(Verdict::gap)) decision.verdict = Verdict::apply;
  if (policy.opens_anywhere && is(Verdict::unknown_epoch)) decision.verdict = Verdict::open;
  if (policy.ignores_digests && is(Verdict::fork))
    decision = header.last <= facts.cursor->upto.seq
                   ? Decision{Verdict::known, 0, "", {}}
                   : Decision{Verdict::apply, std::max<Seq>(0, facts.cursor->upto.seq - header.first + 1), "", {}};
  if (policy.applies_what_it_knows && is(Verdict::known) && header.count() > 0) decision.verdict = Verdict::apply;
  return decision;
}

Office::Receipt Office::receive(const CheckedBatch& in) {
  const BatchHeader& header = in.batch.header;
  StoreTable& table = ledger_.stores[in.from];
  Receipt receipt;
  receipt.decision = decision_for(header, facts_for(table, in));
  receipt.verdict = receipt.decision.verdict;
  stage_.tell("head office: ", header.epoch, " ", header.first, "..", header.last, " ", name_of(receipt.verdict), ", ",
              receipt.decision.why);
  receipt.ack = Ack{in.from, header.epoch, ho_epoch_, std::nullopt, receipt.must_wait(), stage_.true_time()};
  if (receipt.moved_the_cursor()) {
    if (stage_.policy.acks_before_commit) {
      receipt.ack.upto = Position{header.last, header.digest};
      return receipt;
    }
    commit(in, receipt.decision);
  }
  if (const auto held = table.epochs.find(header.epoch); held != table.epochs.end()) receipt.ack.upto = held->second.upto();
  check_cursor(in.from, receipt.ack);
  if (receipt.verdict == Verdict::fork) receipt.ack.upto = receipt.decision.compared;
  return receipt;
}

void Office::check_cursor(const StoreId& store, const Ack& ack) {
  const Seq seq = ack.upto ? ack.upto->seq : 0;
  Seq& highest = highest_[{ho_epoch_, store, ack.epoch}];
  if (seq < highest) stage_.violate("head office's cursor of an epoch went back under one ho_epoch");
  highest = std::max(highest, seq);
}

void Office::commit(const CheckedBatch& in, const Decision& decision) {
  const BatchHeader& header = in.batch.header;
  StoreTable& table = ledger_.stores[in.from];
  auto found = table.epochs.find(header.epoch);
  const bool is_new = found == table.epochs.end();
  if (is_new) {
    const EpochRoot root{header.epoch, std::nullopt, {header.first - 1, header.prev}};
    found = table.epochs.emplace(header.epoch, Held{header.root.value_or(root), {}}).first;
  }
  Held& held = found->second;
  for (auto i = static_cast<std::size_t>(std::max<Seq>(0, decision.skip)); i < in.changes.size(); ++i) {
    OfficeRow row{std::make_shared<const std::string>(in.changes[i].envelope), in.changes[i].payload_hash, in.digests[i], {}};
    merge_row(in.changes[i], row);
    committed_[ho_epoch_].insert(mark_of(row.digest));
    held.rows.push_back(std::move(row));
  }
  if (is_new) judge_undecided(table);
}

// Everything a sound store sends can be merged: what head office would have to park is a fault of the world.
void Office::merge_row(const ChangeLines& lines, OfficeRow& row) {
  auto envelope = decode_envelope(lines.envelope);
  if (!envelope || !lines.payload) return stage_.violate("head office cannot read a change and would park it");
  auto payload = decode_payload(*lines.payload, *envelope);
  if (!payload) return stage_.violate("head office cannot read a payload and would park it");
  if (envelope->version.hlc.time() > stage_.true_time() + kClockFence)
    return stage_.violate("a version leads by more than a day and would be parked");
  auto* changes = std::get_if<ChangeSet>(&payload->body);
  if (!changes) return stage_.violate("a change speaks of something that no store of this world says");
  row.change_id = envelope->change_id;
  ++ledger_.rows_of[row.change_id];
  if (stage_.policy.clamps_versions) {
    const Hlc most = Hlc::from_time(stage_.true_time());
    for (auto& write : changes->fields) write.version.hlc = std::min(write.version.hlc, most);
  }
  auto& kept = ledger_.customers[CustomerId(envelope->key)];
  Customer customer = kept ? *kept : Customer{};
  customer.id = CustomerId(envelope->key);
  merge(customer, *changes);
  kept = std::make_shared<const Customer>(std::move(customer));
}

// ---- status

StatusFacts Office::facts_for(const StoreTable& table, const Status& status) const {
  StatusFacts facts;
  for (const auto& [epoch, held] : table.epochs) facts.known.push_back(held.cursor());
  if (table.current) {
    const auto held = table.epochs.find(*table.current);
    const EpochRoot& announced = table.announced.at(*table.current);
    facts.current = held != table.epochs.end() ? held->second.cursor() : EpochCursor{announced, announced.after};
  }
  if (const auto seen = table.n_seen.find(status.epoch); seen != table.n_seen.end()) facts.n_seen = seen->second;
  facts.was_succeeded = table.succeeded.contains(status.epoch);
  facts.succeeded.assign(table.succeeded.begin(), table.succeeded.end());
  return facts;
}

void Office::take_in(StoreTable& table, const Status& status, Succession verdict) {
  stage_.tell("head office: status of ", status.epoch, " n ", status.n,
              status.is_online ? " online: " : " offline: ", name_of(verdict));
  table.n_seen[status.epoch] = status.n;
  forget_undecided(table, status.epoch);
  switch (verdict) {
    case Succession::same: table.is_online = status.is_online; return;
    case Succession::undecided: table.undecided.push_back(status); return;
    case Succession::clone: has_clone_alert_ = true; return;
    case Succession::stale: return;
    case Succession::first:
    case Succession::succeeds:
      if (table.current) table.succeeded.insert(*table.current);
      table.current = status.epoch;
      table.announced[status.epoch] = *status.root;
      table.is_online = true;
  }
}

// As headoffice/presence.cpp.
std::optional<Ack> Office::hear(const Status& status, bool is_retained) {
  StoreTable& table = ledger_.stores[status.store];
  const StatusFacts facts = facts_for(table, status);
  const Succession verdict = succession(status, facts);
  const bool is_news = facts.n_seen != status.n;
  const bool is_already_gone = status.is_online && table.current == status.epoch && !is_news && !table.is_online;
  if (verdict == Succession::stale || is_already_gone) {
    // A store that left before it could be judged must not turn out to be online later.
    if (!status.is_online && facts.n_seen <= status.n) forget_undecided(table, status.epoch);
    return std::nullopt;
  }
  const bool is_told_already = verdict == Succession::same && !is_news && table.is_online == status.is_online;
  if (!is_told_already && (is_news || verdict == Succession::same)) take_in(table, status, verdict);
  if (!status.is_online || (is_retained && is_told_already)) return std::nullopt;
  Ack ack = position_of(table, status.store, *status.root);
  if (is_retained) ack.has_gap = true;
  return ack;
}

void Office::forget_undecided(StoreTable& table, const Epoch& epoch) {
  std::erase_if(table.undecided, [&](const Status& each) { return each.epoch == epoch; });
}

void Office::judge_undecided(StoreTable& table) {
  const auto waiting = table.undecided;
  for (const auto& status : waiting) {
    const StatusFacts facts = facts_for(table, status);
    const Succession verdict = succession(status, facts);
    if (verdict != Succession::undecided && verdict != Succession::stale) take_in(table, status, verdict);
  }
}

Ack Office::position_of(const StoreTable& table, const StoreId& store, const EpochRoot& root) {
  Ack ack{store, root.epoch, ho_epoch_, std::nullopt, false, stage_.true_time()};
  auto held = table.epochs.find(root.epoch);
  if (held == table.epochs.end() && root.replaces) held = table.epochs.find(*root.replaces);
  if (held != table.epochs.end()) {
    ack.epoch = held->first;
    ack.upto = held->second.upto();
  } else {
    ack.has_gap = true;
  }
  check_cursor(store, ack);
  return ack;
}

std::vector<Ack> Office::positions_of_online_stores() {
  std::vector<Ack> positions;
  for (const auto& [store, table] : ledger_.stores) {
    if (!table.is_online || !table.current) continue;
    positions.push_back(position_of(table, store, table.announced.at(*table.current)));
    positions.back().has_gap = true;
  }
  return positions;
}

}  // namespace tillgate::sim
