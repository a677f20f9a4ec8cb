// A copy of the running store: consistent, whatever is written meanwhile, and nobody waits for it.
#include "store/page_copy.hpp"

#include "store/backup_check.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

struct Copying {
  std::promise<Result<>> promise;
  std::future<Result<>> future = promise.get_future();
  std::atomic<std::int64_t> done{0}, total{0};
};
std::shared_ptr<Copying> begin(Store& store, const std::filesystem::path& into) {
  auto copying = std::make_shared<Copying>();
  CopyOrder order;
  order.into = into.string();
  order.on_progress = [copying](std::int64_t done, std::int64_t total) {
    copying->done = done;
    copying->total = total;
  };
  order.done = [copying](Result<> result) { copying->promise.set_value(std::move(result)); };
  EXPECT_TRUE(store.copy(std::move(order)));
  return copying;
}
bool is_done(const std::shared_ptr<Copying>& copying) {
  return copying->future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}
Result<> end(const std::shared_ptr<Copying>& copying) {
  if (copying->future.wait_for(kPatience) != std::future_status::ready) return fail(Errc::unavailable, "no end");
  return copying->future.get();
}

const std::string kNotes(2000, 'n');
// Some MB: many steps of a copy.
void grow(Store& store) {
  for (int i = 0; i < 600; ++i) {
    auto command = create("Ada" + std::to_string(i));
    command.patch.fields.emplace_back(Field::notes, kNotes);
    commit(store, command);
  }
}

TEST(PageCopy, Row76_IsWholeWhileTerminalsGoOnWritingAndTheLogStaysBelowItsCeiling) {
  World world;
  auto store = world.open();
  grow(*store);
  const auto file = world.dir.path() / "copy";
  const Seq before = figures(*store).head.seq;
  auto copying = begin(*store, file);
  std::int64_t wal_max = 0;
  while (!is_done(copying)) {
    auto command = create("Bob");
    command.patch.fields.emplace_back(Field::notes, kNotes);
    commit(*store, command);
    wal_max = std::max(wal_max, store->counters().wal_bytes);
  }
  const auto ended = end(copying);
  ASSERT_TRUE(ended.has_value()) << ended.error().what << ended.error().detail;
  const Seq after = figures(*store).head.seq;
  EXPECT_GT(after, before) << "nothing was written meanwhile: the test shows nothing";
  EXPECT_LE(wal_max, 16 * 1024 * 1024);
  EXPECT_EQ(copying->done, copying->total);
  const auto checked = check_database(file, nullptr);
  ASSERT_TRUE(checked.has_value()) << checked.error().what << checked.error().detail;
  EXPECT_GT(checked->head.seq, before) << "it is of its end, not of its beginning";
  EXPECT_LE(checked->head.seq, after);
  EXPECT_EQ(checked->head, position(*store, checked->head.seq));
  EXPECT_EQ(checked->epoch, store->opened().path.current().epoch);
  EXPECT_EQ(checked->schema, store->opened().schema);
  EXPECT_EQ(world.faults, 0);
}

TEST(PageCopy, TheSecondAtOnceIsRefusedAndAStopEndsTheFirst) {
  World world;
  auto store = world.open();
  grow(*store);
  auto first = begin(*store, world.dir.path() / "one");
  auto second = begin(*store, world.dir.path() / "two");
  const auto refused = end(second);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::busy);
  store.reset();
  ASSERT_TRUE(is_done(first)) << "nobody waits for ever";
  const auto stopped = first->future.get();
  ASSERT_FALSE(stopped.has_value()) << "it was whole already: the test shows nothing";
  EXPECT_EQ(stopped.error().code, Errc::unavailable);
}

TEST(PageCopy, WithoutAFolderToWriteToItFailsAndTheStoreGoesOn) {
  World world;
  auto store = world.open();
  std::ofstream(world.dir.path() / "no-folder") << "x";
  const auto failed = end(begin(*store, world.dir.path() / "no-folder" / "copy"));
  ASSERT_FALSE(failed.has_value());
  commit(*store, create("Ada"));
  EXPECT_EQ(world.faults, 0);
  EXPECT_TRUE(end(begin(*store, world.dir.path() / "copy")).has_value()) << "and the next one is made";
}

TEST(PageCopy, DamageOfACopyIsFound) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 50; ++i) commit(*store, create("Ada"));
  const auto file = world.dir.path() / "copy";
  ASSERT_TRUE(end(begin(*store, file)).has_value());
  ASSERT_TRUE(check_database(file, nullptr).has_value());
  {
    auto db = Connection::open({file.string(), "", false, 0});
    ASSERT_TRUE((*db)->execute("UPDATE ledger SET envelope = replace(envelope, 'till-1', 'till-2') WHERE seq = 20").has_value());
  }
  {
    const auto other = world.dir.path() / "other";
    ASSERT_TRUE(end(begin(*store, other)).has_value());
    auto db = Connection::open({other.string(), "", false, 0});
    ASSERT_TRUE((*db)->execute("UPDATE customers SET state = replace(state, 'Ada', 'Eve') WHERE n = 7").has_value());
    const auto record = check_database(other, nullptr);
    ASSERT_FALSE(record.has_value()) << "a damaged record is no backup";
    EXPECT_NE(record.error().what.find("customers row 7"), std::string::npos) << record.error().what;
  }
  const auto checked = check_database(file, nullptr);
  ASSERT_FALSE(checked.has_value());
  EXPECT_NE(checked.error().what.find("row 20"), std::string::npos) << checked.error().what;
}

}  // namespace
}  // namespace tillgate
