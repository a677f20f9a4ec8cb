// One instance of head office without its broker: what would be published is collected.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "headoffice/intake.hpp"
#include "tests/headoffice/postgres.hpp"
#include "tests/headoffice/virtual_store.hpp"

namespace tillgate::test {

class Instance {
 public:
  explicit Instance(const std::string& database, IntakeLimits limits = quick())
      : intake_(Postgres::instance().conninfo(database), limits, metrics_, events()) {}

  static IntakeLimits quick() {
    IntakeLimits limits;
    limits.reconnect_first = milliseconds(20);
    limits.reconnect_max = milliseconds(100);
    return limits;
  }
  bool post(const VirtualStore& store, const UpBatch& batch) {
    auto encoded = encode(batch);
    return intake_.post_batch(store.key(), std::move(encoded.bytes), std::move(encoded.content_encoding));
  }
  [[nodiscard]] std::vector<Ack> acks() const {
    std::lock_guard lock(mutex_);
    return acks_;
  }
  [[nodiscard]] std::size_t ack_count() const { return acks().size(); }
  [[nodiscard]] bool is_up() const { return intake_.is_database_up(); }
  [[nodiscard]] bool has_acked(const Position& upto) const {
    for (const Ack& ack : acks())
      if (ack.upto == upto && !ack.has_gap) return true;
    return false;
  }
  Intake& intake() { return intake_; }
  [[nodiscard]] std::string metrics() const { return metrics_.render(); }
  [[nodiscard]] int gave_up_with() const { return gave_up_; }

 private:
  IntakeEvents events() {
    IntakeEvents events;
    events.ack = [this](OrgId, Ack ack) {
      std::lock_guard lock(mutex_);
      acks_.push_back(std::move(ack));
    };
    events.database = [](bool) {};
    events.give_up = [this](int code, std::string) { gave_up_ = code; };
    return events;
  }
  Metrics metrics_;
  mutable std::mutex mutex_;
  std::vector<Ack> acks_;
  std::atomic<int> gave_up_{0};
  Intake intake_;
};

struct Database1 {
  std::string name = Postgres::instance().create_database();
  [[nodiscard]] std::string value(const std::string& sql) const { return Postgres::instance().value(name, sql); }
};

}  // namespace tillgate::test
