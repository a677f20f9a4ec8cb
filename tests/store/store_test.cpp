#include "store/store.hpp"

#include <sys/stat.h>

#include <set>
#include <thread>

#include "store/migrate.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

TEST(Store, KeepsWhatItAnsweredOverAReopen) {
  World world;
  Committed made;
  {
    auto store = world.open();
    made = commit(*store, create("Ada"));
    EXPECT_EQ(made.seq, 1);
    EXPECT_EQ(made.customer.text(Field::home_store), "store-7");
    EXPECT_EQ(made.customer.text(Field::status), "active");
    EXPECT_EQ(made.customer.text(Field::verification), "unverified");
    EXPECT_EQ(made.customer.text(Field::type), "recreational");
    EXPECT_EQ(made.recorded_at, timestamp_from_ms(world.clock.system_ms));
    EXPECT_EQ(made.customer.newest().origin, store->opened().path.current().epoch.text());
  }
  auto store = world.open();
  EXPECT_TRUE(store->opened().was_clean_stop);
  auto found = ask(*store, GetCustomer{made.customer.id});
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->customer, made.customer);
  EXPECT_EQ((*found)->etag, made.etag);
  EXPECT_EQ((*found)->last_seq, made.seq);
  EXPECT_EQ(figures(*store).customers, 1);
  EXPECT_EQ(figures(*store).ledger_rows, 1);
  EXPECT_EQ(figures(*store).head, store->opened().head);
}

TEST(Store, KnowsNothingOfACustomerItNeverSaw) {
  World world;
  auto store = world.open();
  auto found = ask(*store, GetCustomer{});
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->has_value());
  auto outcome = run(*store, update(CustomerId{}, Field::first_name, "x"));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Errc::not_found);
  EXPECT_EQ(figures(*store).ledger_rows, 0);
}

TEST(Store, FilesAreForItsUserOnly) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  struct stat info {};
  for (const char* name : {"tillgate.db", "tillgate.db-wal", "tillgate.db-shm", "tillgate.db.lock"}) {
    ASSERT_EQ(::stat((world.options.file.parent_path() / name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << name;
  }
  ASSERT_EQ(::stat(world.options.file.parent_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(Store, RefusesASecondProcess) {
  World world;
  auto store = world.open();
  const Error error = world.refusal();
  EXPECT_EQ(error.code, Errc::busy);
  EXPECT_NE(error.what.find("another process"), std::string::npos);
  store.reset();
  EXPECT_NE(world.open(), nullptr);
}

TEST(Store, RefusesADatabaseOfANewerProgram) {
  World world;
  world.open().reset();
  {
    auto db = world.raw();
    ASSERT_TRUE(db->execute("INSERT INTO schema_migrations VALUES (99, '0099_future.sql', zeroblob(32), 0)"));
  }
  const Error error = world.refusal();
  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_NE(error.what.find("newer version"), std::string::npos) << error.what;
}

TEST(Store, RefusesASchemaWithAnotherHistory) {
  World world;
  world.open().reset();
  {
    auto db = world.raw();
    ASSERT_TRUE(db->execute("UPDATE schema_migrations SET checksum = zeroblob(32)"));
  }
  EXPECT_EQ(world.refusal().code, Errc::unsupported);
}

TEST(Store, LeavesAnotherProgramsDatabaseUntouched) {
  World world;
  std::filesystem::create_directories(world.options.file.parent_path());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(world.options.file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE notes (text)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  const std::string before = bytes_of_folder(world.options.file.parent_path());
  EXPECT_EQ(world.refusal().code, Errc::unsupported);
  EXPECT_EQ(bytes_of_folder(world.options.file.parent_path()), before);
}

TEST(Store, RefusesAFileThatIsNoDatabase) {
  World world;
  std::filesystem::create_directories(world.options.file.parent_path());
  std::ofstream(world.options.file) << std::string(8192, 'x');
  EXPECT_EQ(world.refusal().code, Errc::corrupt);
}

TEST(Store, SetsEveryPragmaThatItsPromisesRestOn) {
  World world;
  world.open().reset();
  auto db = world.raw();
  for (const auto& [pragma, wanted] : std::vector<std::pair<std::string, std::string>>{{"journal_mode", "wal"},
                                                                                       {"synchronous", "2"},
                                                                                       {"foreign_keys", "1"},
                                                                                       {"secure_delete", "1"},
                                                                                       {"auto_vacuum", "0"},
                                                                                       {"wal_autocheckpoint", "0"},
                                                                                       {"trusted_schema", "0"},
                                                                                       {"cell_size_check", "1"},
                                                                                       {"mmap_size", "0"},
                                                                                       {"page_size", "1024"}}) {
    EXPECT_EQ(*db->text_of("PRAGMA " + pragma), wanted) << pragma;
  }
  EXPECT_EQ(*db->text_of("PRAGMA integrity_check"), "ok");
  EXPECT_FALSE(db->execute("SELECT load_extension('x')").has_value());
}

TEST(Store, AReaderCannotWriteAndHasADeadline) {
  World world;
  world.open().reset();
  auto db = Connection::open({world.options.file.string(), "", true, 0});
  ASSERT_TRUE(db.has_value());
  EXPECT_FALSE((*db)->execute("DELETE FROM state").has_value());
  (*db)->set_deadline(std::chrono::steady_clock::now());
  auto endless = (*db)->prepare("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n").step();
  ASSERT_FALSE(endless.has_value());
  EXPECT_EQ(endless.error().code, Errc::busy);
  (*db)->set_deadline(std::nullopt);
  EXPECT_EQ(*(*db)->integer_of("SELECT one FROM state"), 1);
}

TEST(Store, SaysAfterACrashThatTheStopWasUnclean) {
  World world;
  auto store = world.open();
  const Committed made = commit(*store, create("Ada"));
  // What a dying process leaves: the files as they are while it lives.
  World after;
  std::filesystem::create_directories(after.options.file.parent_path());
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy_file(world.options.file.string() + suffix, after.options.file.string() + suffix);
  }
  auto again = after.open();
  EXPECT_FALSE(again->opened().was_clean_stop);
  EXPECT_EQ(again->opened().head.seq, 1);
  auto found = ask(*again, GetCustomer{made.customer.id});
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->customer, made.customer);
}

TEST(Store, VersionsNeverRunBackwards) {
  World world;
  CustomerId id;
  Version before;
  {
    auto store = world.open();
    const auto made = commit(*store, create("Ada"));
    id = made.customer.id;
    before = made.customer.newest();
  }
  world.clock.system_ms -= 86'400'000;  // the clock's battery is dead, and nobody has confirmed a time yet
  auto opened = Store::open(world.options);
  ASSERT_TRUE(opened.has_value());
  EXPECT_GE((*opened)->opened().hlc, before.hlc);
  EXPECT_GT(commit(**opened, update(id, Field::first_name, "Bea")).customer.newest().hlc, before.hlc);
}

TEST(Epochs, LeaveNoTrailWhereNothingWasWritten) {
  World world;
  std::set<std::string> drawn;
  for (int i = 0; i < 4; ++i) {
    auto store = world.open();
    const auto& path = store->opened().path;
    ASSERT_EQ(path.roots().size(), 1u);
    EXPECT_FALSE(path.current().replaces.has_value());
    EXPECT_EQ(path.current().after, Position{});
    drawn.insert(path.current().epoch.text());
  }
  EXPECT_EQ(drawn.size(), 4u);
  Epoch first;
  Position head;
  {
    auto store = world.open();
    first = store->opened().path.current().epoch;
    commit(*store, create("Ada"));
    head = figures(*store).head;
  }
  for (int i = 0; i < 3; ++i) {
    auto store = world.open();
    const auto& path = store->opened().path;
    ASSERT_EQ(path.roots().size(), 2u);
    EXPECT_EQ(path.roots()[0].epoch, first);
    EXPECT_EQ(path.current().replaces, first);
    EXPECT_EQ(path.current().after, head);
    // The empty run that opens the epoch at head office.
    const auto batch = read_batch(*store, head.seq);
    EXPECT_EQ(batch.header.count(), 0);
    EXPECT_EQ(batch.header.epoch, path.current().epoch);
    EXPECT_EQ(batch.header.root, path.current());
    EXPECT_EQ(batch.header.prev, head.digest);
    EXPECT_EQ(batch.header.digest, head.digest);
  }
}

TEST(Writer, AnswersAGroupInOrder) {
  World world;
  auto store = world.open();
  std::promise<void> all;
  std::vector<Seq> seqs;
  constexpr int kCommands = 500;
  for (int i = 0; i < kCommands; ++i) {
    ASSERT_TRUE(store->submit(create("N" + std::to_string(i)), [&](Result<CommandOutcome> outcome) {
      seqs.push_back(outcome ? std::get<Committed>(*outcome).seq : -1);
      if (seqs.size() == kCommands) all.set_value();
    }));
  }
  ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  for (int i = 0; i < kCommands; ++i) EXPECT_EQ(seqs[static_cast<std::size_t>(i)], i + 1);
  EXPECT_LT(store->counters().groups, kCommands);
}

TEST(Writer, TellsTheHeadAfterEachCommitThatAddedRows) {
  World world;
  auto store = world.open();
  std::mutex mutex;
  std::vector<Position> heads;
  store->on_head_moved([&](Position head) {
    std::lock_guard lock(mutex);
    heads.push_back(head);
  });
  const auto made = commit(*store, create("Ada"));
  commit(*store, update(made.customer.id, Field::first_name, "Ada"));  // changes nothing
  commit(*store, create("Bea"));
  store.reset();
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[0].seq, 1);
  EXPECT_EQ(heads[1].seq, 2);
}

TEST(Store, OpenedForReadingServesReadsAndWritesNotAByte) {
  World world;
  const auto made = commit(*world.open(), create("Ada"));
  const auto before = std::filesystem::last_write_time(world.options.file);
  world.options.is_read_only = true;
  auto store = world.open();
  ASSERT_NE(store, nullptr);
  EXPECT_EQ(store->opened().head.seq, made.seq);
  auto found = ask(*store, GetCustomer{made.customer.id});
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_FALSE(store->submit(create("Bob"), [](Result<CommandOutcome>) { ADD_FAILURE(); }));
  EXPECT_FALSE(store->ping_writer([] { ADD_FAILURE(); }));
  store.reset();
  EXPECT_EQ(std::filesystem::last_write_time(world.options.file), before);
}

TEST(Writer, SaysBusyWhileSomebodyElseHoldsTheFileAndGoesOnAfterwards) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  {
    // What a technician's shell on the live file does: forbidden, but no fault of the storage.
    auto intruder = world.raw();
    auto held = Transaction::begin(*intruder);
    ASSERT_TRUE(held.has_value());
    auto refused = run(*store, create("Bob"));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, Errc::busy);
    ASSERT_TRUE(held->rollback().has_value());
  }
  commit(*store, create("Cyd"));
  EXPECT_EQ(world.faults, 0);
  EXPECT_EQ(figures(*store).customers, 2);
}

TEST(Store, SeesAReaderThatHangsThoughTheOtherOneAnswers) {
  World world;
  auto store = world.open();
  EXPECT_EQ(store->longest_read(), Duration{0});
  std::promise<void> stuck, release;
  auto released = release.get_future();
  ASSERT_TRUE(store->ask<Ping>(Ping{}, [&](Result<Ping::Answer>) {
    stuck.set_value();
    released.wait();
  }));
  stuck.get_future().wait();
  const auto since = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - since < milliseconds(20)) ASSERT_TRUE(ask(*store, Ping{}).has_value());
  EXPECT_GE(store->longest_read(), milliseconds(20));
  release.set_value();
  store.reset();
}

TEST(Writer, AnswersAPing) {
  World world;
  auto store = world.open();
  std::promise<void> pong;
  ASSERT_TRUE(store->ping_writer([&] { pong.set_value(); }));
  EXPECT_EQ(pong.get_future().wait_for(kPatience), std::future_status::ready);
  auto alive = ask(*store, Ping{});
  EXPECT_TRUE(alive.has_value() && *alive);
}

TEST(Writer, SaysBusyWhenItsQueueIsFull) {
  World world;
  world.options.write_queue_max = 4;
  world.options.group_max = 1;
  auto store = world.open();
  std::promise<void> go;
  auto gate = go.get_future().share();
  ASSERT_TRUE(store->ping_writer([gate] { gate.wait(); }));
  int taken = 0;
  std::atomic<int> answered{0};
  while (taken < 100 && store->submit(create("Ada"), [&](Result<CommandOutcome>) { ++answered; })) ++taken;
  EXPECT_GE(taken, 3);
  EXPECT_LE(taken, 5);
  go.set_value();
  store.reset();  // what was accepted is committed and answered first
  EXPECT_EQ(answered, taken);
}

TEST(Writer, KeepsTheWalBoundedUnderLoad) {
  World world;
  auto store = world.open();
  std::atomic<int> left{6000};
  std::promise<void> all;
  const std::string notes(1500, 'n');
  std::int64_t wal_max = 0;
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 6000;) {
    auto command = create("Ada" + std::to_string(i));
    command.patch.fields.emplace_back(Field::notes, notes);
    if (store->submit(std::move(command), [&](Result<CommandOutcome> outcome) {
          EXPECT_TRUE(outcome.has_value());
          if (--left == 0) all.set_value();
        })) {
      ++i;
    } else {
      std::this_thread::yield();
    }
    wal_max = std::max(wal_max, store->counters().wal_bytes);
  }
  ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - started).count();
  const auto counters = store->counters();
  wal_max = std::max(wal_max, counters.wal_bytes);
  EXPECT_GT(counters.checkpoints, 0);
  EXPECT_LE(wal_max, 16 * 1024 * 1024);
  std::printf("6000 creates of 3 KB: %lld ms, %lld commits, WAL at most %lld KiB, %lld checkpoints\n",
              static_cast<long long>(took), static_cast<long long>(counters.commits), static_cast<long long>(wal_max / 1024),
              static_cast<long long>(counters.checkpoints));
}

}  // namespace
}  // namespace tillgate
