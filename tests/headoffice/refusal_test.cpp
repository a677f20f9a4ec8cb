// What PostgreSQL refuses for good, whenever it is asked, must not stop the store that sent it. The refusals are planted in the
// test's own database; the value that is refused must not be said anywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "headoffice/unpark.hpp"
#include "service/log.hpp"
#include "tests/headoffice/desk.hpp"
#include "tests/headoffice/instance.hpp"

namespace tillgate::test {
namespace {

constexpr const char* kCanary = "Zq7canary";
constexpr Seq kRows = 7, kRefused = 4;

VirtualStore store_with_canary(std::uint64_t seed = 1) {
  VirtualStore store("acme", "store-1", seed);
  for (Seq seq = 1; seq <= kRows; ++seq)
    store.write(store.new_customer(), {{Field::first_name, seq == kRefused ? kCanary : "Ada " + std::to_string(seq)}});
  return store;
}

// Everything that is logged while one of these lives.
class LogLines {
 public:
  LogLines() {
    text().clear();
    log::set_sink([](std::string_view line) {
      std::lock_guard lock(mutex());
      text().append(line).append("\n");
    });
  }
  ~LogLines() { log::set_sink(nullptr); }
  [[nodiscard]] std::string all() const {
    std::lock_guard lock(mutex());
    return text();
  }

 private:
  static std::mutex& mutex() {
    static std::mutex one;
    return one;
  }
  static std::string& text() {
    static std::string lines;
    return lines;
  }
};

// The batch with the refused change, and the one behind it, through a whole instance. What is planted, and the state it gives.
void expect_parked_and_gone_on(const std::string& planted, const std::string& state) {
  SCOPED_TRACE(planted);
  Database1 database;
  const LogLines log;
  Instance office(database.name);
  ASSERT_TRUE(eventually([&] { return office.is_up(); }));
  (void)Postgres::instance().sql(database.name, planted);
  const VirtualStore store = store_with_canary();
  ASSERT_TRUE(office.post(store, store.batch(1, kRows - 1)));
  ASSERT_TRUE(office.post(store, store.batch(kRows, kRows)));
  ASSERT_TRUE(eventually([&] { return office.has_acked(store.head()); }, std::chrono::seconds(10))) << office.metrics();

  EXPECT_EQ(database.value("SELECT count(*) FROM hq.changes WHERE state = 'applied'"), std::to_string(kRows - 1));
  EXPECT_EQ(database.value("SELECT seq FROM hq.changes WHERE state = 'parked' AND park_code = 'refused'"),
            std::to_string(kRefused));
  EXPECT_NE(database.value("SELECT park_reason FROM hq.changes WHERE state = 'parked'").find(state), std::string::npos);
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.customers"), std::to_string(kRows - 1));
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.incidents WHERE kind = 'parked' AND detail LIKE 'refused: %'"), "1");
  EXPECT_NE(office.metrics().find("tillgate_hq_changes_total{state=\"parked\"} 1"), std::string::npos) << office.metrics();
  // Not a byte of it is lost, and its place in the chain is as good as any.
  EXPECT_EQ(database.value("SELECT encode(refused_lines, 'hex') FROM hq.change_log WHERE state = 'parked'"),
            to_hex(as_bytes(store.row(kRefused).envelope + "\n" + store.row(kRefused).payload)));
  ASSERT_TRUE(office.post(store, store.batch(2, kRefused)));
  ASSERT_TRUE(eventually([&] { return office.ack_count() >= 3; }));
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.incidents WHERE kind IN ('fork', 'gap')"), "0");

  EXPECT_EQ(log.all().find(kCanary), std::string::npos) << log.all();
  EXPECT_EQ(database.value("SELECT count(*) FROM hq.incidents WHERE detail LIKE '%canary%'"), "0");
}

TEST(Refusal, ByTheCustomersParksThatChangeAndThoseBehindItGoOn) {
  expect_parked_and_gone_on("ALTER TABLE hq.customer_state ADD CHECK (fields->>'first_name' <> 'Zq7canary')", "23514");
}

TEST(Refusal, ByTheChangesParksThatChangeAndThoseBehindItGoOn) {
  expect_parked_and_gone_on("ALTER TABLE hq.change_log ADD CHECK (payload NOT LIKE '%Zq7canary%')", "23514");
}

// The text itself is what cannot be taken, as in a database of another encoding, and only once the whole transaction is over.
TEST(Refusal, ByATriggerThatSpeaksOnlyAtTheCommit) {
  expect_parked_and_gone_on(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "IF NEW.payload LIKE '%Zq7canary%' THEN RAISE EXCEPTION 'not %', NEW.payload; END IF; RETURN NULL; END $$; "
      "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON hq.change_log DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION refuse()",
      "P0001");
}

TEST(Refusal, ByAUniqueKeyOfSomebodyElsesCountsOnceItHasBeenTriedOftenEnough) {
  expect_parked_and_gone_on(
      "CREATE TABLE taken (name text UNIQUE); INSERT INTO taken VALUES ('Zq7canary'); "
      "CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN INSERT INTO taken VALUES (NEW.fields->>'first_name'); RETURN NEW; END $$; "
      "CREATE TRIGGER unique_name BEFORE INSERT ON hq.customer_state FOR EACH ROW EXECUTE FUNCTION take()",
      "23505");
}

struct Unparking {
  Desk& desk;
  UnparkOutcome operator()() const {
    UnparkOutcome outcome;
    const auto done = desk.database().run([&](Transaction& tx) -> Result<> {
      auto page = unpark(tx, desk.office(), {});
      if (!page) return fail(page.error());
      outcome = *page;
      return {};
    });
    EXPECT_TRUE(done.has_value()) << done.error().what << " " << done.error().detail;
    return outcome;
  }
};

TEST(Refusal, WhatIsRefusedAgainHoldsUpNoOtherParkedChangeAndIsAppliedOnceItIsTaken) {
  Desk desk;
  const VirtualStore store = store_with_canary();
  desk.take(store, store.all());
  // As an older program left them: every one parked, nothing merged. Meanwhile somebody has planted a constraint.
  (void)desk.sql("UPDATE hq.change_log SET state = 'parked', park_code = 'future_schema', park_reason = 'x'");
  (void)desk.sql("DELETE FROM hq.customer_state");
  (void)desk.sql("ALTER TABLE hq.customer_state ADD CONSTRAINT planted CHECK (fields->>'first_name' <> 'Zq7canary')");
  const Unparking unpark_page{desk};
  EXPECT_EQ(unpark_page().applied, kRows - 1);
  EXPECT_EQ(desk.value("SELECT string_agg(seq::text, ' ') FROM hq.changes WHERE park_code = 'refused'"),
            std::to_string(kRefused));
  EXPECT_EQ(desk.incidents("parked"), "1");
  EXPECT_EQ(unpark_page().applied, 0);

  (void)desk.sql("ALTER TABLE hq.customer_state DROP CONSTRAINT planted");
  EXPECT_EQ(unpark_page().applied, 1);
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.customers WHERE first_name = 'Zq7canary'"), "1");
}

TEST(Refusal, AChangeKeptAsBytesIsAppliedFromThemAndThenReadsLikeAnyOther) {
  Desk desk;
  const VirtualStore store = store_with_canary();
  (void)desk.sql("ALTER TABLE hq.change_log ADD CONSTRAINT planted CHECK (payload NOT LIKE '%Zq7canary%')");
  const Receipt receipt = desk.take(store, store.all(), Look::last, Pass::one_by_one);
  EXPECT_EQ(receipt.parked, 1);
  EXPECT_EQ(receipt.applied, kRows - 1);
  (void)desk.sql("ALTER TABLE hq.change_log DROP CONSTRAINT planted");
  EXPECT_EQ(Unparking{desk}().applied, 1);

  Desk calm;
  calm.take(store, store.all());
  const std::string rows =
      "SELECT seq, change_id, key, kind, version, source, recorded_at, envelope, payload, payload_hash, "
      "digest, state, park_code, refused_lines, payload_json FROM hq.change_log ORDER BY seq";
  EXPECT_EQ(desk.sql(rows), calm.sql(rows));
  const std::string states = "SELECT id, state, digest FROM hq.customer_state ORDER BY id";
  EXPECT_EQ(desk.sql(states), calm.sql(states));
}

TEST(Refusal, OneByOneGivesWhatTogetherGives) {
  Desk together, one_by_one;
  VirtualStore store = store_with_canary();
  const CustomerId twice(decode_envelope(store.row(2).envelope)->key);
  VirtualStore::Oddity same;
  same.change_id = store.row(1).change_id;
  store.write(twice, {{Field::last_name, "Byron"}}, same);
  const Receipt fast = together.take(store, store.all()),
                slow = one_by_one.take(store, store.all(), Look::last, Pass::one_by_one);
  EXPECT_EQ(fast.applied, slow.applied);
  EXPECT_EQ(fast.known_ids, slow.known_ids);
  EXPECT_EQ(slow.known_ids, 1);
  for (const std::string table : {"SELECT seq, state, digest, payload_json FROM hq.change_log ORDER BY seq",
                                  "SELECT id, state, digest, fields, updated_at FROM hq.customer_state ORDER BY id"})
    EXPECT_EQ(together.sql(table), one_by_one.sql(table));
}

}  // namespace
}  // namespace tillgate::test
