// Intake: the database thread, and one that reads ahead for it. What the broker brought goes in as values, acks come out after their
// COMMIT.
//
// Bounded: a full mailbox drops the batch, and the sender sends it again. While PostgreSQL is away batches are dropped without
// an ack for the same reason; statuses are kept, the newest per epoch, because nobody sends those twice.
//
// Threads: post_*() and query() from any thread; every callback is called on the database thread and must copy and post.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/message.hpp"
#include "headoffice/database.hpp"
#include "headoffice/put_aside.hpp"
#include "headoffice/registry.hpp"
#include "service/metrics.hpp"

namespace tillgate {

struct IntakeEvents {
  std::function<void(OrgId, Ack)> ack;                     // committed: tell the store
  std::function<void(bool is_up)> database;                // a change of state
  std::function<void(int code, std::string why)> give_up;  // restarting does not help
};

struct IntakeLimits {
  std::size_t batches = 256;             // waiting for the thread
  std::size_t bytes = 32 * 1024 * 1024;  // of them together
  std::size_t statuses = 4096;
  std::size_t queries = 64;
  Duration reconnect_first = milliseconds(250);
  Duration reconnect_max = seconds(5);
  PutAside::Limits put_aside{};
};

class Intake {
 public:
  // Starts the threads. The database thread connects, migrates and learns the head office epoch before it takes anything.
  Intake(std::string conninfo, IntakeLimits limits, Metrics& metrics, IntakeEvents events);
  ~Intake();  // finishes what it is doing, drops the rest, joins
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // False: no room; nothing happens, and nobody is told.
  [[nodiscard]] bool post_batch(StoreKey from, std::string bytes, std::string content_encoding);
  [[nodiscard]] bool post_status(Status status, bool is_retained);
  // We have (re)connected to the broker: every store that is online gets its position.
  [[nodiscard]] bool post_connected();
  // What people ask, or decide, in a transaction of its own; it commits whatever is answered, so a refusal must have written nothing.
  // Errc::unavailable while PostgreSQL is away.
  using Read = std::function<Result<std::string>(Transaction&)>;
  [[nodiscard]] bool query(Read read, std::function<void(Result<std::string>)> done);

  [[nodiscard]] bool is_database_up() const;
  struct Waiting {
    std::size_t batches = 0;    // for the thread
    std::size_t put_aside = 0;  // for what comes before them
  };
  [[nodiscard]] Waiting waiting() const;
  // When the thread last came round, for the watchdog. Counts up.
  [[nodiscard]] std::uint64_t turns() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate
