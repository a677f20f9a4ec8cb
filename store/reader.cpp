#include "store/reader.hpp"

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
  for (auto& db : connections_) threads_.emplace_back([this, &db] { run(*db); });
  return {};
}

void ReaderPool::stop() {
  queue_.close();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  connections_.clear();
}

void ReaderPool::run(Connection& db) {
  Queries queries(db);
  for (;;) {
    auto jobs = queue_.take(1);
    if (jobs.empty()) return;
    db.set_deadline(std::chrono::steady_clock::now() + kQueryTime);
    jobs.front()(queries);
    db.set_deadline(std::nullopt);
  }
}

}  // namespace tillgate
