#include "store/reader.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tillgate {
namespace {

constexpr std::chrono::seconds kQueryTime{2};

}  // namespace

Result<> ReaderPool::start(const ConnectionOptions& options, int count) {
  for (int i = 0; i < count; ++i) {
    auto db = Connection::open(options);
    if (!db) return fail(db.error());
    connections_.push_back(std::move(*db));
  }
  for (auto& db : connections_) {
    auto& since = turns_.emplace_back(0);
    threads_.emplace_back([this, &db, &since] { run(*db, since); });
  }
  return {};
}

Duration ReaderPool::longest_turn() const {
  std::chrono::steady_clock::duration longest{0};
  for (const auto& turn : turns_) {
    const auto since = turn.load(std::memory_order_relaxed);
    if (since != 0)
      longest =
          std::max(longest, std::chrono::steady_clock::now().time_since_epoch() - std::chrono::steady_clock::duration(since));
  }
  return std::chrono::duration_cast<Duration>(longest);
}

void ReaderPool::stop() {
  queue_.close();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  connections_.clear();
}

void ReaderPool::run(Connection& db, Since& since) {
  Queries queries(db);
  for (;;) {
    auto jobs = queue_.take(1);
    if (jobs.empty()) return;
    const auto now = std::chrono::steady_clock::now();
    since.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    db.set_deadline(now + kQueryTime);
    jobs.front()(queries);
    db.set_deadline(std::nullopt);
    since.store(0, std::memory_order_relaxed);
  }
}

}  // namespace tillgate
