#include "headoffice/database.hpp"

#include <gtest/gtest.h>

#include "headoffice/migrate.hpp"
#include "headoffice/registry.hpp"
#include "tests/headoffice/desk.hpp"

// libpqxx 6.4.5 forgets the result of a statement that found the connection gone: two kilobytes per lost connection, which is
// not ours to free. Anything that our own code forgets has other frames and is still reported.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpqxx-6.4.so\n";
}

namespace tillgate::test {
namespace {

constexpr Statement kEcho{"test_echo", "SELECT u FROM unnest($1::text[]) AS u"};
constexpr Statement kNothing{"test_nothing", "SELECT 1"};

TEST(Database, ArraysCarryAnyTextUnchanged) {
  Desk desk;
  const std::vector<std::string> texts{"", "NULL", "a,b", "{}", "\"quoted\"", "back\\slash", "line\nbreak", "\u00e9\U0001f33f",
                                       " "};
  SqlArray array;
  for (const auto& text : texts) array.add(std::string_view(text));
  array.add_null();
  Rows rows;
  ASSERT_TRUE(desk.database()
                  .run([&](Transaction& tx) -> Result<> {
                    rows = tx.ask(kEcho, Params().add(array));
                    return {};
                  })
                  .has_value());
  ASSERT_EQ(rows.size(), texts.size() + 1);
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(rows[i].text(0), texts[i]);
  EXPECT_TRUE(rows.back().is_null(0));
}

// PostgreSQL quotes what it cannot take, and what we say of an error goes to the log.
TEST(Database, AValueThatIsRefusedIsNotNamedInTheError) {
  Desk desk;
  constexpr Statement kStrict{"test_strict", "SELECT $1::text::uuid"};
  const auto done = desk.database().run([&](Transaction& tx) -> Result<> {
    (void)tx.ask(kStrict, Params().add(std::string_view("Zq7canary")));
    return {};
  });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::invalid) << "asking again changes nothing";
  EXPECT_EQ(done.error().detail, "22P02") << "the state that PostgreSQL gave says what kind it was, and nothing else is said";
}

TEST(Database, AnAttemptThatIsRefusedIsUndoneAndTheRestOfTheTransactionStands) {
  Desk desk;
  (void)desk.sql("CREATE TABLE even (n bigint UNIQUE CHECK (n % 2 = 0))");
  constexpr Statement kInsert{"test_even", "INSERT INTO even VALUES ($1::bigint)"};
  std::vector<std::string> refused;
  const auto done = desk.database().run([&](Transaction& tx) -> Result<> {
    refused.clear();
    for (const std::int64_t n : {2, 3, 4, 4, 6}) {
      const auto tried = tx.attempt([&]() -> Result<> {
        tx.tell(kInsert, Params().add(n));
        return {};
      });
      if (!tried) refused.push_back(tried.error().detail);
    }
    const auto own = tx.attempt([&]() -> Result<> {
      tx.tell(kInsert, Params().add(std::int64_t{8}));
      return fail(Errc::not_found, "changed its mind");
    });
    if (!own) refused.push_back(own.error().what);
    return {};
  });
  ASSERT_TRUE(done.has_value()) << done.error().detail;
  // The unique key may be a race with somebody who is about to commit: it counts as a refusal only the last time.
  EXPECT_EQ(refused, (std::vector<std::string>{"23514", "23505", "changed its mind"}));
  EXPECT_EQ(desk.sql("SELECT n FROM even ORDER BY n"), (Postgres::Lines{{"2"}, {"4"}, {"6"}}));
}

TEST(Database, AConflictIsTriedAgainAFewTimesAndThenIsBusy) {
  Desk desk;
  int runs = 0;
  auto done = desk.database().run(
      [&](Transaction&) -> Result<> { return ++runs < 3 ? Result<>(fail(Errc::conflict, "later")) : Result<>(); });
  EXPECT_TRUE(done.has_value());
  EXPECT_EQ(runs, 3);
  runs = 0;
  done = desk.database().run([&](Transaction&) -> Result<> {
    ++runs;
    return fail(Errc::conflict, "never");
  });
  EXPECT_EQ(done.error().code, Errc::busy);
  EXPECT_EQ(runs, Database::kAttempts);
}

TEST(Database, AFailedWorkLeavesNothing) {
  Desk desk;
  const VirtualStore store("acme", "store-1", 1);
  auto done = desk.database().run([&](Transaction& tx) -> Result<> {
    (void)lock_store(tx, store.key(), kNow);
    return fail(Errc::invalid, "no");
  });
  EXPECT_EQ(done.error().code, Errc::invalid);
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.stores"), "0");
}

TEST(Database, AnUnreachableServerIsUnavailableAndADroppedConnectionComesBack) {
  Database nowhere("postgresql://nobody@127.0.0.1:1/none");
  EXPECT_EQ(nowhere.connect().error().code, Errc::unavailable);
  Desk desk;
  (void)desk.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
  const auto ask = [&](Transaction& tx) -> Result<> {
    (void)tx.ask(kNothing);
    return {};
  };
  EXPECT_EQ(desk.database().run(ask).error().code, Errc::unavailable);
  ASSERT_TRUE(desk.database().connect().has_value());
  EXPECT_TRUE(desk.database().run(ask).has_value());
}

TEST(Database, CommitsAreDurableWhateverTheServersDefault) {
  Desk desk;
  (void)desk.sql("ALTER DATABASE " + desk.name() + " SET synchronous_commit = off");
  Database fresh(Postgres::instance().conninfo(desk.name()));
  ASSERT_TRUE(fresh.connect().has_value());
  static constexpr Statement kShow{"test_show", "SELECT current_setting('synchronous_commit')"};
  std::string setting;
  ASSERT_TRUE(fresh
                  .run([&](Transaction& tx) -> Result<> {
                    setting = tx.ask(kShow).front().text(0);
                    return {};
                  })
                  .has_value());
  EXPECT_EQ(setting, "on");
}

TEST(Migrate, IsRepeatableAndRefusesATextThatItDoesNotKnow) {
  Desk desk;
  EXPECT_TRUE(migrate(desk.database()).has_value());
  (void)desk.sql("UPDATE hq.migration SET digest = '\\x00' || substr(digest, 2)");
  EXPECT_EQ(migrate(desk.database()).error().code, Errc::unsupported);
}

TEST(HoEpoch, StaysForOneTimelineAndIsDrawnAnewForAnother) {
  Desk desk;
  const HoEpoch first = desk.office().ho_epoch;
  Random random(99);
  const auto learn = [&] {
    HoEpoch learned;
    EXPECT_TRUE(desk.database()
                    .run([&](Transaction& tx) -> Result<> {
                      learned = learn_ho_epoch(tx, HoEpoch(random_uuid(random)));
                      return {};
                    })
                    .has_value());
    return learned;
  };
  EXPECT_EQ(learn(), first);
  (void)desk.sql("UPDATE hq.ho_epoch SET timeline = '0000000F'");  // as after a promotion
  const HoEpoch second = learn();
  EXPECT_NE(second, first);
  EXPECT_EQ(learn(), second);
  (void)desk.sql("UPDATE hq.ho_epoch SET system_identifier = 1");  // as after a restore elsewhere
  EXPECT_NE(learn(), second);
}

TEST(Views, AReaderFindsCustomersChangesAndStoresInPlainColumns) {
  Desk desk;
  VirtualStore store("acme", "store-1", 1);
  const CustomerId ada = store.new_customer();
  store.write(ada, {{Field::first_name, "Ada"},
                    {Field::last_name, "Byron"},
                    {Field::birthday, "1990-12-10"},
                    {Field::phone, "+14155550101"},
                    {Field::email, "ada@example.com"},
                    {Field::address_city, "London"},
                    {Field::status, "active"},
                    {Field::home_store, "store-1"},
                    {Field::licence_number, "s1.k1.AAECAwQFBgcICQoL"}});
  desk.hear(store.connect());
  desk.take(store, store.all());
  EXPECT_EQ(
      desk.sql("SELECT id, first_name, last_name, birthday, phone, email, city, status, home_store FROM hq.customers").front(),
      (std::vector<std::string>{ada.text(), "Ada", "Byron", "1990-12-10", "+14155550101", "ada@example.com", "London", "active",
                                "store-1"}));
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers c WHERE c::text LIKE '%s1.k1.%'"), "0");
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customer_state WHERE state LIKE '%s1.k1.AAECAwQFBgcICQoL%'"), "1");
  EXPECT_EQ(desk.sql("SELECT org, store, epoch, seq, key, state FROM hq.changes").front(),
            (std::vector<std::string>{"acme", "store-1", store.epoch().text(), "1", ada.text(), "applied"}));
  EXPECT_EQ(desk.value("SELECT envelope->>'entity' FROM hq.changes"), "customer");
  EXPECT_EQ(desk.sql("SELECT store, online, position, lag FROM hq.stores").front(),
            (std::vector<std::string>{"store-1", "t", "1", "0"}));
}

}  // namespace
}  // namespace tillgate::test
