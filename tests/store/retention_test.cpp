// Who may be forgotten is judged where it is committed, too.
#include "store/retention.hpp"

#include <gtest/gtest.h>

#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

TEST(Retention, Row37_WhoWasSeenInTheMeantimeIsNotForgotten) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada"));
  const auto decided_at = made.recorded_at + milliseconds(1);
  world.clock.advance(milliseconds(1000));
  commit(*store, update(made.customer.id, Field::last_name, "King"));
  EraseCustomer erase;
  erase.actor = Actor{"", "", "service"};
  erase.id = made.customer.id;
  erase.unless_seen_since = decided_at;
  const auto kept = run(*store, erase);
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().code, Errc::conflict);
  erase.unless_seen_since = decided_at + std::chrono::hours(1);
  EXPECT_TRUE(run(*store, erase).has_value());
}

}  // namespace
}  // namespace tillgate
