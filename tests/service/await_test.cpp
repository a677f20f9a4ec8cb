#include "service/await.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace tillgate {
namespace {

using Done = std::function<void(std::string)>;

// A foreign thread that answers what it is given, one after the other.
class Foreign {
 public:
  explicit Foreign(std::size_t room = 1'000'000) : room_(room), thread_([this] { run(); }) {}
  ~Foreign() {
    {
      std::scoped_lock lock(mutex_);
      is_over_ = true;
    }
    woken_.notify_one();
    thread_.join();
  }
  bool ask(std::string question, Done done) {
    std::scoped_lock lock(mutex_);
    if (waiting_.size() >= room_) return false;
    waiting_.emplace_back(std::move(question), std::move(done));
    woken_.notify_one();
    return true;
  }
  bool drops = false;  // set before the first question: forget each callback instead of calling it

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      woken_.wait(lock, [&] { return is_over_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      auto [question, done] = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      if (!drops) done("re: " + question);
      done = nullptr;
      lock.lock();
    }
  }
  std::size_t room_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::deque<std::pair<std::string, Done>> waiting_;
  bool is_over_ = false;
  std::thread thread_;
};

// Runs one coroutine to its end on an io_context that has no other work. Declared before any Foreign: when the coroutine
// resumes, the foreign thread may still be leaving post().
struct Logic {
  asio::io_context io{1};

  template <class Body>
  void run(Body body) {
    bool has_ended = false;
    auto whole = [&]() -> asio::awaitable<void> {
      co_await body();
      has_ended = true;
    };
    asio::co_spawn(io, whole(), [](std::exception_ptr failed) { EXPECT_FALSE(failed); });
    io.run();
    EXPECT_TRUE(has_ended) << "the io_context ran out of work while an answer was outstanding";
  }
};

TEST(Bridge, BringsTheAnswerOfAnotherThreadBackToTheAskingOne) {
  Logic logic;
  Foreign foreign;
  logic.run([&]() -> asio::awaitable<void> {
    const auto here = std::this_thread::get_id();
    const std::string question = "a question long enough to live on the heap";
    auto answer = co_await bridge<std::string>([&](Done done) { return foreign.ask(question, std::move(done)); });
    EXPECT_EQ(answer, "re: " + question);
    EXPECT_EQ(std::this_thread::get_id(), here);
  });
}

TEST(Bridge, SaysNulloptWhenTheWorkWasRefused) {
  Logic logic;
  Foreign foreign(0);
  logic.run([&]() -> asio::awaitable<void> {
    auto answer = co_await bridge<std::string>([&](Done done) { return foreign.ask("?", std::move(done)); });
    EXPECT_EQ(answer, std::nullopt);
  });
}

TEST(Bridge, TakesAnAnswerGivenInsideStart) {
  Logic logic;
  logic.run([&]() -> asio::awaitable<void> {
    bool is_starting = false;
    auto answer = co_await bridge<std::string>([&](Done done) {
      is_starting = true;
      done("at once");
      is_starting = false;
      return true;
    });
    EXPECT_FALSE(is_starting) << "resumed inside start()";
    EXPECT_EQ(answer, "at once");
  });
}

TEST(Bridge, HearsNulloptWhenTheCallbackIsDroppedUncalled) {
  Logic logic;
  Foreign foreign;
  foreign.drops = true;
  logic.run([&]() -> asio::awaitable<void> {
    auto answer = co_await bridge<std::string>([&](Done done) { return foreign.ask("?", std::move(done)); });
    EXPECT_EQ(answer, std::nullopt);
  });
}

TEST(Bridge, TakesTheFirstOfTwoAnswers) {
  Logic logic;
  logic.run([&]() -> asio::awaitable<void> {
    auto answer = co_await bridge<std::string>([&](Done done) {
      done("first");
      done("second");
      return false;
    });
    EXPECT_EQ(answer, "first");
  });
}

TEST(Bridge, CarriesAMoveOnlyAnswer) {
  Logic logic;
  logic.run([&]() -> asio::awaitable<void> {
    auto answer = co_await bridge<std::unique_ptr<int>>([&](std::function<void(std::unique_ptr<int>)> done) {
      done(std::make_unique<int>(7));
      return true;
    });
    EXPECT_TRUE(answer && *answer && **answer == 7);
  });
}

TEST(Bridge, MakesTenThousandRoundTrips) {
  Logic logic;
  Foreign foreign;
  int right = 0;
  logic.run([&]() -> asio::awaitable<void> {
    for (int i = 0; i < 10'000; ++i) {
      const auto question = "question number " + std::to_string(i) + " that does not fit into a small string";
      auto answer = co_await bridge<std::string>([&](Done done) { return foreign.ask(question, std::move(done)); });
      right += answer == "re: " + question;
    }
  });
  EXPECT_EQ(right, 10'000);
}

TEST(Bridge, ServesManyCoroutinesAtOnceFromManyThreads) {
  asio::io_context io(1);
  Foreign one, two;
  int right = 0;
  auto asking = [&](int n) -> asio::awaitable<void> {
    for (int i = 0; i < 100; ++i) {
      const auto question = std::to_string(n) + " asks for the time number " + std::to_string(i);
      auto answer = co_await bridge<std::string>([&](Done done) { return (i % 2 ? one : two).ask(question, std::move(done)); });
      right += answer == "re: " + question;
    }
  };
  for (int n = 0; n < 64; ++n) asio::co_spawn(io, asking(n), asio::detached);
  io.run();
  EXPECT_EQ(right, 6'400);
}

TEST(Bridge, LeavesNothingBehindWhenTheIoContextGoesFirst) {
  Done kept;
  {
    asio::io_context io(1);
    auto asking = [&]() -> asio::awaitable<void> {
      const std::string on_the_heap(100, 'x');
      auto answer = co_await bridge<std::string>([&](Done done) {
        kept = std::move(done);
        return true;
      });
      ADD_FAILURE() << "answered " << answer.value_or(on_the_heap);
    };
    asio::co_spawn(io, asking(), asio::detached);
    io.poll();
    ASSERT_TRUE(kept);
    kept = nullptr;  // the queue it sat in is emptied before the io_context goes; the answer is never run
  }
}

}  // namespace
}  // namespace tillgate
