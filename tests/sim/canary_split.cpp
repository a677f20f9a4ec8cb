// The canary that takes a mistake in the code: the record goes into another transaction than its ledger row. The store's own
// source is compiled here with one function exchanged, so nothing of it can be in a program that is shipped.
#include <gtest/gtest.h>

#include "sim/power_lab.hpp"
#include "store/record.hpp"

namespace tillgate {

Result<> save_record_in_a_second_transaction(Transaction& transaction, Record& record) {
  if (auto split = transaction.db().execute("COMMIT; BEGIN IMMEDIATE; SAVEPOINT command"); !split) return split;
  return save_record(transaction, record);
}

}  // namespace tillgate

#define save_record save_record_in_a_second_transaction
#include "store/apply_customer.cpp"
#undef save_record

namespace tillgate::sim {
namespace {

TEST(PowerCutCanary, ASecondTransactionForTheRecordIsFound) {
  LabOptions options;
  options.cuts_max = 3000;
  options.stops_at_first = true;
  const LabReport report = PowerLab(options).run();
  std::printf("record in a second transaction, seed %llu: %s\n", static_cast<unsigned long long>(options.seed),
              report.text().c_str());
  EXPECT_GT(report.failures, 0);
}

}  // namespace
}  // namespace tillgate::sim
