// An id of a POS account belongs to one customer.
#include "store/pos_links.hpp"

#include "store/migrate.hpp"
#include "store/scrub.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

CreateCustomer linked(const std::string& name, const std::string& account, const std::string& pos_id,
                      std::optional<CommandKey> key = {}) {
  auto command = create(name, std::move(key));
  command.patch.pos_links = {{account, pos_id}};
  return command;
}
UpdateCustomer linking(const CustomerId& id, const std::string& account, std::optional<std::string> pos_id) {
  auto command = update(id, Field::notes, std::nullopt);
  command.patch.fields.clear();
  command.patch.pos_links = {{account, std::move(pos_id)}};
  return command;
}
Error refusal(Store& store, Command command) {
  auto outcome = run(store, std::move(command));
  EXPECT_FALSE(outcome.has_value()) << "it was taken";
  return outcome ? Error{} : outcome.error();
}
std::vector<CustomerId> holders(World& world, const std::string& account, const std::string& pos_id) {
  auto found = pos_link_holders(*world.raw(), account, pos_id);
  EXPECT_TRUE(found.has_value());
  return found.value_or(std::vector<CustomerId>());
}

TEST(PosLinks, Row2_AnIdOfAPosBelongsToOneCustomer) {
  World world;
  auto store = world.open();
  const auto ada = commit(*store, linked("Ada", "treez", "77")).customer.id;
  const Error taken = refusal(*store, linked("Bea", "treez", "77"));
  EXPECT_EQ(taken.code, Errc::conflict);
  EXPECT_NE(taken.what.find("treez"), std::string::npos) << taken.what;
  EXPECT_NE(taken.what.find(ada.text()), std::string::npos) << "whoever imports needs to know who: " << taken.what;
  EXPECT_EQ(figures(*store).customers, 1) << "nothing of it was written";

  const auto bea = commit(*store, linked("Bea", "flowhub", "77")).customer.id;  // another account, another number
  EXPECT_EQ(refusal(*store, linking(bea, "treez", "77")).code, Errc::conflict);
  EXPECT_EQ(commit(*store, linking(bea, "treez", "78")).customer.pos_links.at("treez").value, "78");
  EXPECT_EQ(commit(*store, linking(ada, "treez", "77")).customer.id, ada) << "their own";
}

TEST(PosLinks, Row2_ARepeatIsNoSecondCustomer) {
  World world;
  auto store = world.open();
  const auto command = linked("Ada", "treez", "77", key_of("k-1"));
  const auto first = commit(*store, command);
  const auto again = commit(*store, command);
  EXPECT_TRUE(again.is_replay);
  EXPECT_EQ(again.customer.id, first.customer.id);
}

TEST(PosLinks, Row2_AnIdThatIsGivenUpIsFree) {
  World world;
  auto store = world.open();
  const auto ada = commit(*store, linked("Ada", "treez", "77")).customer.id;
  (void)commit(*store, linking(ada, "treez", std::nullopt));
  const auto bea = commit(*store, linked("Bea", "treez", "77")).customer.id;
  EXPECT_EQ(refusal(*store, linking(ada, "treez", "77")).code, Errc::conflict);
  (void)commit(*store, linking(bea, "treez", "78"));  // another number instead
  (void)commit(*store, linking(ada, "treez", "77"));
  EXPECT_EQ(holders(world, "treez", "77"), std::vector{ada});
  EXPECT_EQ(holders(world, "treez", "78"), std::vector{bea});
}

TEST(PosLinks, Row2_TwoRecordsOfOnePersonMayHoldIt) {
  World world;
  auto store = world.open();
  const auto ada = commit(*store, linked("Ada", "treez", "77")).customer.id, double_of_ada = commit(*store, create("Ada")).customer.id;
  ASSERT_TRUE(run(*store, merging(ada, double_of_ada)).has_value());
  (void)commit(*store, linking(double_of_ada, "treez", "78"));
  (void)commit(*store, linking(double_of_ada, "treez", "77"));
  EXPECT_EQ(refusal(*store, linked("Bea", "treez", "77")).code, Errc::conflict);
}

TEST(PosLinks, Row2_WhoIsErasedHoldsNothing) {
  World world;
  auto store = world.open();
  const auto ada = commit(*store, linked("Ada", "treez", "zq7-77")).customer.id;
  ASSERT_TRUE(run(*store, erasing(ada)).has_value());
  auto db = world.raw();
  auto rows = db->prepare("SELECT count(*) FROM pos_links");
  ASSERT_TRUE(rows.step().value());
  EXPECT_EQ(rows.integer(0), 0);
  (void)commit(*store, linked("Bea", "treez", "zq7-77"));
}

TEST(PosLinks, Row2_ADatabaseOfBeforeKnowsWhoHoldsWhat) {
  World world;
  CustomerId ada;
  {
    auto store = world.open();
    ada = commit(*store, linked("Ada", "treez", "77")).customer.id;
    (void)commit(*store, linking(commit(*store, linked("Bea", "treez", "78")).customer.id, "treez", std::nullopt));
  }
  {
    auto db = world.raw();
    ASSERT_TRUE(db->execute("DROP TABLE pos_links"));
    ASSERT_TRUE(db->execute("DELETE FROM schema_migrations WHERE version >= 6"));
  }
  auto store = world.open();
  EXPECT_EQ(holders(world, "treez", "77"), std::vector{ada});
  EXPECT_EQ(refusal(*store, linked("Cem", "treez", "77")).code, Errc::conflict);
  (void)commit(*store, linked("Cem", "treez", "78"));
}

TEST(PosLinks, AnIdThatIsNotFoundIsFoundByTheScrub) {
  World world;
  auto store = world.open();
  (void)commit(*store, linked("Ada", "treez", "77"));
  ASSERT_TRUE(world.raw()->execute("DELETE FROM pos_links"));
  const auto reader = world.raw();
  Scrub scrub(500);
  for (int step = 0; step < 5000; ++step) {
    auto done = scrub.step(*reader);
    ASSERT_TRUE(done.has_value());
    if (*done) break;
  }
  ASSERT_EQ(scrub.report().findings.size(), 1U);
  EXPECT_NE(scrub.report().findings.front().find("by its id at a POS"), std::string::npos) << scrub.report().findings.front();
}

}  // namespace
}  // namespace tillgate
