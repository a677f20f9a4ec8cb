// A real mosquitto on a free loopback port, with a private configuration, for as long as the object lives.
#pragma once

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "tests/drivers/scratch.hpp"
#include "tests/drivers/sockets.hpp"

#define SKIP_WITHOUT_BROKER() \
  if (!tillgate::test::BrokerProcess::is_installed()) GTEST_SKIP() << "mosquitto is not installed at /usr/sbin/mosquitto"

namespace tillgate::test {

class BrokerProcess {
 public:
  static constexpr const char* binary = "/usr/sbin/mosquitto";
  [[nodiscard]] static bool is_installed() { return access(binary, X_OK) == 0; }

  // `listener_lines` follow the listener: TLS files, and anything else. `acl`: the text of an ACL file; empty: all is allowed.
  explicit BrokerProcess(std::string listener_lines = {}, std::string acl = {})
      : listener_lines_(std::move(listener_lines)), acl_(std::move(acl)) {
    for (int attempt = 0; attempt < 5 && pid_ < 0; ++attempt) start();  // another program may take the free port first
    if (pid_ < 0) throw std::runtime_error("mosquitto does not start: " + log());
  }
  ~BrokerProcess() { stop(SIGKILL); }
  BrokerProcess(const BrokerProcess&) = delete;
  BrokerProcess& operator=(const BrokerProcess&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string log() const {
    std::ostringstream text;
    text << std::ifstream(scratch_.file("log")).rdbuf();
    return text.str();
  }
  void stop(int signal) {
    if (pid_ < 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // Same port, empty memory.
  void restart() {
    stop(SIGKILL);
    if (!start_on(port_)) throw std::runtime_error("mosquitto does not come back: " + log());
  }

 private:
  void start() { (void)start_on(free_port()); }

  bool start_on(int port) {
    port_ = port;
    std::string config;
    if (geteuid() == 0) config += "user root\n";  // else it would become user mosquitto and could not read our files
    config += "per_listener_settings false\npersistence false\nallow_anonymous true\nlog_type all\n";
    config += "log_dest file " + scratch_.file("log") + "\n";
    if (!acl_.empty()) config += "acl_file " + scratch_.write("acl", acl_) + "\n";
    config += "listener " + std::to_string(port) + " 127.0.0.1\n" + listener_lines_;
    std::string path = scratch_.write("mosquitto.conf", config);
    std::string name = binary, flag = "-c";
    char* arguments[] = {name.data(), flag.data(), path.data(), nullptr};
    pid_t pid = -1;
    if (posix_spawn(&pid, binary, nullptr, nullptr, arguments, environ) != 0) return false;
    pid_ = pid;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < until) {
      if (const int fd = connect_loopback(port); fd >= 0) {
        close(fd);
        return true;
      }
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    stop(SIGKILL);
    pid_ = -1;
    return false;
  }

  Scratch scratch_;
  std::string listener_lines_, acl_;
  pid_t pid_ = -1;
  int port_ = 0;
};

}  // namespace tillgate::test
