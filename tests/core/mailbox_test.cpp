#include "core/mailbox.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace tillgate {
namespace {

TEST(Mailbox, GivesItemsInOrderUpToTheMaximum) {
  Mailbox<int> box(8);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(box.push(int{i}));
  EXPECT_EQ(box.take(3), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(box.take(3), (std::vector<int>{3, 4}));
}

TEST(Mailbox, FullIsAnAnswerAndLeavesTheItem) {
  Mailbox<std::unique_ptr<int>> box(1);
  ASSERT_TRUE(box.push(std::make_unique<int>(1)));
  auto item = std::make_unique<int>(2);
  EXPECT_FALSE(box.push(std::move(item)));
  ASSERT_TRUE(item) << "the caller still has it and can answer busy";
  EXPECT_EQ(box.take(1).size(), 1U);
  EXPECT_TRUE(box.push(std::move(item))) << "room again";
}

TEST(Mailbox, ClosedTakesNothingNewButGivesWhatItHas) {
  Mailbox<int> box(4);
  ASSERT_TRUE(box.push(1));
  box.close();
  EXPECT_TRUE(box.is_closed());
  EXPECT_FALSE(box.push(2));
  EXPECT_EQ(box.take(4), std::vector<int>{1});
  EXPECT_TRUE(box.take(4).empty()) << "drained: the taker can stop";
}

TEST(Mailbox, ATimeoutGivesNothing) {
  Mailbox<int> box(4);
  EXPECT_TRUE(box.take(4, milliseconds(1)).empty());
  EXPECT_FALSE(box.is_closed());
}

TEST(Mailbox, CloseWakesAWaitingTaker) {
  Mailbox<int> box(4);
  std::thread taker([&] { EXPECT_TRUE(box.take(1).empty()); });
  box.close();
  taker.join();
}

TEST(Mailbox, NothingIsLostOrSwappedBetweenThreads) {
  constexpr int count = 20'000;
  Mailbox<int> box(64);
  std::vector<int> taken;
  std::thread taker([&] {
    for (auto some = box.take(16); !some.empty(); some = box.take(16)) taken.insert(taken.end(), some.begin(), some.end());
  });
  for (int i = 0; i < count;) {
    int item = i;
    if (box.push(std::move(item))) {
      ++i;
    } else {
      std::this_thread::yield();
    }
  }
  box.close();
  taker.join();
  ASSERT_EQ(taken.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ASSERT_EQ(taken[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace tillgate
