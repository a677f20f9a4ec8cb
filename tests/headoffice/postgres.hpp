// A private PostgreSQL for this test process: its own data folder, TCP on 127.0.0.1 at a free port, no Unix socket, nothing of
// the machine's own cluster touched. PostgreSQL refuses to run as root, so for root it runs as the user postgres.
#pragma once

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <pqxx/pqxx>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace tillgate::test {

class Postgres {
 public:
  // The one of this process; started on first use, stopped at exit.
  static Postgres& instance() {
    static Postgres cluster;
    return cluster;
  }

  [[nodiscard]] std::string conninfo(const std::string& database) const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/" + database;
  }

  // A database of its own for one test.
  std::string create_database() {
    const std::string name = "test_" + std::to_string(++databases_);
    pqxx::connection connection(conninfo("postgres"));
    pqxx::nontransaction work(connection);
    work.exec("CREATE DATABASE " + name);
    return name;
  }

  using Lines = std::vector<std::vector<std::string>>;
  [[nodiscard]] Lines sql(const std::string& database, const std::string& text) const {
    pqxx::connection connection(conninfo(database));
    pqxx::nontransaction work(connection);
    Lines lines;
    for (const auto& row : work.exec(text)) {
      std::vector<std::string> line;
      for (const auto& field : row) line.emplace_back(field.is_null() ? "NULL" : field.c_str());
      lines.push_back(std::move(line));
    }
    return lines;
  }
  [[nodiscard]] std::string value(const std::string& database, const std::string& text) const {
    const Lines lines = sql(database, text);
    return lines.empty() ? "nothing" : lines.front().front();
  }

  // SIGINT: connections are cut, transactions rolled back. SIGQUIT: as a crash, recovery follows.
  void stop(int signal = SIGINT) {
    if (pid_ <= 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  void start() {
    pid_ = spawn({bin_ + "/postgres",
                  "-D",
                  data_,
                  "-p",
                  std::to_string(port_),
                  "-c",
                  "listen_addresses=127.0.0.1",
                  "-c",
                  "unix_socket_directories=",
                  "-c",
                  "fsync=off",
                  "-c",
                  "full_page_writes=off",
                  "-c",
                  "max_connections=40",
                  "-c",
                  "shared_buffers=32MB",
                  "-c",
                  "deadlock_timeout=100ms",
                  "-c",
                  "log_min_messages=fatal"});
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!answers()) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the private PostgreSQL does not answer");
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) throw std::runtime_error("the private PostgreSQL has ended");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  void restart(int signal = SIGINT) {
    stop(signal);
    start();
  }

  Postgres(const Postgres&) = delete;
  Postgres& operator=(const Postgres&) = delete;

 private:
  Postgres() : bin_(find_binaries()), port_(free_port()) {
    if (geteuid() == 0) {
      const passwd* user = getpwnam("postgres");
      if (user == nullptr) throw std::runtime_error("there is no user postgres, and PostgreSQL refuses root");
      uid_ = user->pw_uid;
      gid_ = user->pw_gid;
    }
    std::string pattern = (std::filesystem::temp_directory_path() / "tillgate-postgres-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
    folder_ = pattern;
    if (uid_ != 0 && chown(folder_.c_str(), uid_, gid_) != 0) throw std::runtime_error("cannot hand the folder to postgres");
    data_ = folder_ + "/data";
    int status = 0;
    waitpid(spawn({bin_ + "/initdb", "-D", data_, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C"}),
            &status, 0);
    if (status != 0) throw std::runtime_error("initdb failed");
    start();
  }
  ~Postgres() {
    stop(SIGINT);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  static std::string find_binaries() {
    if (const char* given = std::getenv("TILLGATE_POSTGRES_BIN")) return given;
    return "/usr/lib/postgresql/15/bin";
  }

  static int free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool is_bound = bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                          getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    close(socket);
    if (!is_bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
  }

  // Only what is safe between fork and exec, since other threads may be running.
  [[nodiscard]] pid_t spawn(const std::vector<std::string>& words) const {
    std::vector<char*> argv;
    for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child != 0) return child;
    if (uid_ != 0 && (setgroups(0, nullptr) != 0 || setgid(gid_) != 0 || setuid(uid_) != 0)) _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid, which resets it
    if (getppid() != parent || chdir("/") != 0) _exit(125);
    if (std::getenv("TILLGATE_POSTGRES_LOG") == nullptr && (freopen("/dev/null", "w", stdout) == nullptr || dup2(1, 2) < 0))
      _exit(124);
    execv(argv[0], argv.data());
    _exit(127);
  }

  [[nodiscard]] bool answers() const {
    try {
      pqxx::connection connection(conninfo("postgres") + "?connect_timeout=2");
      return true;
    } catch (const std::exception&) {
      return false;
    }
  }

  std::string bin_, folder_, data_;
  int port_ = 0;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  pid_t pid_ = 0;
  int databases_ = 0;
};

// Looks until it is so, or fails the wait.
inline bool eventually(const std::function<bool()>& is_so, std::chrono::milliseconds deadline = std::chrono::seconds(30)) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace tillgate::test
