// A backup becomes the database of a store again; who was erased since stays erased.
#include "store/offline_restore.hpp"

#include <thread>

#include "store/page_copy.hpp"
#include "store/scrub.hpp"
#include "store/backup_check.hpp"
#include "store/set_aside.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

CreateCustomer person(const std::string& name) {
  auto command = create(name);
  command.patch.fields.emplace_back(Field::notes, "Zq7CANARY notes of " + name);
  command.patch.fields.emplace_back(Field::licence_number, "L-" + std::to_string(name.size()) + "77");
  return command;
}
template <class Link>
Link link(const CustomerId& one, const CustomerId& other) {
  Link command;
  command.actor = Actor{"till-1", "p-1", "manager"};
  if constexpr (requires { command.one; }) {
    command.one = one;
    command.other = other;
  } else {
    command.id = one;
  }
  return command;
}

struct Shop : World {
  std::filesystem::path data = dir.file().parent_path(), backup = dir.path() / "usb" / "one.backup";
  std::unique_ptr<Store> store = open();

  Shop() { std::filesystem::create_directory(dir.path() / "usb"); }
  void back_up() {
    const auto copy = data / "backup.copy";
    auto promise = std::make_shared<std::promise<Result<>>>();
    ASSERT_TRUE(store->copy(CopyOrder{copy.string(), nullptr, [promise](Result<> done) { promise->set_value(std::move(done)); }}));
    ASSERT_TRUE(promise->get_future().get().has_value());
    const auto checked = check_database(copy, nullptr);
    ASSERT_TRUE(checked.has_value()) << checked.error().what;
    BackupHeader header;
    header.org = OrgId{"acme"};
    header.store = StoreId{"store-7"};
    header.key_id = "k1";
    header.taken_at = clock.read().system;
    header.program = "0.1.0";
    header.schema = checked->schema;
    header.epoch = checked->epoch;
    header.head = checked->head;
    header.bytes = checked->bytes;
    const auto sealed = seal_backup(copy, header, backup_key(options.keys.pii), backup, nullptr);
    ASSERT_TRUE(sealed.has_value()) << sealed.error().what;
    remove_copy(copy.string());
  }
  RestoreOptions restoring() {
    RestoreOptions how;
    how.backup = backup;
    how.data_dir = data;
    how.store = StoreId{"store-7"};
    how.keys = options.keys;
    how.read_clock = options.read_clock;
    how.fill_random = options.fill_random;
    return how;
  }
  void lose_everything() {
    store.reset();
    std::filesystem::remove_all(data);
    std::filesystem::create_directory(data);
  }
  Result<Restored> restore() { return restore_backup(restoring()); }
  CustomerId add(const std::string& name) { return commit(*store, person(name)).customer.id; }
  // The database itself and its log; not what was set aside, nor the index of the log, which every reader makes anew.
  std::string database_bytes() {
    std::string all;
    for (const char* part : {"", "-wal"}) {
      std::ifstream in(options.file.string() + part, std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }
  std::string backup_bytes() {
    const auto plain = dir.path() / "opened";
    EXPECT_TRUE(open_backup(backup, backup_key(options.keys.pii), plain, nullptr).has_value());
    std::ifstream in(plain, std::ios::binary);
    std::string all(std::istreambuf_iterator<char>(in), {});
    std::filesystem::remove(plain);
    return all;
  }
};

bool is_here(Store& store, const CustomerId& id) { return ask(store, GetCustomer{id})->has_value(); }

TEST(Restore, Row76_PutsTheBackupInPlaceAndSetsAsideWhatWasThere) {
  Shop shop;
  const auto ada = shop.add("Ada");
  shop.back_up();
  const auto bob = shop.add("Bob");
  const auto busy = shop.restore();
  ASSERT_FALSE(busy.has_value());
  EXPECT_EQ(busy.error().code, Errc::busy) << "the gateway runs";
  const auto old_epoch = shop.store->opened().path.current().epoch;
  shop.store.reset();
  shop.clock.advance(milliseconds(60'000));
  const auto restored = shop.restore();
  ASSERT_TRUE(restored.has_value()) << restored.error().what << restored.error().detail;
  EXPECT_EQ(restored->customers, 1);
  EXPECT_EQ(restored->erased, 0);
  ASSERT_FALSE(restored->set_aside.empty());
  EXPECT_EQ(those_set_aside(shop.options.file, AsideReason::replaced), std::vector{restored->set_aside});
  EXPECT_TRUE(those_set_aside(shop.options.file).empty()) << "it is not damaged";
  EXPECT_FALSE(std::filesystem::exists(shop.options.file.string() + ".restoring"));
  auto store = shop.open();
  EXPECT_TRUE(is_here(*store, ada));
  EXPECT_FALSE(is_here(*store, bob)) << "younger than the backup";
  EXPECT_FALSE(store->opened().path.current().epoch == old_epoch);
  commit(*store, create("Cid"));
  store.reset();
  // What was set aside still has all of it.
  StoreOptions aside = shop.options;
  aside.file = restored->set_aside;
  auto replaced = Store::open(aside);
  ASSERT_TRUE(replaced.has_value());
  EXPECT_TRUE(is_here(**replaced, bob));
}

TEST(Restore, Row35_WhoWasErasedSinceIsInNoByteOfWhatIsPutInPlace) {
  Shop shop;
  const auto ada = shop.add("AdaZq7");
  const auto bob = shop.add("Neighbour");
  shop.back_up();
  ASSERT_TRUE(run(*shop.store, erasing(ada)).has_value());
  shop.store.reset();
  EXPECT_NE(shop.backup_bytes().find("Zq7CANARY notes of AdaZq7"), std::string::npos) << "the control";
  EXPECT_NE(shop.backup_bytes().find("adazq7"), std::string::npos) << "the control: as a search term";
  const auto restored = shop.restore();
  ASSERT_TRUE(restored.has_value()) << restored.error().what << restored.error().detail;
  EXPECT_EQ(restored->erased, 1);
  const auto look = [&](const char* when) {
    const std::string bytes = shop.database_bytes();
    for (const char* canary : {"AdaZq7", "adazq7", "Zq7CANARY notes of AdaZq7"})
      EXPECT_EQ(bytes.find(canary), std::string::npos) << canary << " " << when;
    EXPECT_NE(bytes.find("Neighbour"), std::string::npos) << "the scan reads what it should";
  };
  look("before the first start");
  auto store = shop.open();
  EXPECT_FALSE(is_here(*store, ada));
  EXPECT_TRUE(*ask(*store, IsErased{ada}));
  EXPECT_TRUE(is_here(*store, bob));
  look("after it");
  ScrubStep step{std::make_shared<Scrub>(50)};
  while (!*ask(*store, step)) {
  }
  EXPECT_EQ(step.scrub->report().findings, std::vector<std::string>());
}

TEST(Restore, Row35_TheListBesideTheBackupsCountsWhereTheDatabaseIsGone) {
  Shop shop;
  const auto ada = shop.add("AdaZq7");
  shop.back_up();
  ASSERT_TRUE(run(*shop.store, erasing(ada)).has_value());
  shop.store.reset();
  const auto known = erased_in(shop.options.file);
  ASSERT_TRUE(known.has_value());
  ASSERT_EQ(known->size(), 1u);
  shop.lose_everything();
  const auto refused = shop.restore();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::not_found) << "nothing says who was erased";
  EXPECT_FALSE(std::filesystem::exists(shop.options.file));
  ASSERT_TRUE(add_to_erased_list(shop.backup.parent_path() / kErasedListName, *known).has_value());
  const auto restored = shop.restore();
  ASSERT_TRUE(restored.has_value()) << restored.error().what << restored.error().detail;
  EXPECT_EQ(restored->erased, 1);
  EXPECT_EQ(shop.database_bytes().find("AdaZq7"), std::string::npos);
  EXPECT_EQ(*read_erased_list(shop.data / kErasedListName), *known) << "and the next restore knows it, too";
}

TEST(Restore, WithoutAnyListItIsDoneOnlyWhenSaidSo) {
  Shop shop;
  const auto ada = shop.add("Ada");
  shop.back_up();
  shop.lose_everything();
  auto how = shop.restoring();
  how.may_lack_list = true;
  const auto restored = restore_backup(how);
  ASSERT_TRUE(restored.has_value()) << restored.error().what;
  EXPECT_TRUE(restored->sources.empty());
  EXPECT_TRUE(restored->set_aside.empty());
  EXPECT_TRUE(is_here(*shop.open(), ada));
}

TEST(Restore, Row35_WhoWasTakenApartSinceAndIsNotErasedStays) {
  Shop shop;
  const auto ada = shop.add("AdaZq7");
  const auto bob = shop.add("Neighbour");
  ASSERT_TRUE(run(*shop.store, link<MergeCustomers>(ada, bob)).has_value());
  shop.back_up();
  ASSERT_TRUE(run(*shop.store, link<UnmergeCustomer>(ada, bob)).has_value());
  ASSERT_TRUE(run(*shop.store, erasing(ada)).has_value());
  shop.store.reset();
  const auto restored = shop.restore();
  ASSERT_TRUE(restored.has_value()) << restored.error().what << restored.error().detail;
  EXPECT_EQ(restored->erased, 1);
  auto store = shop.open();
  EXPECT_TRUE(is_here(*store, bob));
  EXPECT_FALSE(is_here(*store, ada));
}

TEST(Restore, Row35_ADatabaseThatDoesNotKnowTheBackupIsNoAnswer) {
  Shop shop;
  shop.add("Ada");
  shop.back_up();
  shop.lose_everything();
  shop.open().reset();  // as the package starts it on a new box
  EXPECT_EQ(shop.restore().error().code, Errc::not_found);
  auto how = shop.restoring();
  how.may_lack_list = true;
  ASSERT_TRUE(restore_backup(how).has_value());
  EXPECT_FALSE(std::filesystem::exists(shop.data / kErasedListName)) << "an empty one would pass for one that knows";
}

TEST(Restore, Row35_AListThatCannotBeReadIsNoListThatNamesNobody) {
  Shop shop;
  const auto ada = shop.add("AdaZq7");
  shop.back_up();
  ASSERT_TRUE(run(*shop.store, erasing(ada)).has_value());
  shop.store.reset();
  const auto list = shop.backup.parent_path() / kErasedListName;
  std::ofstream(list) << ada.text() << " 2026-11-28T06:15:00.000Z\r\nend 1\r\n";
  EXPECT_EQ(read_erased_list(list)->size(), 1u) << "with the line ends of another system";
  std::ofstream(list, std::ios::app) << "half a li";
  const auto refused = shop.restore();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_NE(refused.error().what.find("line 3"), std::string::npos) << refused.error().what;
}

TEST(Restore, ABackupOfAnotherStoreIsRefused) {
  Shop shop;
  shop.add("Ada");
  shop.back_up();
  shop.store.reset();
  auto how = shop.restoring();
  how.store = StoreId{"store-8"};
  const auto refused = restore_backup(how);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().what, "this is a backup of store-7 of acme, not of store-8");
}

// Cut off at each step between the two databases: whatever is there then, the next run comes to the same end, and what was replaced
// has its log.
TEST(Restore, InterruptedItIsGoneOnWith) {
  for (int moved = 0; moved <= 2; ++moved) {
    Shop shop;
    shop.add("Ada");
    shop.back_up();
    const auto bob = shop.add("Bob");
    const auto copy = [&](const std::string& part) {
      std::filesystem::copy_file(shop.options.file.string() + part, shop.dir.path() / ("kept" + part));
    };
    copy("");
    copy("-wal");  // as after a crash: Bob is in the log alone
    shop.store.reset();
    for (const std::string part : {"", "-wal", "-shm"}) std::filesystem::remove(shop.options.file.string() + part);
    for (const std::string part : {"", "-wal"}) std::filesystem::copy_file(shop.dir.path() / ("kept" + part), shop.options.file.string() + part);
    const auto aside = shop.options.file.string() + ".replaced-20261128T061500Z";
    std::ofstream(restore_marker(shop.options.file)) << std::filesystem::path(aside).filename().string() << "\n";
    std::ofstream(shop.options.file.string() + ".restoring") << "left behind";
    if (moved >= 1) std::filesystem::rename(shop.options.file, aside);
    if (moved >= 2) std::filesystem::rename(shop.options.file.string() + "-wal", aside + "-wal");
    auto wrong = shop.restoring();
    wrong.keys.pii.fill(0x33);
    EXPECT_EQ(restore_backup(wrong).error().code, Errc::invalid);
    EXPECT_TRUE(std::filesystem::exists(restore_marker(shop.options.file)) || std::filesystem::exists(shop.options.file))
        << "a start must not begin anew";
    const auto restored = shop.restore();
    ASSERT_TRUE(restored.has_value()) << moved << " " << restored.error().what;
    EXPECT_FALSE(std::filesystem::exists(restore_marker(shop.options.file)));
    ASSERT_EQ(those_set_aside(shop.options.file, AsideReason::replaced).size(), 1u) << moved;
    StoreOptions old = shop.options;
    old.file = restored->set_aside;
    auto replaced = Store::open(old);
    ASSERT_TRUE(replaced.has_value()) << moved << " " << replaced.error().what;
    EXPECT_TRUE(is_here(**replaced, bob)) << moved << ": the log was parted from its database";
  }
}

TEST(Restore, WhatIsNotWholeChangesNothing) {
  Shop shop;
  const auto ada = shop.add("Ada");
  shop.back_up();
  shop.store.reset();
  const std::string before = shop.database_bytes();
  std::ifstream in(shop.backup, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(in), {});
  const auto refused = [&](std::string bytes, Errc code) {
    std::ofstream(shop.backup, std::ios::binary | std::ios::trunc) << bytes;
    const auto restored = shop.restore();
    ASSERT_FALSE(restored.has_value());
    EXPECT_EQ(restored.error().code, code) << restored.error().what;
    EXPECT_TRUE(shop.database_bytes() == before);
    EXPECT_FALSE(std::filesystem::exists(shop.options.file.string() + ".restoring"));
  };
  refused(whole.substr(0, whole.size() - 100), Errc::invalid);
  std::string altered = whole;
  altered[altered.size() / 2] = static_cast<char>(altered[altered.size() / 2] ^ 1);
  refused(altered, Errc::invalid);
  refused("no backup at all", Errc::invalid);
  std::ofstream(shop.backup, std::ios::binary | std::ios::trunc) << whole;
  auto how = shop.restoring();
  how.keys.pii.fill(0x33);
  EXPECT_EQ(restore_backup(how).error().code, Errc::invalid);
  EXPECT_TRUE(is_here(*shop.open(), ada));
}

TEST(ErasedList, LosesNobodyToSomebodyWhoWritesItMeanwhile) {
  TempDir dir;
  const auto file = dir.path() / kErasedListName;
  const auto id = [](std::uint8_t who, std::uint8_t n) { return CustomerId(uuid_v4({who, n})); };
  constexpr std::uint8_t kEach = 40;
  const auto write = [&](std::uint8_t who) {
    for (std::uint8_t n = 0; n < kEach; ++n)
      EXPECT_TRUE(add_to_erased_list(file, {{id(who, n), timestamp_from_ms(1'795'390'000'123)}}).has_value());
  };
  std::thread one(write, std::uint8_t{1}), other(write, std::uint8_t{2});
  one.join();
  other.join();
  EXPECT_EQ(read_erased_list(file)->size(), 2u * kEach);
}

TEST(ErasedList, GrowsAndRefusesLinesThatAreNotItsOwn) {
  TempDir dir;
  const auto file = dir.path() / kErasedListName;
  EXPECT_EQ(read_erased_list(file).error().code, Errc::not_found);
  const CustomerId one(uuid_v4({1})), two(uuid_v4({2}));
  const Timestamp at = timestamp_from_ms(1'795'390'000'123);
  ASSERT_TRUE(add_to_erased_list(file, {{one, at}}).has_value());
  ASSERT_TRUE(add_to_erased_list(file, {{two, at}}).has_value());
  EXPECT_EQ(*read_erased_list(file), (ErasedList{{one, at}, {two, at}}));
  const std::string whole = to_text(ErasedList{{one, at}, {two, at}});
  const auto fault = [&](const std::string& text) {
    std::ofstream(file) << text;
    const auto read = read_erased_list(file);
    EXPECT_FALSE(read.has_value()) << text;
    return read ? "" : read.error().what;
  };
  EXPECT_NE(fault(whole + "half a li").find("line 4 stands behind the end"), std::string::npos);
  EXPECT_NE(fault("half a li\n" + whole).find("line 1"), std::string::npos);
  // Whoever is missing from a list would come back.
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) EXPECT_FALSE(fault(whole.substr(0, bytes)).empty());
  EXPECT_NE(fault(whole.substr(whole.find('\n') + 1)).find("counts others"), std::string::npos);
}

}  // namespace
}  // namespace tillgate
