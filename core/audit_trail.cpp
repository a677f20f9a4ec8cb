#include "core/audit_trail.hpp"

#include <algorithm>
#include <utility>

namespace tillgate {

std::string_view name_of(AuditRow::Payload payload) {
  switch (payload) {
    case AuditRow::Payload::intact: return "intact";
    case AuditRow::Payload::erased: return "erased";
    case AuditRow::Payload::altered: return "altered";
  }
  return "altered";
}

AuditTrail::AuditTrail(std::vector<Position> anchors) : anchors_(std::move(anchors)) {
  std::sort(anchors_.begin(), anchors_.end(), [](const Position& a, const Position& b) { return a.seq < b.seq; });
  while (next_anchor_ < anchors_.size() && anchors_[next_anchor_].seq <= 0) ++next_anchor_;
}

void AuditTrail::find(Seq seq, std::string_view what) {
  ++found_;
  if (findings_.size() < kFindingsMax) findings_.push_back({seq, what});
}

void AuditTrail::add(const AuditRow& row) {
  ++rows_;
  if (row.seq != last_.seq + 1) find(last_.seq + 1, "is missing, or rows stand in another order");
  const auto envelope = decode_envelope(row.envelope);
  if (!envelope || envelope->seq != row.seq) find(row.seq, "has an envelope that is not of this row");
  if (chain(last_.digest, row.envelope, row.payload_hash) != row.digest) find(row.seq, "was altered, or the row before it was");
  if (row.payload == AuditRow::Payload::altered) find(row.seq, "says something else than was written");
  if (envelope) {
    if (row.payload == AuditRow::Payload::erased) note_blank(*envelope);
    for (const CustomerId& id : row.erases) accounted_.insert(id);
    if (envelope->entity == kOrderEntity && envelope->reason == kEraseReason) accounted_.insert(envelope->key);
  }
  // Each row is judged by the one before as it stands, so one alteration is one finding and not all that follow.
  last_ = {row.seq, row.digest};
  for (; next_anchor_ < anchors_.size() && anchors_[next_anchor_].seq <= row.seq; ++next_anchor_) {
    const Position& anchor = anchors_[next_anchor_];
    if (anchor.seq == row.seq && anchor.digest == row.digest) {
      ++anchors_met_;
    } else {
      find(anchor.seq, "is not the row that head office has acknowledged: the ledger was rewritten");
    }
  }
}

void AuditTrail::note_blank(const Envelope& envelope) {
  ++erased_;
  if (envelope.entity == kCustomerEntity || envelope.entity == kOrderEntity) {
    blanked_.emplace(envelope.key, envelope.seq);
  } else {
    find(envelope.seq, "lost what it said, and no erasure takes that away");
  }
}

void AuditTrail::finish() {
  for (const auto& [key, seq] : blanked_) {
    if (!accounted_.contains(key)) find(seq, "lost what it said, and nobody erased whom it was about");
  }
  for (; next_anchor_ < anchors_.size(); ++next_anchor_)
    find(anchors_[next_anchor_].seq,
         "was acknowledged by head office and is beyond the end: rows were cut off, or an older file was put back");
}

}  // namespace tillgate
