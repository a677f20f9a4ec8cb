// A stretch of network that can be cut, for tests: listens on a loopback port and passes bytes to another and back.
#pragma once

#include <poll.h>

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "tests/drivers/sockets.hpp"

namespace tillgate::test {

class TcpProxy {
 public:
  explicit TcpProxy(int target_port) : target_port_(target_port), thread_([this] { run(); }) {}
  ~TcpProxy() {
    is_stopping_ = true;
    thread_.join();
  }
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  [[nodiscard]] int port() const { return listener_.port(); }
  // Closes every connection there is; new ones are welcome.
  void cut() { is_cut_asked_ = true; }
  // Connections stay open, and nothing passes in either direction.
  void black_hole(bool is_on) { is_black_hole_ = is_on; }
  // What the target sent so far.
  [[nodiscard]] std::string answers() const {
    std::lock_guard lock(mutex_);
    return answers_;
  }

 private:
  struct Pair {
    int near, far;
  };

  void run() {
    std::list<Pair> pairs;
    const auto close_pair = [](const Pair& pair) {
      close(pair.near);
      close(pair.far);
    };
    while (!is_stopping_) {
      if (is_cut_asked_.exchange(false)) {
        for (const Pair& pair : pairs) close_pair(pair);
        pairs.clear();
      }
      std::vector<pollfd> watched{{listener_.fd(), POLLIN, 0}};
      if (!is_black_hole_) {
        for (const Pair& pair : pairs) {
          watched.push_back({pair.near, POLLIN, 0});
          watched.push_back({pair.far, POLLIN, 0});
        }
      }
      if (poll(watched.data(), watched.size(), 10) <= 0) continue;
      if (watched[0].revents != 0) {
        const int near = accept(listener_.fd(), nullptr, nullptr);
        const int far = connect_loopback(target_port_);
        if (far < 0) {
          close(near);
        } else {
          pairs.push_back({near, far});
        }
      }
      if (watched.size() == 1) continue;
      std::size_t at = 1;
      for (auto pair = pairs.begin(); pair != pairs.end() && at + 1 < watched.size(); at += 2) {
        const bool is_open = (watched[at].revents == 0 || pass(pair->near, pair->far, false)) &&
                             (watched[at + 1].revents == 0 || pass(pair->far, pair->near, true));
        if (is_open) {
          ++pair;
        } else {
          close_pair(*pair);
          pair = pairs.erase(pair);
        }
      }
    }
    for (const Pair& pair : pairs) close_pair(pair);
  }

  bool pass(int from, int to, bool is_answer) {
    char bytes[65536];
    const ssize_t got = recv(from, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    if (is_answer) {
      std::lock_guard lock(mutex_);
      answers_.append(bytes, static_cast<std::size_t>(got));
    }
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t more = send(to, bytes + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
      if (more <= 0) return false;
      sent += more;
    }
    return true;
  }

  const int target_port_;
  Listener listener_;
  std::atomic<bool> is_stopping_{false}, is_cut_asked_{false}, is_black_hole_{false};
  mutable std::mutex mutex_;
  std::string answers_;
  std::thread thread_;
};

}  // namespace tillgate::test
