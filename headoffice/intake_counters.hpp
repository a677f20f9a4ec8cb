// What the intake counts. Label values are a handful of fixed words.
#pragma once

#include <map>
#include <string>

#include "core/receiver.hpp"
#include "headoffice/receive.hpp"
#include "service/metrics.hpp"

namespace tillgate {

class IntakeCounters {
 public:
  explicit IntakeCounters(Metrics& metrics) : metrics_(metrics) {
    for (const Verdict verdict :
         {Verdict::apply, Verdict::open, Verdict::branch, Verdict::known, Verdict::gap, Verdict::unknown_epoch, Verdict::fork})
      by_verdict_[verdict] = &metrics.counter("tillgate_hq_batches_total", "Batches received, by verdict",
                                              {{"verdict", std::string(name_of(verdict))}});
  }
  // Of one transaction.
  void count(const Tally& tally, double seconds_taken) {
    seconds_per_batch_.observe(seconds_taken);
    applied_.add(tally.applied);
    known_ids_.add(tally.known_ids);
    parked_.add(tally.parked);
    discarded_.add(tally.discarded);
  }
  Counter& verdict(Verdict verdict) { return *by_verdict_.at(verdict); }

 private:
  Counter& dropped(const char* why) {
    return metrics_.counter("tillgate_hq_batches_dropped_total", "Batches dropped without an ack; their sender resends",
                            {{"why", why}});
  }
  Counter& change(const char* state) {
    return metrics_.counter("tillgate_hq_changes_total", "Changes written, by state", {{"state", state}});
  }

  Metrics& metrics_;
  std::map<Verdict, Counter*> by_verdict_;
  Counter& applied_ = change("applied");
  Counter& known_ids_ = change("known_id");
  Counter& parked_ = change("parked");
  Counter& discarded_ = change("discarded");
  Histogram& seconds_per_batch_ =
      metrics_.histogram("tillgate_hq_batch_seconds", "One batch, from the database thread to COMMIT",
                         {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5});

 public:
  Counter& dropped_full = dropped("full");
  Counter& dropped_database = dropped("database");
  Counter& dropped_bad = dropped("bad");
  Counter& dropped_busy = dropped("busy");
  Counter& acks = metrics_.counter("tillgate_hq_acks_total", "Acks handed to the link");
};

}  // namespace tillgate
