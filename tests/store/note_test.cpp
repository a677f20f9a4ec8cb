// Notes: in the ledger like every change, once, and not where nobody could read them.
#include <gtest/gtest.h>

#include "store/scrub.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

WriteNote note(std::optional<CommandKey> key = {}) {
  WriteNote command;
  command.actor = Actor{"till-1", "", "manager"};
  command.key = std::move(key);
  command.kind = "export_begin";
  command.about = uuid_v4({7});
  command.note.facts = {{"customers", "12"}, {"format", "csv"}};
  command.reason = "migration";
  return command;
}

TEST(Note, StandsInTheLedgerOnceAndTheChainHolds) {
  World world;
  {
    auto store = world.open();
    (void)commit(*store, create("Ann"));
    const auto first = std::get<Noted>(*run(*store, note(key_of("n1"))));
    EXPECT_EQ(first.seq, 2);
    EXPECT_FALSE(first.is_replay);
    world.clock.advance(std::chrono::hours(24 * 30));  // longer than any answer is kept
    const auto again = std::get<Noted>(*run(*store, note(key_of("n1"))));
    EXPECT_EQ(again.seq, 2);
    EXPECT_TRUE(again.is_replay);
    EXPECT_EQ(std::get<Noted>(*run(*store, note())).seq, 3) << "without a key each is one";
    EXPECT_EQ(figures(*store).customers, 1) << "and nobody new";
    const auto batch = read_batch(*store, 1);
    EXPECT_NE(batch.body.find(R"("facts":{"customers":"12","format":"csv"})"), std::string::npos) << batch.body;
  }
  auto db = world.raw();
  Scrub scrub;
  for (;;) {
    auto done = scrub.step(*db);
    ASSERT_TRUE(done);
    if (*done) break;
  }
  EXPECT_EQ(scrub.report().found, 0) << (scrub.report().findings.empty() ? "" : scrub.report().findings.front());
}

TEST(Note, ThatNobodyCouldReadIsRefused) {
  World world;
  auto store = world.open();
  const auto refused = [&](auto change) {
    WriteNote command = note();
    change(command);
    const auto outcome = run(*store, command);
    return !outcome && outcome.error().code == Errc::invalid;
  };
  EXPECT_TRUE(refused([](WriteNote& command) { command.kind = "Export"; }));
  EXPECT_TRUE(refused([](WriteNote& command) { command.note.facts.assign(kFactsMax + 1, {"a", "b"}); }));
  EXPECT_TRUE(refused([](WriteNote& command) { command.note.facts = {{"a", std::string(kFactBytesMax + 1, 'x')}}; }));
  EXPECT_TRUE(refused([](WriteNote& command) { command.note.facts = {{"9", "x"}}; }));
  EXPECT_TRUE(refused([](WriteNote& command) { command.note.facts = {{"a", "x"}, {"a", "y"}}; })) << "a name twice";
  EXPECT_FALSE(refused([](WriteNote& command) { command.note.facts = {{"a", std::string(kFactBytesMax, 'x')}}; }));
}

}  // namespace
}  // namespace tillgate
