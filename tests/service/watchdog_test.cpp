#include "service/watchdog.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace tillgate {
namespace {

using namespace std::chrono_literals;

// Stands in for systemd: a datagram socket that NOTIFY_SOCKET names.
class WatchdogTest : public testing::Test {
 protected:
  WatchdogTest() {
    const char* base = std::getenv("TMPDIR");
    folder_ = std::string(base == nullptr ? "/tmp" : base) + "/watchdog_test_XXXXXX";
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
    const std::string path = folder_ + "/notify";
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_LT(path.size(), sizeof address.sun_path);
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
  }
  ~WatchdogTest() override {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
    ::close(socket_);
    std::filesystem::remove_all(folder_);
  }

  // What arrived; a datagram on a Unix socket is there when the sender's call returns.
  std::string heard() {
    std::string text(4096, '\0');
    const ssize_t got = ::recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
    if (got < 0) return "";
    text.resize(static_cast<std::size_t>(got));
    return text;
  }

  std::string folder_;
  int socket_ = -1;
};

TEST_F(WatchdogTest, SaysReadyAndStopping) {
  Watchdog watchdog;
  watchdog.ready("serving on port 8443");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=serving on port 8443");
  watchdog.status("head office not reachable");
  EXPECT_EQ(heard(), "STATUS=head office not reachable");
  watchdog.stopping();
  EXPECT_EQ(heard(), "STOPPING=1\nSTATUS=stopping");
}

TEST_F(WatchdogTest, KeepsAStatusOnItsLine) {
  Watchdog watchdog;
  watchdog.status("bad\nREADY=1\rx");
  EXPECT_EQ(heard(), "STATUS=bad READY=1 x");
}

TEST_F(WatchdogTest, FeedsWhileEveryPartComesRound) {
  Watchdog watchdog;
  Watchdog::Part& logic = watchdog.part("logic");
  Watchdog::Part& writer = watchdog.part("writer");
  logic.beat();
  writer.beat();
  writer.beat();
  EXPECT_EQ(watchdog.feed(), std::nullopt);
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(WatchdogTest, NamesTheFirstPartThatDoesNotComeRoundAndStaysSilent) {
  Watchdog watchdog;
  Watchdog::Part& logic = watchdog.part("logic");
  Watchdog::Part& writer = watchdog.part("writer");
  EXPECT_EQ(watchdog.feed(), "logic");
  logic.beat();
  EXPECT_EQ(watchdog.feed(), "writer");
  EXPECT_EQ(heard(), "");
  writer.beat();
  EXPECT_EQ(watchdog.feed(), std::nullopt);  // the logic part's beat still counts
  EXPECT_EQ(heard(), "WATCHDOG=1");
  logic.beat();
  EXPECT_EQ(watchdog.feed(), "writer");  // an old beat does not
  EXPECT_EQ(heard(), "");
}

TEST_F(WatchdogTest, KeepsPartsWhereTheyAre) {
  Watchdog watchdog;
  Watchdog::Part& first = watchdog.part("first");
  for (int i = 0; i < 100; ++i) watchdog.part("other").beat();
  first.beat();
  EXPECT_EQ(watchdog.feed(), std::nullopt);
}

TEST_F(WatchdogTest, AsksForHalfOfWhatSystemdAllows) {
  const Watchdog watchdog;
  EXPECT_EQ(watchdog.interval(), std::nullopt);
  ::setenv("WATCHDOG_USEC", "20000000", 1);
  EXPECT_EQ(watchdog.interval(), Duration(10s));
  ::setenv("WATCHDOG_USEC", "18446744073709551614", 1);
  EXPECT_EQ(watchdog.interval(), Duration(12h));
  ::setenv("WATCHDOG_USEC", "soon", 1);
  EXPECT_EQ(watchdog.interval(), std::nullopt);
  ::setenv("WATCHDOG_USEC", "20000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);  // meant for another process
  EXPECT_EQ(watchdog.interval(), std::nullopt);
}

TEST_F(WatchdogTest, IsQuietWithoutSystemd) {
  ::unsetenv("NOTIFY_SOCKET");
  Watchdog watchdog;
  watchdog.part("logic").beat();
  watchdog.ready("x");
  EXPECT_EQ(watchdog.feed(), std::nullopt);
  watchdog.stopping();
  EXPECT_EQ(heard(), "");
}

}  // namespace
}  // namespace tillgate
