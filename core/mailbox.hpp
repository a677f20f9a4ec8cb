// Mailbox<T>: a bounded queue between two threads. The only class with a mutex.
// A full mailbox is an answer (push returns false), not a wait: nobody on the logic thread may block.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace tillgate {

template <class T>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // False: full or closed; `item` is left untouched, so the caller can answer "busy" with it.
  [[nodiscard]] bool push(T&& item) {
    {
      std::lock_guard lock(mutex_);
      if (closed_ || items_.size() >= capacity_) return false;
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
    return true;
  }

  // Waits for at least one item, then takes up to `max` in order. Empty result: closed and drained, or timed out.
  [[nodiscard]] std::vector<T> take(std::size_t max, std::optional<Duration> timeout = {}) {
    std::unique_lock lock(mutex_);
    auto has_work = [this] { return !items_.empty() || closed_; };
    if (timeout) {
      ready_.wait_for(lock, *timeout, has_work);
    } else {
      ready_.wait(lock, has_work);
    }
    std::vector<T> taken;
    taken.reserve(std::min(max, items_.size()));
    while (!items_.empty() && taken.size() < max) {
      taken.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return taken;
  }

  // No more pushes; what is queued can still be taken.
  void close() {
    {
      std::lock_guard lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  [[nodiscard]] bool is_closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
  }
  [[nodiscard]] std::size_t size() const {
    std::lock_guard lock(mutex_);
    return items_.size();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace tillgate
