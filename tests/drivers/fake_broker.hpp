// A broker that says what a real one is hard to bring to say. Reads MQTT packets of one client at a time, and answers each from a
// script; without a script for a packet it stays silent.
#pragma once

#include <poll.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "tests/drivers/sockets.hpp"

namespace tillgate::test {

class FakeBroker {
 public:
  enum Packet { connect = 1, publish = 3, subscribe = 8, disconnect = 14 };
  // Body of the packet (without fixed header) to the bytes of the answer.
  using Script = std::map<int, std::function<std::string(const std::string& body)>>;

  explicit FakeBroker(Script script) : script_(std::move(script)), thread_([this] { run(); }) {}
  ~FakeBroker() {
    is_stopping_ = true;
    thread_.join();
  }
  FakeBroker(const FakeBroker&) = delete;
  FakeBroker& operator=(const FakeBroker&) = delete;
  [[nodiscard]] int port() const { return listener_.port(); }

  [[nodiscard]] static std::string packet(int first_byte, const std::string& body) {
    std::string made(1, static_cast<char>(first_byte));
    std::size_t left = body.size();
    do {
      const auto low = static_cast<unsigned char>(left % 128);
      left /= 128;
      made += static_cast<char>(left > 0 ? low | 0x80 : low);
    } while (left > 0);
    return made + body;
  }
  [[nodiscard]] static std::string connack(int code = 0) {
    return packet(0x20, std::string{'\0', static_cast<char>(code), '\0'});
  }
  [[nodiscard]] static std::string end(int code) { return packet(0xe0, std::string{static_cast<char>(code), '\0'}); }
  [[nodiscard]] static std::string suback(const std::string& request, const std::string& codes) {
    return packet(0x90, request.substr(0, 2) + '\0' + codes);
  }

 private:
  void run() {
    while (!is_stopping_) {
      if (!is_ready(listener_.fd())) continue;
      const int fd = accept(listener_.fd(), nullptr, nullptr);
      serve(fd);
      close(fd);
    }
  }
  static bool is_ready(int fd) {
    pollfd entry{fd, POLLIN, 0};
    return poll(&entry, 1, 10) > 0;
  }
  void serve(int fd) {
    std::string bytes;
    while (!is_stopping_) {
      if (!is_ready(fd)) continue;
      char more[65536];
      const ssize_t got = recv(fd, more, sizeof more, 0);
      if (got <= 0) return;
      bytes.append(more, static_cast<std::size_t>(got));
      while (take_packet(fd, bytes)) {
      }
    }
  }
  bool take_packet(int fd, std::string& bytes) {
    std::size_t length = 0, at = 1;
    for (int shift = 0; at < bytes.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes[at++]);
      length += static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (bytes.size() < at + length) return false;
        const auto answer = script_.find(static_cast<unsigned char>(bytes[0]) >> 4);
        if (answer != script_.end()) {
          const std::string text = answer->second(bytes.substr(at, length));
          for (std::size_t sent = 0; sent < text.size();) {
            const ssize_t more = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
            if (more <= 0) break;
            sent += static_cast<std::size_t>(more);
          }
        }
        bytes.erase(0, at + length);
        return true;
      }
    }
    return false;
  }

  const Script script_;
  Listener listener_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace tillgate::test
