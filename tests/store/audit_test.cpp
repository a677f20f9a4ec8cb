// Tampering with the audit trail, as somebody who owns the file would: 1,000 random edits, each found; what a chain alone cannot find
// is found by an anchor.
#include "core/audit_trail.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "core/change.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

class Audit : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = world.open();
    for (int i = 0; i < 40; ++i) commit(*store, create("Customer " + std::to_string(i)));
    store.reset();
    db = world.raw();
    ASSERT_TRUE(db->execute("PRAGMA journal_mode = WAL"));
    keep();
  }
  // The ledger as it is now, for put_back(): a read begins a transaction of its own, so an edit cannot be rolled back around it.
  void keep() {
    ASSERT_TRUE(db->execute("DROP TABLE IF EXISTS temp.kept; CREATE TEMP TABLE kept AS SELECT * FROM ledger"));
    rows = db->integer_of("SELECT max(seq) FROM ledger").value();
  }
  void put_back() { ASSERT_TRUE(db->execute("DELETE FROM ledger; INSERT INTO ledger SELECT * FROM temp.kept")); }
  AuditTrail trail(std::vector<Position> anchors = {}) {
    AuditTrail trail(std::move(anchors));
    ReadAudit query;
    query.limit = 7;  // pages: what lies between two must not be lost
    for (;;) {
      query.after = trail.head().seq;
      auto page = Queries(*db).run(query);
      if (!page) {  // a column of another shape: found, too
        EXPECT_EQ(page.error().code, Errc::corrupt) << page.error().what << " " << page.error().detail;
        AuditRow lost;
        lost.seq = -1;
        trail.add(lost);
        break;
      }
      if (page->rows.empty()) break;
      const Seq before = trail.head().seq;
      for (const AuditRow& row : page->rows) trail.add(row);
      if (trail.head().seq <= before) break;
    }
    trail.finish();
    return trail;
  }
  Position at(Seq seq) {
    auto row = db->prepare("SELECT digest FROM ledger WHERE seq = ?").with(seq);
    EXPECT_TRUE(row.step().value());
    return {seq, row.digest(0)};
  }
  // What root can do with the program's own source: from `seq` on the chain is computed anew over what stands there.
  void forge_chain_from(Seq seq) {
    Digest digest = seq > 1 ? at(seq - 1).digest : Digest{};
    for (; seq <= rows; ++seq) {
      std::string envelope;
      Digest payload_hash;
      {
        auto row = db->prepare("SELECT envelope, payload FROM ledger WHERE seq = ?").with(seq);
        ASSERT_TRUE(row.step().value());
        envelope = row.text(0);
        payload_hash = hash_of(row.text(1));
      }
      digest = chain(digest, envelope, payload_hash);
      ASSERT_TRUE(
          db->prepare("UPDATE ledger SET digest = ?, payload_hash = ? WHERE seq = ?").with(digest, payload_hash, seq).run());
    }
  }
  World world;
  std::unique_ptr<Connection> db;
  Seq rows = 0;
};

TEST_F(Audit, Row38_ASoundTrailIsSoundAndNamesItsHead) {
  const auto sound = trail({at(1), at(rows), at(17)});
  EXPECT_EQ(sound.found(), 0);
  EXPECT_EQ(sound.rows(), rows);
  EXPECT_EQ(sound.anchors_met(), 3U);
  EXPECT_EQ(sound.head(), at(rows));
}

TEST_F(Audit, Row38_EveryEditOfAThousandIsFound) {
  const char* given = std::getenv("TILLGATE_AUDIT_SEED");
  const auto seed = given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device{}();
  SCOPED_TRACE("TILLGATE_AUDIT_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)); };
  for (int i = 0; i < 1000; ++i) {
    const Seq seq = 1 + below(rows);
    const std::string where = " WHERE seq = " + std::to_string(seq);
    std::string edit;
    switch (below(6)) {
      case 0:
      case 1: {  // one bit of a column
        const char* column = std::array{"envelope", "payload", "payload_hash", "digest"}[static_cast<std::size_t>(below(4))];
        std::string bytes;
        {
          auto row = db->prepare("SELECT hex(envelope), hex(payload), hex(payload_hash), hex(digest) FROM ledger WHERE seq = ?")
                         .with(seq);
          ASSERT_TRUE(row.step().value());
          const std::string_view name = column;
          bytes = row.text(name == "envelope" ? 0 : name == "payload" ? 1 : name == "payload_hash" ? 2 : 3);
        }
        char& digit = bytes[static_cast<std::size_t>(below(static_cast<std::int64_t>(bytes.size())))];
        digit = "0123456789ABCDEF"[(std::string_view("0123456789ABCDEF").find(digit) ^ (1U << below(4))) & 15U];
        const bool is_text = std::string_view(column) == "envelope" || std::string_view(column) == "payload";
        edit = std::string("UPDATE ledger SET ") + column + " = " +
               (is_text ? "CAST(x'" + bytes + "' AS TEXT)" : "x'" + bytes + "'") + where;
        break;
      }
      case 2:  // a row goes; the last one only an anchor can miss
        edit = "DELETE FROM ledger WHERE seq = " + std::to_string(1 + below(rows - 1));
        break;
      case 3: {  // two rows change places
        const Seq other = 1 + (seq + below(rows - 1)) % rows;
        if (other == seq) continue;
        edit = "UPDATE ledger SET seq = -1" + where + "; UPDATE ledger SET seq = " + std::to_string(seq) +
               " WHERE seq = " + std::to_string(other) + "; UPDATE ledger SET seq = " + std::to_string(other) +
               " WHERE seq = -1";
        break;
      }
      case 4:  // what a row says is taken away
        edit = "UPDATE ledger SET payload = NULL" + where;
        break;
      default:  // a row is put in
        edit = "INSERT INTO ledger SELECT " + std::to_string(rows + 1) +
               ", epoch, prior, customers, recorded_at, randomblob(16), payload_hash, digest, envelope, payload FROM ledger" +
               where;
    }
    auto done = db->execute(edit);
    ASSERT_TRUE(done) << edit << " " << (done ? "" : done.error().detail);
    EXPECT_GT(trail().found(), 0) << edit;
    put_back();
    if (i % 100 != 0) continue;
    // The control: what is no edit of the trail is not found in the same way.
    ASSERT_TRUE(db->execute("UPDATE ledger SET recorded_at = recorded_at + 1" + where));
    EXPECT_EQ(trail().found(), 0);
    put_back();
  }
}

TEST_F(Audit, Row38_WhatIsForgedWithItsChainIsFoundByAnAnchor) {
  const Position anchor = at(rows - 3);
  ASSERT_TRUE(db->execute("UPDATE ledger SET payload = replace(payload, 'Customer 7', 'Customer 8') WHERE seq = 8"));
  EXPECT_GT(trail().found(), 0);
  forge_chain_from(8);
  EXPECT_EQ(trail().found(), 0) << "nobody can tell from the file alone";
  const auto found = trail({anchor});
  ASSERT_EQ(found.found(), 1);
  EXPECT_EQ(found.findings()[0].seq, anchor.seq);
}

TEST_F(Audit, Row38_ALedgerThatWasCutOffOrPutBackIsFoundByAnAnchor) {
  const Position anchor = at(rows - 3);
  ASSERT_TRUE(db->execute("DELETE FROM ledger WHERE seq > " + std::to_string(rows - 10)));
  EXPECT_EQ(trail().found(), 0);
  EXPECT_EQ(trail({anchor}).found(), 1);
}

TEST_F(Audit, Row38_WhatAnErasureBlankedIsNoFindingAndWhatSomebodyElseDidIs) {
  {
    auto store = world.open();
    const auto id = commit(*store, create("Forgotten")).customer.id;
    commit(*store, update(id, Field::last_name, "Customer"));
    ASSERT_TRUE(run(*store, erasing(id)).has_value());
  }
  keep();
  const auto sound = trail({at(rows)});
  EXPECT_EQ(sound.found(), 0);
  EXPECT_EQ(sound.erased(), 2);
  // Nothing of the chain is touched: what was said is just not there any more.
  for (const Seq seq : {Seq{5}, rows}) {  // of a customer; of the statement that erases
    ASSERT_TRUE(db->execute("UPDATE ledger SET payload = NULL WHERE seq = " + std::to_string(seq)));
    EXPECT_GT(trail({at(rows)}).found(), 0) << seq;
    put_back();
  }
}

TEST_F(Audit, PagesAreBounded) {
  for (const std::int64_t limit : {0, 1001}) {
    ReadAudit query;
    query.limit = limit;
    EXPECT_EQ(Queries(*db).run(query).error().code, Errc::invalid);
  }
}

}  // namespace
}  // namespace tillgate
