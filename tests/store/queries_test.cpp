// Reading pages, and noticing damage.
#include "store/queries.hpp"

#include <set>

#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

std::vector<StoredCustomer> all_pages(Store& store, ListCustomers query, const std::function<void(int)>& between = {}) {
  std::vector<StoredCustomer> all;
  for (int page = 0; page < 1000; ++page) {
    auto answer = ask(store, query);
    EXPECT_TRUE(answer.has_value());
    if (!answer) return all;
    EXPECT_LE(static_cast<std::int64_t>(answer->customers.size()), query.limit);
    for (auto& customer : answer->customers) all.push_back(std::move(customer));
    if (answer->next_cursor.empty()) return all;
    query.cursor = answer->next_cursor;
    if (between) between(page);
  }
  ADD_FAILURE() << "the pages do not end";
  return all;
}

TEST(Pages, ShowEveryCustomerOnceInOrderOfArrival) {
  World world;
  auto store = world.open();
  std::vector<CustomerId> ids;
  for (int i = 0; i < 25; ++i) ids.push_back(commit(*store, create("N" + std::to_string(i))).customer.id);
  for (const std::int64_t limit : {1, 5, 7, 24, 25, 26, 200}) {
    ListCustomers query;
    query.limit = limit;
    const auto all = all_pages(*store, query);
    ASSERT_EQ(all.size(), ids.size()) << limit;
    for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(all[i].customer.id, ids[i]);
  }
}

TEST(Pages, Row16_StayStableWhileOthersWrite) {
  World world;
  auto store = world.open();
  std::vector<CustomerId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(commit(*store, create("N" + std::to_string(i))).customer.id);
  ListCustomers query;
  query.limit = 6;
  int written = 0;
  const auto all = all_pages(*store, query, [&](int page) {
    commit(*store, update(ids[static_cast<std::size_t>(page)], Field::first_name, "Moved"));
    if (++written < 4) commit(*store, create("New"));
  });
  std::set<CustomerId> seen;
  for (const auto& one : all) EXPECT_TRUE(seen.insert(one.customer.id).second);
  for (const auto& id : ids) EXPECT_TRUE(seen.contains(id));
}

TEST(Pages, ByTimeOfChangeAnUpdateMovesToTheEnd) {
  World world;
  auto store = world.open();
  std::vector<CustomerId> ids;
  for (int i = 0; i < 6; ++i) {
    ids.push_back(commit(*store, create("N" + std::to_string(i))).customer.id);
    if (i % 2) world.clock.advance(milliseconds(5));  // pairs share their time: ties go by arrival
  }
  world.clock.advance(milliseconds(5));
  commit(*store, update(ids[0], Field::first_name, "Moved"));
  ListCustomers query;
  query.sort = CustomerSort::updated;
  query.limit = 2;
  const auto all = all_pages(*store, query);
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all.back().customer.id, ids[0]);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    EXPECT_EQ(all[i].customer.id, ids[i + 1]);
    EXPECT_LE(all[i].updated_at, all[i + 1].updated_at);
  }
}

TEST(Pages, SinceATimeShowOnlyWhatChanged) {
  World world;
  auto store = world.open();
  std::vector<CustomerId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(commit(*store, create("N" + std::to_string(i))).customer.id);
  world.clock.advance(seconds(1));
  const Timestamp since = timestamp_from_ms(world.clock.system_ms);
  commit(*store, update(ids[3], Field::first_name, "Moved"));
  commit(*store, update(ids[7], Field::first_name, "Moved"));
  for (const auto sort : {CustomerSort::created, CustomerSort::updated}) {
    ListCustomers query;
    query.sort = sort;
    query.updated_since = since;
    query.limit = 1;
    const auto all = all_pages(*store, query);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ((std::set<CustomerId>{all[0].customer.id, all[1].customer.id}), (std::set<CustomerId>{ids[3], ids[7]}));
  }
}

TEST(Pages, RefuseACursorThatIsNotTheirs) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 3; ++i) commit(*store, create("Ada"));
  ListCustomers query;
  query.limit = 1;
  const std::string by_arrival = ask(*store, query)->next_cursor;
  query.sort = CustomerSort::updated;
  const std::string by_change = ask(*store, query)->next_cursor;
  for (const std::string& cursor : {by_arrival, std::string("x"), by_change + "0", by_change.substr(1), std::string(50, 'u'),
                                    std::string("' OR 1=1 --"), std::string(100'000, 'a')}) {
    query.cursor = cursor;
    EXPECT_EQ(ask(*store, query).error().code, Errc::invalid) << cursor.substr(0, 60);
  }
  query.sort = CustomerSort::created;
  query.cursor = by_change;
  EXPECT_EQ(ask(*store, query).error().code, Errc::invalid);
  query.cursor = {};
  for (const std::int64_t limit : {0, -1, 201}) {
    query.limit = limit;
    EXPECT_EQ(ask(*store, query).error().code, Errc::invalid);
  }
}

TEST(Damage, OfARecordIsNoticedOnEveryRead) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada"));
  const auto sound = commit(*store, create("Bea"));
  store.reset();
  // The file stays a sound SQLite database: no integrity check would see this.
  ASSERT_TRUE(world.raw()->execute("UPDATE customers SET state = replace(state, 'Ada', 'Adb') WHERE n = 1"));
  store = world.open();
  EXPECT_EQ(ask(*store, GetCustomer{made.customer.id}).error().code, Errc::corrupt);
  EXPECT_EQ(ask(*store, ListCustomers{}).error().code, Errc::corrupt);
  EXPECT_TRUE(ask(*store, GetCustomer{sound.customer.id}).has_value());
  auto outcome = run(*store, update(made.customer.id, Field::first_name, "Cleo"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Errc::corrupt);
  EXPECT_EQ(world.faults, 1);
}

TEST(Damage, OfAnyColumnOfARecordIsNoticed) {
  for (const char* damage :
       {"n = 3", "id = zeroblob(16)", "created_at = created_at + 1", "updated_at = updated_at + 1", "last_seq = last_seq + 1",
        "licence_index = NULL", "licence_index = zeroblob(16)", "medical_index = zeroblob(16)", "row_check = zeroblob(16)",
        "row_check = zeroblob(15)", "state = state || ' '"}) {
    World world;
    auto store = world.open();
    auto command = create("Ada");
    command.patch.fields.emplace_back(Field::licence_number, "D-123");
    commit(*store, command);
    // Under the running store: a start would refuse some of these already.
    ASSERT_TRUE(world.raw()->execute(std::string("UPDATE customers SET ") + damage)) << damage;
    EXPECT_EQ(ask(*store, ListCustomers{}).error().code, Errc::corrupt) << damage;
  }
}

// Else a repeat would be a second effect, and a customer who is there would not be found.
TEST(Damage, OfAnIdIsNoticedAtTheNextStart) {
  for (const char* damage : {"DELETE FROM ids WHERE id = (SELECT id FROM customers)", "UPDATE ids SET seq = 7 WHERE seq = 1",
                             "DELETE FROM ids WHERE id = (SELECT change_id FROM ledger)", "UPDATE customers SET n = 3"}) {
    World world;
    auto store = world.open();
    commit(*store, create("Ada"));
    store.reset();
    ASSERT_TRUE(world.raw()->execute(damage)) << damage;
    EXPECT_EQ(world.refusal().code, Errc::corrupt) << damage;
  }
}

// What no chain covers.
TEST(Damage, OfTheRowsBesideTheLedgerIsNoticed) {
  const auto damaged = [](const char* damage) {
    auto world = std::make_unique<World>();
    auto store = world->open();
    const auto made = commit(*store, create("Ada"));
    commit(*store, update(made.customer.id, Field::first_name, "Ada", key_of("p-1")));  // changes nothing: its answer is kept
    SaveAck ack;
    ack.feed = "head_office";
    ack.upto = figures(*store).head;
    EXPECT_TRUE(run(*store, ack).has_value());
    store.reset();
    EXPECT_TRUE(world->raw()->execute(damage)) << damage;
    return world;
  };
  for (const char* damage :
       {"UPDATE state SET hlc = hlc + 1", "UPDATE state SET clean_stop = 1 - clean_stop", "UPDATE state SET epoch = zeroblob(16)",
        "UPDATE state SET epoch_replaces = zeroblob(16)", "UPDATE state SET epoch_seq = 1",
        "UPDATE state SET epoch_digest = randomblob(32)", "UPDATE state SET opened_at = 0",
        "UPDATE epochs SET epoch = zeroblob(16)", "UPDATE epochs SET replaces = zeroblob(16)", "UPDATE epochs SET root_seq = 1",
        "UPDATE epochs SET root_digest = randomblob(32)", "UPDATE epochs SET opened_at = 0"}) {
    EXPECT_EQ(damaged(damage)->refusal().code, Errc::corrupt) << damage;
  }
  // A start refuses them; under a running store the next read does.
  for (const char* damage :
       {"UPDATE feeds SET cursor_seq = 0", "UPDATE feeds SET cursor_digest = zeroblob(32)", "UPDATE feeds SET ho_epoch = NULL",
        "UPDATE feeds SET last_error = 'x'", "UPDATE feeds SET updated_at = 0"}) {
    auto world = damaged(damage);
    EXPECT_EQ(world->refusal().code, Errc::corrupt) << damage;
    auto raw = damaged("SELECT 1");
    auto store = raw->open();
    ASSERT_TRUE(raw->raw()->execute(damage)) << damage;
    EXPECT_EQ(ask(*store, ReadFeed{}).error().code, Errc::corrupt) << damage;
  }
  EXPECT_EQ(damaged("UPDATE feeds SET name = 'head_offica'")->refusal().code, Errc::corrupt) << "it would just not be found";
  for (const char* damage : {"UPDATE answers SET record = zeroblob(16)", "UPDATE answers SET seq = 0",
                             "UPDATE answers SET created_at = created_at + 1",
                             "UPDATE answers SET key = CAST(substr(key, 1, 15) || x'00' AS BLOB)"}) {
    auto outcome = run(*damaged(damage)->open(), update(CustomerId{}, Field::first_name, "Ada", key_of("p-1")));
    ASSERT_FALSE(outcome.has_value()) << damage;
    EXPECT_EQ(outcome.error().code, Errc::corrupt) << damage;
  }
}

TEST(Damage, OfARecordMovedToAnotherIdIsNoticed) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  const auto other = commit(*store, create("Bea"));
  store.reset();
  ASSERT_TRUE(
      world.raw()->execute("UPDATE customers SET state = (SELECT state FROM customers WHERE n = 1), row_check = (SELECT"
                           " row_check FROM customers WHERE n = 1) WHERE n = 2"));
  store = world.open();
  EXPECT_EQ(ask(*store, GetCustomer{other.customer.id}).error().code, Errc::corrupt);
}

TEST(Damage, NearTheEndOfTheLedgerRefusesTheStart) {
  for (const char* damage : {"UPDATE ledger SET payload = replace(payload, 'Ada', 'Adb') WHERE seq = 2",
                             "UPDATE ledger SET envelope = replace(envelope, 'local', 'lokal') WHERE seq = 2",
                             "UPDATE ledger SET digest = zeroblob(32) WHERE seq = 2", "DELETE FROM ledger WHERE seq = 2",
                             "UPDATE ledger SET digest = zeroblob(31) WHERE seq = 3",
                             "UPDATE ledger SET payload_hash = zeroblob(32) WHERE seq = 2",
                             "UPDATE ledger SET prior = 2 WHERE seq = 2", "UPDATE ledger SET prior = 1 WHERE seq = 2",
                             "UPDATE ledger SET customers = 7 WHERE seq = 3",
                             "UPDATE ledger SET recorded_at = recorded_at + 1 WHERE seq = 2",
                             "UPDATE ledger SET change_id = zeroblob(16) WHERE seq = 2",
                             "PRAGMA foreign_keys = 0; UPDATE ledger SET epoch = 2 WHERE seq = 2"}) {
    World world;
    auto store = world.open();
    for (int i = 0; i < 3; ++i) commit(*store, create("Ada"));
    store.reset();
    ASSERT_TRUE(world.raw()->execute(damage)) << damage;
    EXPECT_EQ(world.refusal().code, Errc::corrupt) << damage;
  }
}

TEST(Damage, OfTheLedgerNeverLeavesTheHouse) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 3; ++i) commit(*store, create("Ada"));
  ASSERT_TRUE(world.raw()->execute("UPDATE ledger SET payload = replace(payload, 'Ada', 'Adb') WHERE seq = 2"));
  ReadBatch query;
  EXPECT_EQ(ask(*store, query).error().code, Errc::corrupt);
  query.after = 2;
  EXPECT_TRUE(ask(*store, query).has_value());
}

}  // namespace
}  // namespace tillgate
