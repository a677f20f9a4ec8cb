// Scrub: silent over all that is sound, whatever happens meanwhile; and each kind of damage has its finding.
#include "store/scrub.hpp"

#include <gtest/gtest.h>

#include "sim/machine.hpp"
#include "tests/sim/support.hpp"

namespace tillgate {
namespace {

using sim::testing::commit;
using sim::testing::create;
using sim::testing::key_of;

// A store with some of everything: two epochs, a re-chain, changed records with both numbers, a feed.
struct Subject {
  sim::Machine machine{5};
  std::unique_ptr<StoreDatabase> database = sim::testing::open(machine);
  std::vector<CustomerId> customers;

  Subject() {
    for (int i = 0; i < 12; ++i) {
      if (i == 7) reopen();
      auto command = create("N" + std::to_string(i), key_of(std::to_string(i)));
      command.patch.fields.emplace_back(Field::licence_number, "D-" + std::to_string(i));
      command.patch.fields.emplace_back(Field::medical_number, "M-" + std::to_string(i));
      customers.push_back(commit(*database, command).customer.id);
      if (i % 3 == 2) change(customers.front(), "note " + std::to_string(i));
    }
    auto digest = database->ask(DigestAt{9});
    EXPECT_TRUE(sim::run_on(*database, Rechain{Position{9, digest->value()}}));
    change(customers.back(), "after the re-chain");
    change(customers.back(), "after the re-chain", "under another key");  // changes nothing: its answer alone is kept
    EXPECT_TRUE(sim::run_on(*database, SaveAck{"head_office", {}, database->writer()->tail().head, false}));
  }
  void reopen() {
    database.reset();
    database = sim::testing::open(machine);
  }
  void change(const CustomerId& id, const std::string& notes, const std::string& key = "") {
    UpdateCustomer update;
    update.actor = Actor{"till-1", "", "cashier"};
    update.id = id;
    update.key = key_of(key.empty() ? notes : key);
    update.patch.fields = {{Field::notes, notes}};
    (void)commit(*database, update);
  }
  // `between` is called after each step.
  [[nodiscard]] ScrubReport scrub(std::int64_t rows = 500, const std::function<void(int)>& between = nullptr) {
    auto reader = Connection::open(database->reader_options());
    EXPECT_TRUE(reader.has_value());
    Scrub scrub(rows);
    for (int i = 0; i < 5000; ++i) {
      auto done = scrub.step(**reader);
      EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().detail);
      if (!done || *done) break;
      if (between) between(i);
    }
    EXPECT_EQ(scrub.at(), "done");
    return scrub.report();
  }
};

std::string all(const ScrubReport& report) {
  std::string text;
  for (const auto& finding : report.findings) text += finding + "\n";
  return text;
}

TEST(Scrub, FindsNothingInAStoreThatIsSound) {
  Subject subject;
  const ScrubReport report = subject.scrub();
  EXPECT_EQ(report.found, 0) << all(report);
  EXPECT_EQ(report.changes, 17);
  EXPECT_EQ(report.customers, 12);
  EXPECT_EQ(report.answers, 1);
  EXPECT_TRUE(report.is_structure_checked);
}

TEST(Scrub, FindsNothingInAnEmptyStore) {
  sim::Machine machine{6};
  auto database = sim::testing::open(machine);
  auto reader = Connection::open(database->reader_options());
  Scrub scrub;
  while (!scrub.step(**reader).value_or(true)) {
  }
  EXPECT_EQ(scrub.report().found, 0) << all(scrub.report());
}

TEST(Scrub, WhatIsWrittenRechainedOrReopenedBetweenTwoStepsIsNoDamage) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Subject subject;
    Random random(seed);
    int written = 0;
    const ScrubReport report = subject.scrub(1 + static_cast<std::int64_t>(random.below(4)), [&](int) {
      if (written++ > 30) return;
      const auto dice = random.below(4);
      if (dice == 0)
        subject.customers.push_back(
            commit(*subject.database, create("New", key_of("new" + std::to_string(written)))).customer.id);
      if (dice == 1)
        subject.change(subject.customers[random.below(subject.customers.size())], "between " + std::to_string(written));
      if (dice == 2) {
        const Seq root = static_cast<Seq>(random.below(15));
        auto digest = subject.database->ask(DigestAt{root});
        EXPECT_TRUE(sim::run_on(*subject.database, Rechain{Position{root, digest->value()}}));
      }
    });
    EXPECT_EQ(report.found, 0) << "seed " << seed << "\n" << all(report);
  }
}

TEST(Scrub, EachKindOfDamageHasItsFinding) {
  // Customers 1 to 12 lie in the rows 1 2 3 5 6 7 9 10 11 13 14 15; the rows 4 8 12 16 and 17 change the first and the last
  // of them.
  const std::pair<std::string, std::string> damages[] = {
      {"DELETE FROM ledger WHERE seq = 4", "ledger row 4 is missing"},
      {"UPDATE ledger SET payload = replace(payload, 'N2', 'X2') WHERE seq = 3",
       "ledger row 3 has another payload than was hashed"},
      {"UPDATE ledger SET envelope = replace(envelope, 'till-1', 'till-2') WHERE seq = 3", "ledger row 3 does not follow"},
      {"UPDATE ledger SET digest = zeroblob(32) WHERE seq = 3", "ledger row 3 does not follow"},
      {"UPDATE ledger SET recorded_at = recorded_at + 1 WHERE seq = 3", "ledger row 3 has columns that are not its envelope's"},
      {"UPDATE ledger SET epoch = 1 WHERE seq = 14", "ledger row 14 has columns that are not its envelope's"},
      {"UPDATE ledger SET change_id = zeroblob(16) WHERE seq = 3", "ledger row 3 is not found by its change"},
      {"UPDATE ledger SET customers = 40 WHERE seq = 3", "ledger row 3 does not continue the count"},
      {"UPDATE ledger SET payload_hash = zeroblob(9) WHERE seq = 3", "ledger row 3 has a column that is not of its kind"},
      {"UPDATE ledger SET prior = 1 WHERE seq = 8", "ledger row 8 and another one follow the same change"},
      {"UPDATE ledger SET prior = 0 WHERE seq = 8", "ledger row 4 is a change that no record leads to"},
      {"UPDATE ledger SET prior = 2 WHERE seq = 8", "ledger row 8 does not continue a change of its record"},
      {"DELETE FROM ids WHERE seq = 3", "ledger row 3 is not found by its change"},
      {"DELETE FROM ids WHERE id = (SELECT id FROM customers WHERE n = 3)", "customers row 3 is not found by its id"},
      {"INSERT INTO ids VALUES (zeroblob(16), 4)", "ids: one that names row 4 is not of that row"},
      {"UPDATE customers SET state = replace(state, 'N1', 'X1') WHERE n = 2", "customers row 2 is not what was written"},
      {"UPDATE customers SET updated_at = updated_at + 1 WHERE n = 2", "customers row 2 is not what was written"},
      {"UPDATE customers SET created_at = created_at + 1 WHERE n = 2", "customers row 2 is not what was written"},
      {"UPDATE customers SET last_seq = 1 WHERE n = 2", "customers row 2 is not what was written"},
      {"DELETE FROM customers WHERE n = 3", "ledger row 3 is a change that no record leads to"},
      {"DELETE FROM customers WHERE n = 3", "ledger: its count of customers is not that of the rows"},
      {"UPDATE answers SET record = zeroblob(16)", "answers row 1 is not what was written"},
      {"UPDATE answers SET seq = 3", "answers row 1 is not what was written"},
      {"UPDATE state SET hlc = 5", "epochs and feeds cannot be read"},
      {"UPDATE epochs SET root_seq = 3 WHERE root_seq > 0", "epochs and feeds cannot be read"},
      {"UPDATE feeds SET cursor_digest = zeroblob(32)", "feeds: a row is not what was written"},
  };
  for (const auto& [sql, finding] : damages) {
    Subject subject;
    auto planted = subject.database->connection().execute("PRAGMA foreign_keys=OFF; " + sql);
    ASSERT_TRUE(planted.has_value()) << sql << ": " << (planted ? "" : planted.error().detail);
    const ScrubReport report = subject.scrub();
    EXPECT_NE(all(report).find(finding), std::string::npos) << sql << "\n" << all(report);
    EXPECT_EQ(all(report).find("Example"), std::string::npos) << "a finding tells what is in a row";
  }
}

TEST(Scrub, AStepThatRunsIntoItsDeadlineIsTakenAgain) {
  Subject subject;
  auto reader = Connection::open(subject.database->reader_options());
  Scrub scrub;
  int busy = 0;
  for (int i = 0; i < 500; ++i) {
    (*reader)->set_deadline(i % 2 == 0 ? std::optional(std::chrono::steady_clock::time_point{}) : std::nullopt);
    auto done = scrub.step(**reader);
    if (!done) {
      EXPECT_EQ(done.error().code, Errc::busy);
      ++busy;
    } else if (*done) {
      break;
    }
  }
  EXPECT_EQ(scrub.at(), "done");
  EXPECT_EQ(scrub.report().found, 0) << all(scrub.report());
  EXPECT_EQ(scrub.report().changes, 17);
  EXPECT_GT(busy, 0);
}

}  // namespace
}  // namespace tillgate
