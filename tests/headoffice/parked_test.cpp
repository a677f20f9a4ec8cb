// Parked changes in front of people: what they see, and that whatever they do is noted.
#include "headoffice/parked.hpp"

#include <gtest/gtest.h>

#include "headoffice/fleet.hpp"
#include "headoffice/unpark.hpp"
#include "tests/headoffice/desk.hpp"

namespace tillgate::test {
namespace {

// Three customers of one store: the change of the first is one that an older program could not read, that of the second is not
// what the protocol allows; the third was merged.
class Parked : public ::testing::Test {
 protected:
  Parked() {
    for (int n = 1; n <= 3; ++n) store.write(store.new_customer(), {{Field::first_name, "Ada " + std::to_string(n)}});
    desk.take(store, store.all());
    park(1, "future_schema");
    park(2, "invalid");
    (void)desk.sql("DELETE FROM hq.customer_state WHERE fields->>'first_name' <> 'Ada 3'");
  }
  void park(int seq, const std::string& code) {
    (void)desk.sql("UPDATE hq.change_log SET state = 'parked', park_code = '" + code + "', park_reason = 'why' WHERE seq = " + std::to_string(seq));
  }
  template <class Work>
  auto in_one(Work work) {
    std::optional<decltype(work(std::declval<Transaction&>()))> answer;
    const auto done = desk.database().run([&](Transaction& tx) -> Result<> {
      answer.emplace(work(tx));
      return {};
    });
    EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().what + " " + done.error().detail);
    return std::move(*answer);
  }
  std::vector<ParkedChange> list(ParkedQuery query = {}) {
    return in_one([&](Transaction& tx) { return list_parked(tx, query); });
  }
  Result<bool> retry(const ParkedId& id) {
    return in_one([&](Transaction& tx) { return retry_parked(tx, id, desk.office(), decider); });
  }
  Result<> drop(const ParkedId& id) {
    return in_one([&](Transaction& tx) { return drop_parked(tx, id, decider); });
  }
  [[nodiscard]] std::string decisions() const {
    return desk.value("SELECT coalesce(string_agg(concat_ws(' ', who, action, outcome, store, seq, park_code, reason), ' / ' ORDER BY id), '') FROM hq.decisions");
  }
  [[nodiscard]] std::string customers() const { return desk.value("SELECT count(*) FROM hq.customers"); }

  Desk desk;
  VirtualStore store{"acme", "store-1", 1};
  Decider decider{"cli:ops", "ticket 12", kNow};
};

TEST_F(Parked, AreListedPageByPage) {
  const auto all = list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].code, "future_schema");
  EXPECT_EQ(all[0].org + "/" + all[0].store, "acme/store-1");
  EXPECT_EQ(all[0].entity + " " + all[0].kind, "customer update");
  EXPECT_EQ(all[0].reason, "why");
  ParkedQuery page;
  page.limit = 1;
  const auto first = list(page);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_NE(to_json(first, 1).find("\"next\":\"" + all[0].id.text() + "\""), std::string::npos) << to_json(first, 1);
  page.after = first[0].id;
  const auto second = list(page);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].code, "invalid");
  ParkedQuery elsewhere;
  elsewhere.store = "store-2";
  EXPECT_TRUE(list(elsewhere).empty());
  EXPECT_EQ(to_table(std::vector<ParkedChange>(), kNow), "nothing is parked\n");
  EXPECT_NE(to_table(all, kNow).find("acme/store-1  future_schema"), std::string::npos) << to_table(all, kNow);
}

TEST_F(Parked, WhoLooksAtOneIsNoted) {
  const ParkedId id = list()[0].id;
  const auto detail = in_one([&](Transaction& tx) { return show_parked(tx, id, decider); });
  ASSERT_TRUE(detail.has_value());
  ASSERT_TRUE(detail->payload.has_value());
  EXPECT_EQ(*detail->payload, store.row(1).payload);
  EXPECT_EQ(detail->envelope, store.row(1).envelope);
  EXPECT_NE(to_text(*detail).find("Ada 1"), std::string::npos);
  EXPECT_EQ(decisions(), "cli:ops show shown store-1 1 future_schema ticket 12");
}

TEST_F(Parked, OneIsTriedAgainAndApplied) {
  const ParkedId id = list()[0].id;
  EXPECT_TRUE(retry(id).value());
  EXPECT_EQ(customers(), "2");
  EXPECT_EQ(list().size(), 1u);
  EXPECT_EQ(retry(id).error().code, Errc::not_found) << "it is parked no longer";
  EXPECT_EQ(decisions(), "cli:ops retry applied store-1 1 future_schema ticket 12");
}

TEST_F(Parked, OneThatPostgresStillRefusesStaysParked) {
  park(1, "refused");
  (void)desk.sql("ALTER TABLE hq.customer_state ADD CHECK (fields->>'first_name' <> 'Ada 1')");
  const ParkedId id = list()[0].id;
  EXPECT_FALSE(retry(id).value());
  EXPECT_EQ(list()[0].code, "refused");
  EXPECT_NE(list()[0].reason.find("23514"), std::string::npos) << list()[0].reason;
  EXPECT_EQ(decisions(), "cli:ops retry parked store-1 1 refused ticket 12");
}

TEST_F(Parked, WhatIsAgainstTheProtocolIsNeverTriedAgain) {
  const ParkedId id = list()[1].id;
  for (const char* code : {"invalid", "clock_ahead", "no_payload"}) {
    park(2, code);
    const auto refused = retry(id);
    ASSERT_FALSE(refused.has_value()) << code;
    EXPECT_EQ(refused.error().code, Errc::invalid);
    EXPECT_NE(refused.error().what.find("write the value again"), std::string::npos);
  }
  EXPECT_EQ(customers(), "1");
  EXPECT_EQ(decisions(), "") << "nothing was done";
}

TEST_F(Parked, OneIsDoneWithoutForGood) {
  const ParkedId id = list()[0].id;
  ASSERT_TRUE(drop(id).has_value());
  EXPECT_EQ(list().size(), 1u);
  ParkedQuery dropped;
  dropped.is_dropped = true;
  ASSERT_EQ(list(dropped).size(), 1u);
  EXPECT_EQ(list(dropped)[0].id.text(), id.text());
  EXPECT_EQ(in_one([](Transaction& tx) { return count_fleet(tx); }).parked, 1);
  EXPECT_EQ(drop(id).error().code, Errc::not_found);
  EXPECT_EQ(retry(id).error().code, Errc::not_found);
  const auto page = in_one([&](Transaction& tx) { return unpark(tx, desk.office(), {}); });
  EXPECT_EQ(page->applied, 0) << "nor does it come back by itself";
  EXPECT_EQ(decisions(), "cli:ops drop dropped store-1 1 future_schema ticket 12");
  // The chain goes on over it.
  store.write(store.new_customer(), {{Field::first_name, "Ada 4"}});
  desk.take(store, store.batch(3, 4));
  EXPECT_EQ(customers(), "2");
  EXPECT_EQ(desk.incidents("fork"), "0");
}

TEST_F(Parked, NobodyDecidesWithoutSayingWhoAndWhy) {
  const ParkedId id = list()[0].id;
  for (const auto& [who, reason] : std::vector<std::pair<std::string, std::string>>{
           {"", "why"}, {"ops", ""}, {"ops", "two\nlines"}, {"ops", std::string(201, 'x')}, {std::string(65, 'x'), "why"}, {"ops", "\xff"}}) {
    decider.who = who;
    decider.reason = reason;
    EXPECT_EQ(drop(id).error().code, Errc::invalid) << who << "|" << reason;
    EXPECT_EQ(retry(id).error().code, Errc::invalid);
  }
  EXPECT_EQ(list().size(), 2u);
  EXPECT_EQ(decisions(), "");
}

// What a store sent that PostgreSQL takes as no text: kept as bytes, with no envelope that reads as JSON.
class Refused : public Parked {
 protected:
  Refused() {
    (void)desk.sql("ALTER TABLE hq.customer_state ADD CONSTRAINT planted CHECK (fields->>'first_name' <> 'Zq7canary')");
    who = store.new_customer();
    store.write(who, {{Field::first_name, "Zq7canary"}});
    EXPECT_EQ(desk.take(store, store.batch(4, 4), Look::last, Pass::one_by_one).parked, 1);
  }
  [[nodiscard]] std::string everything() const {
    return desk.value("SELECT string_agg(t::text, ' ') FROM hq.change_log t") +
           desk.value("SELECT coalesce(string_agg(encode(refused_lines, 'escape'), ' '), '') FROM hq.change_log") +
           desk.value("SELECT coalesce(string_agg(t::text, ' '), '') FROM hq.decision_log t");
  }
  CustomerId who;
};

TEST_F(Refused, IsShownAsItCame) {
  const auto all = list();
  ASSERT_EQ(all.size(), 3u);
  const auto detail = in_one([&](Transaction& tx) { return show_parked(tx, all[2].id, decider); });
  ASSERT_TRUE(detail.has_value());
  EXPECT_EQ(detail->envelope, store.row(4).envelope);
  EXPECT_EQ(detail->payload.value_or(""), store.row(4).payload);
  EXPECT_EQ(detail->change.entity, "customer");
}

TEST_F(Refused, GoesWithItsCustomer) {
  EXPECT_NE(everything().find("Zq7canary"), std::string::npos) << "the control";
  store.say(Erase{{who}});
  const auto receipt = desk.take(store, store.batch(5, 5), Look::last, Pass::one_by_one);
  EXPECT_EQ(receipt.applied, 1) << "the erasure itself is not refused for it";
  EXPECT_EQ(everything().find("Zq7canary"), std::string::npos);
  EXPECT_EQ(desk.value("SELECT state FROM hq.changes WHERE seq = 4"), "discarded");
}

TEST_F(Refused, WhatIsDroppedSaysNothingAnyMoreAndIsErasedToo) {
  ASSERT_TRUE(drop(list()[2].id).has_value());
  EXPECT_EQ(everything().find("Zq7canary"), std::string::npos);
  store.say(Erase{{who}});
  EXPECT_EQ(desk.take(store, store.batch(5, 5), Look::last, Pass::one_by_one).applied, 1);
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.erased"), "1");
}

TEST_F(Refused, AnErasureIsNotDropped) {
  store.say(Erase{{who}});
  (void)desk.sql("ALTER TABLE hq.tombstone ADD CONSTRAINT planted CHECK (store <> 'store-1')");
  EXPECT_EQ(desk.take(store, store.batch(5, 5), Look::last, Pass::one_by_one).parked, 1);
  const ParkedId id = list()[3].id;
  EXPECT_EQ(drop(id).error().code, Errc::invalid);
  EXPECT_EQ(list().size(), 4u);
  (void)desk.sql("ALTER TABLE hq.tombstone DROP CONSTRAINT planted");
  EXPECT_TRUE(retry(id).value());
  EXPECT_EQ(desk.value("SELECT count(*) FROM hq.erased"), "1");
}

TEST(ParkedIds, HaveOneText) {
  EXPECT_EQ(ParkedId::from_text("17-4203")->text(), "17-4203");
  for (const char* text : {"", "-", "17", "17-", "-4203", "17-4203-1", "17-x", "0-1", "1-0", "17 - 4203", "99999999999999999999-1", "017-4203", "+17-4203"})
    EXPECT_FALSE(ParkedId::from_text(text)) << text;
}

}  // namespace
}  // namespace tillgate::test
