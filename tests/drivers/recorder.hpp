// A Link with a memory: keeps every event, and waits for one with a deadline.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "drivers/mqtt/link.hpp"

namespace tillgate::test {

class Recorder {
 public:
  explicit Recorder(LinkOptions options) : link_(std::in_place, std::move(options), handler()) {}
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  Link& link() { return *link_; }
  void destroy_link() { link_.reset(); }

  // The next event of this kind that no call has returned before; nullopt: none came in time.
  template <class T>
  std::optional<T> next(std::chrono::milliseconds patience = std::chrono::seconds(30)) {
    std::optional<T> found;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] {
      for (auto at = events_.begin(); at != events_.end(); ++at) {
        if (auto* event = std::get_if<T>(&*at)) {
          found = std::move(*event);
          events_.erase(at);
          return true;
        }
      }
      return false;
    });
    return found;
  }
  // Kinds of all events so far, in order, also of those already returned: U, D, R, P, F.
  [[nodiscard]] std::string kinds() const {
    std::lock_guard lock(mutex_);
    return kinds_;
  }

  bool connect(link::Connect how = {}) {
    if (!link().post(std::move(how))) return false;
    return next<link::Up>().has_value();
  }
  // One attempt that is expected to fail: why.
  std::string failure(link::Connect how = {}) {
    if (!link().post(std::move(how))) return "not posted";
    const auto down = next<link::Down>();
    return down ? down->reason : "no Down came";
  }
  bool publish(link::Message message, std::uint64_t token) {
    link::Publish publish{std::move(message), token};
    return link().post(std::move(publish));
  }

 private:
  Link::Handler handler() {
    return [this](link::Event event) {
      std::lock_guard lock(mutex_);
      kinds_ += "UDRPF"[event.index()];
      events_.push_back(std::move(event));
      changed_.notify_all();
    };
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<link::Event> events_;
  std::string kinds_;
  std::optional<Link> link_;
};

inline LinkOptions plain_options(int port, std::string client_id = "store-1") {
  LinkOptions options;
  options.host = "127.0.0.1";
  options.port = port;
  options.client_id = std::move(client_id);
  return options;
}

inline link::Message message(std::string topic, std::string payload) {
  link::Message made;
  made.topic = std::move(topic);
  made.payload = std::move(payload);
  return made;
}

inline link::Connect subscribing(std::vector<std::string> topics) {
  link::Connect connect;
  connect.subscribe = std::move(topics);
  return connect;
}

}  // namespace tillgate::test
