#include "headoffice/put_aside.hpp"

#include <gtest/gtest.h>

#include "tests/headoffice/virtual_store.hpp"

namespace tillgate::test {
namespace {

BatchPtr batch_of(const std::string& store, Seq first, std::size_t bytes = 100, Epoch epoch = Epoch()) {
  auto batch = std::make_shared<CheckedBatch>();
  batch->from = StoreKey{OrgId{"acme"}, StoreId{store}};
  batch->batch.header.first = batch->batch.header.last = first;
  batch->batch.header.epoch = epoch;
  batch->batch.body = std::string(bytes, 'x');
  return batch;
}
const Time kStart{seconds(1000)};
PutAside::Group group_of(const BatchPtr& batch) {
  return {batch->from, batch->batch.header.epoch};
}

TEST(PutAside, TheLowestBatchSpeaksForItsGroup) {
  PutAside aside;
  const auto five = batch_of("s1", 5), three = batch_of("s1", 3);
  EXPECT_TRUE(aside.add(kStart, five));
  EXPECT_TRUE(aside.add(kStart, three));
  EXPECT_EQ(aside.lowest(group_of(five)), three);
  aside.remove_lowest(group_of(five));
  EXPECT_EQ(aside.lowest(group_of(five)), five);
  aside.remove_lowest(group_of(five));
  EXPECT_EQ(aside.lowest(group_of(five)), nullptr);
  EXPECT_EQ(aside.size(), 0u);
  EXPECT_FALSE(aside.next_look().has_value());
}

TEST(PutAside, LooksAgainEveryHundredMillisecondsAndLosesPatienceAfterTwoSeconds) {
  PutAside aside;
  const auto batch = batch_of("s1", 5);
  EXPECT_TRUE(aside.add(kStart, batch));
  EXPECT_TRUE(aside.due(kStart + milliseconds(99)).empty());
  EXPECT_EQ(aside.due(kStart + milliseconds(100)).size(), 1u);
  EXPECT_TRUE(aside.due(kStart + milliseconds(150)).empty());
  EXPECT_EQ(aside.next_look(), kStart + milliseconds(200));
  EXPECT_FALSE(aside.is_out_of_patience(group_of(batch), kStart + milliseconds(1999)));
  EXPECT_TRUE(aside.is_out_of_patience(group_of(batch), kStart + seconds(2)));
  // The same run again does not start the wait anew.
  EXPECT_TRUE(aside.add(kStart + seconds(1), batch_of("s1", 5)));
  EXPECT_TRUE(aside.is_out_of_patience(group_of(batch), kStart + seconds(2)));
  EXPECT_EQ(aside.size(), 1u);
}

TEST(PutAside, HasRoomForSixtyFourPerStoreAndABoundInBytes) {
  PutAside aside;
  for (Seq first = 1; first <= 64; ++first) EXPECT_TRUE(aside.add(kStart, batch_of("s1", first * 2)));
  EXPECT_FALSE(aside.add(kStart, batch_of("s1", 1000)));
  EXPECT_TRUE(aside.add(kStart, batch_of("s1", 2)));     // a replacement
  EXPECT_TRUE(aside.add(kStart, batch_of("s2", 1000)));  // another store
  aside.drop(group_of(batch_of("s1", 1)));
  EXPECT_EQ(aside.size(), 1u);

  PutAside::Limits limits;
  limits.bytes = 30'000;  // of memory: a body three times over, and what is made of it
  PutAside small(limits);
  EXPECT_TRUE(small.add(kStart, batch_of("s1", 1, 6000)));
  EXPECT_FALSE(small.add(kStart, batch_of("s2", 1, 6000)));
  EXPECT_EQ(small.size(), 1u);
  small.remove_lowest(group_of(batch_of("s1", 1)));
  EXPECT_TRUE(small.add(kStart, batch_of("s2", 1, 6000)));
}

TEST(PutAside, EpochsOfOneStoreWaitApart) {
  PutAside aside;
  Random random(3);
  const Epoch other(random_uuid(random));
  EXPECT_TRUE(aside.add(kStart, batch_of("s1", 5)));
  EXPECT_TRUE(aside.add(kStart, batch_of("s1", 5, 100, other)));
  EXPECT_TRUE(aside.add(kStart, batch_of("s2", 5)));
  EXPECT_EQ(aside.groups_of(StoreKey{OrgId{"acme"}, StoreId{"s1"}}).size(), 2u);
}

}  // namespace
}  // namespace tillgate::test
