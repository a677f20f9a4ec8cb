// The readers: read-only connections, a thread each, one queue for all. A query has 2 s, then it is interrupted and answered
// Errc::busy: a long reader would keep the WAL from being reused.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/mailbox.hpp"
#include "store/queries.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

class ReaderPool {
 public:
  using Job = std::function<void(Queries&)>;
  explicit ReaderPool(std::size_t queue_max) : queue_(queue_max) {}
  ~ReaderPool() { stop(); }

  // Opens `count` connections and starts their threads.
  [[nodiscard]] Result<> start(const ConnectionOptions& options, int count);
  [[nodiscard]] bool push(Job job) { return queue_.push(std::move(job)); }
  // Since when the query that began first is running; zero: none is. Any thread.
  [[nodiscard]] Duration longest_turn() const;
  void stop();  // what is queued is answered first

 private:
  using Since = std::atomic<std::chrono::steady_clock::rep>;  // 0: idle
  void run(Connection& db, Since& since);

  Mailbox<Job> queue_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Since> turns_;  // one per thread
  std::vector<std::thread> threads_;
};

}  // namespace tillgate
