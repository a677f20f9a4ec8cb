// A consumer's cursor.
#include "store/feeds.hpp"

#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

TEST(Feed, MovesForwardOnly) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 5; ++i) {
    commit(*store, create("Ada"));
    world.clock.advance(seconds(10));
  }
  auto feed = ask(*store, ReadFeed{});
  EXPECT_EQ(feed->cursor, Position{});
  EXPECT_EQ(feed->behind, 5);
  EXPECT_FALSE(feed->ho_epoch.has_value());
  EXPECT_EQ(feed->oldest_waiting, timestamp_from_ms(world.clock.system_ms - 50'000));

  EXPECT_TRUE(std::holds_alternative<Done>(*ack(*store, position(*store, 3))));
  EXPECT_TRUE(ack(*store, position(*store, 2)).has_value());  // overtaken on the wire
  feed = ask(*store, ReadFeed{});
  EXPECT_EQ(feed->cursor, position(*store, 3));
  EXPECT_EQ(feed->behind, 2);
  EXPECT_EQ(feed->oldest_waiting, timestamp_from_ms(world.clock.system_ms - 20'000));
  EXPECT_EQ(feed->ho_epoch, HoEpoch(uuid_v4({9})));

  // A head office that was restored says how far it is, however low.
  EXPECT_TRUE(ack(*store, position(*store, 1), true).has_value());
  EXPECT_EQ(ask(*store, ReadFeed{})->cursor.seq, 1);
  EXPECT_TRUE(ack(*store, Position{}, true).has_value());
  EXPECT_EQ(ask(*store, ReadFeed{})->cursor, Position{});
  EXPECT_TRUE(ack(*store, position(*store, 5)).has_value());
  feed = ask(*store, ReadFeed{});
  EXPECT_EQ(feed->behind, 0);
  EXPECT_FALSE(feed->oldest_waiting.has_value());
  store.reset();
  EXPECT_EQ(ask(*world.open(), ReadFeed{})->cursor.seq, 5);
}

TEST(Feed, DoesNotTakeAPositionThatIsNotOurs) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  auto foreign = position(*store, 1);
  foreign.digest.bytes[0] ^= 1;
  EXPECT_EQ(ack(*store, foreign).error().code, Errc::conflict);
  EXPECT_EQ(ack(*store, Position{2, position(*store, 1).digest}).error().code, Errc::conflict);
  EXPECT_EQ(ask(*store, ReadFeed{})->cursor, Position{});
}

}  // namespace
}  // namespace tillgate
