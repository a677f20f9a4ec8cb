// What the ledger has for live events.
#include "store/events.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

TEST(Events, ADamagedRecordKeepsNobodyFromWhatComesBehindIt) {
  World world;
  auto store = world.open();
  const auto ada = commit(*store, create("Ada")), bea = commit(*store, create("Bea"));
  ASSERT_TRUE(world.raw()->execute("UPDATE customers SET row_check = zeroblob(16) WHERE n = 1"));
  ReadEvents query;
  query.limit = 10;
  const auto told = ask(*store, query);
  ASSERT_TRUE(told.has_value()) << told.error().detail;
  ASSERT_EQ(told->events.size(), 2U);
  EXPECT_EQ(told->events[0].id, ada.customer.id);
  EXPECT_FALSE(told->events[0].etag.has_value()) << "it cannot be read";
  EXPECT_EQ(told->events[1].id, bea.customer.id);
  EXPECT_EQ(told->events[1].etag, bea.etag);
  EXPECT_EQ(told->end.seq, 2);
}

TEST(Events, AMergeNamesBothAlsoWhenTheyAreApartAgain) {
  World world;
  auto store = world.open();
  const auto ada = commit(*store, create("Ada")).customer.id, bea = commit(*store, create("Bea")).customer.id;
  ASSERT_TRUE(run(*store, merging(ada, bea)).has_value());
  UnmergeCustomer unmerge;
  unmerge.actor = Actor{"till-1", "p-1", "manager"};
  unmerge.id = bea;
  ASSERT_TRUE(run(*store, unmerge).has_value());
  const auto told = ask(*store, ReadEvents{});
  ASSERT_TRUE(told.has_value()) << told.error().detail;
  ASSERT_EQ(told->events.size(), 4U);
  std::vector<CustomerId> both{ada, bea};
  std::sort(both.begin(), both.end());
  EXPECT_EQ(told->events[2].kind, "merge");
  EXPECT_EQ(told->events[2].records, both);
  EXPECT_EQ(told->events[3].records, both);
}

}  // namespace
}  // namespace tillgate
