// Backups as asked for over HTTP, over the real store: made, noted, kept in number, and the lists of the erased beside them.
#include "daemon/backups.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "daemon/backup_job.hpp"
#include "store/erased_list.hpp"
#include "store/offline_restore.hpp"
#include "store/sqlite.hpp"
#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;

class BackupsMade : public ::testing::Test {
 protected:
  boost::json::object state() { return json_of(rig.send({"GET", "/api/v1/backup", "", {}, {}}, Role::administrator)); }
  boost::json::object back_up() {
    const auto begun = rig.send({"POST", "/api/v1/backup", "", {}, {}}, Role::administrator);
    EXPECT_EQ(begun.status, 202) << begun.body;
    return ended();
  }
  boost::json::object ended() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (rig.gateway().backup.is_running && std::chrono::steady_clock::now() < until) rig.turn();
    EXPECT_FALSE(rig.gateway().backup.is_running) << "the backup does not end";
    return state();
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(rig.folder() / "backups")) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string add(const std::string& name) {
    const auto made = rig.create(R"({"first_name":")" + name + R"(","last_name":"Example"})", name);
    EXPECT_EQ(made.status, 201) << made.body;
    return id_of(made);
  }
  BackupPlan plan(Timestamp now) {
    const Config& config = rig.gateway().config;
    return {rig.folder(), config.store.org, config.store.id, "test", 2, now};
  }
  bool wait_for_list(const std::filesystem::path& file, std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < until) {
      const auto list = read_erased_list(file);
      if (list && list->size() == count) return true;
      rig.turn();
    }
    return false;
  }
  GatewayRig rig;
};

TEST_F(BackupsMade, Row76_IsSealedNotedAndNoCopyIsLeft) {
  EXPECT_TRUE(state().at("last").is_null());
  add("Zq7CANARY");
  const auto made = back_up();
  ASSERT_TRUE(made.at("failed").is_null()) << boost::json::serialize(made);
  const std::string file(made.at("last").at("file").as_string());
  EXPECT_EQ(made.at("last").at("changes").as_int64(), 1);
  EXPECT_EQ(files(), (std::vector<std::string>{"erased.list", file}));
  EXPECT_FALSE(std::filesystem::exists(rig.folder() / "tillgate.db.copy"));
  EXPECT_EQ(static_cast<std::int64_t>(std::filesystem::file_size(rig.folder() / "backups" / file)), made.at("last").at("bytes").as_int64());
  std::ifstream in(rig.folder() / "backups" / file, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(bytes.find("CANARY"), std::string::npos);
  EXPECT_TRUE(bytes.starts_with("tillgate backup 1\n"));
  const auto noted = [&] { return rig.send({"GET", "/api/v1/audit", "", {}, {}}, Role::administrator).body.find(R"(\"kind\":\"backup\")") != std::string::npos; };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!noted() && std::chrono::steady_clock::now() < until) rig.turn();
  EXPECT_TRUE(noted()) << "who made it stands in the ledger";
}

TEST_F(BackupsMade, OlderOnesThanWereAskedForGoAndNobodyElsesFiles) {
  add("Ada");
  const auto folder = backup_folder(rig.folder());
  std::filesystem::create_directories(folder);
  const std::string store = rig.gateway().config.store.id.value;
  for (const std::string& name : {store + "-notes.backup", store + "-2-20200101T000000000Z.backup", std::string("readme")}) std::ofstream(folder / name) << "x";
  const auto on = [](int day) { return timestamp_from_text("2026-03-0" + std::to_string(day) + "T10:00:00.000Z").value(); };
  for (int day = 1; day <= 4; ++day)
    ASSERT_TRUE(make_backup(rig.gateway().store, plan(on(day)), [](auto, auto, auto) { return true; }).has_value());
  EXPECT_EQ(files(), (std::vector<std::string>{"erased.list", "readme", store + "-2-20200101T000000000Z.backup", store + "-20260303T100000000Z.backup", store + "-20260304T100000000Z.backup", store + "-notes.backup"}));
  EXPECT_EQ(newest_backup(plan(on(9)))->file, store + "-20260304T100000000Z.backup");
  // A clock that is set back: the newest is what was just made.
  const auto made = make_backup(rig.gateway().store, plan(on(2)), [](auto, auto, auto) { return true; });
  ASSERT_TRUE(made.has_value());
  EXPECT_TRUE(std::filesystem::exists(folder / made->file));
  EXPECT_FALSE(std::filesystem::exists(folder / (store + "-20260303T100000000Z.backup")));
}

TEST_F(BackupsMade, ADamagedDatabaseIsNotSealedAndIsAnAlarm) {
  add("Ada");
  add("Bob");
  {
    auto db = Connection::open({(rig.folder() / "tillgate.db").string(), "", false, 0});
    ASSERT_TRUE(db.has_value());
    ASSERT_TRUE((*db)->execute("UPDATE ledger SET payload_hash = zeroblob(32) WHERE seq = 1").has_value());
  }
  const auto made = back_up();
  EXPECT_TRUE(made.at("last").is_null());
  ASSERT_FALSE(made.at("failed").is_null());
  EXPECT_NE(made.at("failed").at("why").as_string().find("row 1"), std::string::npos) << made.at("failed").at("why").as_string();
  EXPECT_FALSE(std::filesystem::exists(rig.folder() / "tillgate.db.copy"));
  const auto alarms = boost::json::serialize(json_of(rig.send({"GET", "/api/v1/status", "", {}, {}})).at("alarms"));
  EXPECT_NE(alarms.find("the last backup"), std::string::npos);
}

TEST_F(BackupsMade, Row35_WhoIsErasedIsSoonOnTheListsBesideTheDatabaseAndTheBackups) {
  const auto ada = add("Ada"), bob = add("Bob");
  back_up();
  for (std::size_t n = 1; const std::string& id : {ada, bob}) {
    const auto gone = rig.send({"DELETE", "/api/v1/customers/" + id, "", {{"idempotency-key", "e" + id}, {"if-match", "*"}}, {}}, Role::manager);
    ASSERT_EQ(gone.status, 200) << gone.body;
    rig.backups().list_erased();
    EXPECT_TRUE(wait_for_list(rig.folder() / kErasedListName, n));
    EXPECT_TRUE(wait_for_list(backup_folder(rig.folder()) / kErasedListName, n));
    ++n;
  }
  EXPECT_TRUE(read_erased_list(rig.folder() / kErasedListName)->contains(*CustomerId::from_text(ada)));
}

TEST_F(BackupsMade, Row35_AListThatCannotBeWrittenIsAnAlarmAndDoesNotKeepTheOtherFromBeingWritten) {
  const auto ada = add("Ada");
  back_up();
  const auto alarms = [&] { return boost::json::serialize(json_of(rig.send({"GET", "/api/v1/status", "", {}, {}})).at("alarms")); };
  std::ofstream(rig.folder() / kErasedListName) << "rubbish\n";
  ASSERT_EQ(rig.send({"DELETE", "/api/v1/customers/" + ada, "", {{"idempotency-key", "e1"}, {"if-match", "*"}}, {}}, Role::manager).status, 200);
  rig.backups().list_erased();
  EXPECT_TRUE(wait_for_list(backup_folder(rig.folder()) / kErasedListName, 1));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (rig.gateway().backup.list_fault.empty() && std::chrono::steady_clock::now() < until) rig.turn();
  EXPECT_NE(alarms().find("line 1 is not an id"), std::string::npos) << alarms();
  std::filesystem::remove(rig.folder() / kErasedListName);
  rig.backups().list_erased();
  EXPECT_TRUE(wait_for_list(rig.folder() / kErasedListName, 1));
  while (!rig.gateway().backup.list_fault.empty() && std::chrono::steady_clock::now() < until) rig.turn();
  EXPECT_EQ(alarms().find("cannot be listed"), std::string::npos);
}

TEST_F(BackupsMade, WhatACrashLeftOfOneIsRemovedAndTheNewestIsKnown) {
  add("Ada");
  const auto made = back_up();
  const std::string file(made.at("last").at("file").as_string());
  std::ofstream(rig.folder() / "tillgate.db.copy") << "Zq7CANARY";
  std::ofstream(rig.folder() / "backups" / (file + ".part")) << "half";
  rig.gateway().backup = {};
  boost::asio::io_context io;
  const Backups again(io, rig.gateway());
  EXPECT_FALSE(std::filesystem::exists(rig.folder() / "tillgate.db.copy"));
  EXPECT_EQ(files(), (std::vector<std::string>{"erased.list", file}));
  ASSERT_TRUE(rig.gateway().backup.last.has_value());
  EXPECT_EQ(rig.gateway().backup.last->file, file);
}

TEST(BackupDue, IsOnlyWhatWasConfigured) {
  const auto now = utc_now();
  constexpr milliseconds kDay{std::int64_t{24} * 3600 * 1000};
  BackupState state;
  EXPECT_FALSE(is_backup_due(state, std::nullopt, now));
  EXPECT_TRUE(is_backup_due(state, kDay, now));
  state.last = BackupState::Made{now - kDay + milliseconds(1), "", 0, 0};
  EXPECT_FALSE(is_backup_due(state, kDay, now));
  EXPECT_TRUE(is_backup_due(state, kDay, now + milliseconds(1)));
  state.last->taken_at = now + kDay;
  EXPECT_TRUE(is_backup_due(state, kDay, now)) << "a date from the future is nothing to wait for";
  state.failed = BackupState::Failure{now - milliseconds(60'000), ""};
  EXPECT_FALSE(is_backup_due(state, kDay, now)) << "not every ten minutes, when it cannot be done";
  state.failed->at = now - milliseconds(3'700'000);
  EXPECT_TRUE(is_backup_due(state, kDay, now));
}

}  // namespace
}  // namespace tillgate
