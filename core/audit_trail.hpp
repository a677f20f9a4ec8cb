// Is this ledger the one that was written? Recomputes the chain of digests row by row, and compares it with positions that somebody else
// keeps: whoever can alter a row can alter all behind it and compute the chain anew, but not what head office has acknowledged.
// Pure; used by whoever holds the rows, the gateway's own word is not needed.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/change.hpp"

namespace tillgate {

struct AuditRow {
  Seq seq = 0;
  std::string envelope;  // the exact bytes
  Digest payload_hash, digest;
  // Of the payload, which is not shown: it hashes to payload_hash, it was blanked by an erasure, or neither.
  enum class Payload : std::uint8_t { intact, erased, altered } payload = Payload::intact;
  std::vector<CustomerId> erases;  // whom it erases, where that is what it says
  bool operator==(const AuditRow&) const = default;
};
[[nodiscard]] std::string_view name_of(AuditRow::Payload payload);

class AuditTrail {
 public:
  // `anchors`: positions that were acknowledged, in any order.
  explicit AuditTrail(std::vector<Position> anchors);
  // The rows in order, from the first one on.
  void add(const AuditRow& row);
  // After the last one.
  void finish();

  struct Finding {
    Seq seq = 0;
    std::string_view what;
  };
  static constexpr std::size_t kFindingsMax = 100;
  [[nodiscard]] const std::vector<Finding>& findings() const { return findings_; }  // the first kFindingsMax
  [[nodiscard]] std::int64_t found() const { return found_; }
  [[nodiscard]] const Position& head() const { return last_; }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t erased() const { return erased_; }
  [[nodiscard]] std::size_t anchors_met() const { return anchors_met_; }

 private:
  void find(Seq seq, std::string_view what);
  void note_blank(const Envelope& envelope);

  std::vector<Position> anchors_;  // by seq
  std::size_t next_anchor_ = 0, anchors_met_ = 0;
  Position last_;
  std::int64_t rows_ = 0, erased_ = 0, found_ = 0;
  std::vector<Finding> findings_;
  // A payload may be gone because an erasure took it: of a customer who was erased, of an order that was said once more without its
  // words. By whom or what it was about, and the first row.
  std::map<Uuid, Seq> blanked_;
  std::set<Uuid> accounted_;
};

}  // namespace tillgate
