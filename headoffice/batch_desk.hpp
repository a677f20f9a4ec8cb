// BatchDesk: what becomes of checked batches on the database thread. Into a transaction, put aside while something before them is
// missing, acknowledged after the commit; what PostgreSQL refuses is found and parked.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "headoffice/intake_counters.hpp"
#include "headoffice/office_database.hpp"
#include "headoffice/put_aside.hpp"

namespace tillgate {

class BatchDesk {
 public:
  using Acknowledge = std::function<void(const OrgId&, const Ack&)>;
  BatchDesk(OfficeDatabase& database, IntakeCounters& counters, PutAside::Limits limits, Acknowledge acknowledge);

  // What waits goes into one transaction: one flush for all of it. If that fails each has its own, and shows whose fault it was.
  // Batches of one store stay in their order.
  void take_in(std::vector<BatchPtr> batches);
  // Those put aside whose time has come to be looked at again.
  void look_again();
  [[nodiscard]] std::optional<Time> next_look() const { return put_aside_.next_look(); }
  [[nodiscard]] std::size_t put_aside() const { return put_aside_.size(); }

 private:
  [[nodiscard]] std::vector<Receipt> receive_together(const std::vector<BatchPtr>& batches);
  [[nodiscard]] Result<Receipt> receive_alone(const CheckedBatch& batch, Look look, Pass pass);
  [[nodiscard]] std::optional<Receipt> take(const CheckedBatch& batch, Look look);
  void note(const CheckedBatch& batch, const Receipt& receipt, Look look, double seconds_taken);
  void settle(const BatchPtr& batch, const Receipt& receipt);
  void look_at(std::vector<PutAside::Group> groups);

  OfficeDatabase& database_;
  IntakeCounters& counters_;
  PutAside put_aside_;
  const Acknowledge acknowledge_;
};

}  // namespace tillgate
