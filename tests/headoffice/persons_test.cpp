// What stores say of persons, as head office keeps it.
#include <gtest/gtest.h>

#include <algorithm>

#include "headoffice/unpark.hpp"
#include "tests/headoffice/desk.hpp"

namespace tillgate::test {
namespace {

struct People {
  Desk desk;
  VirtualStore store{"acme", "store-1", 11};
  VirtualStore other{"acme", "store-2", 12};
  CustomerId a = store.new_customer(), b = store.new_customer();
  People() {
    if (b < a) std::swap(a, b);
  }
  void write(VirtualStore& in, const CustomerId& id, const std::string& name) {
    in.write(id, {{Field::first_name, name}, {Field::last_name, "Canarybell"}});
  }
  Merge merging() const { return Merge{{RecordPair::between(a, b), {}}}; }
  [[nodiscard]] std::string value(const std::string& sql) const { return desk.value(sql); }
  // Everything that is kept, as one text.
  [[nodiscard]] std::string everything() const {
    std::string all;
    for (const char* table :
         {"hq.change_log", "hq.customer_state", "hq.person_link", "hq.person_choice", "hq.tombstone", "hq.incident_log"})
      all += desk.value(
          "SELECT coalesce(string_agg(t::text || coalesce(convert_from((to_jsonb(t)->>'refused_lines')::bytea, 'UTF8'), ''), "
          "E'\\n'), '') FROM " +
          std::string(table) + " t");
    return all;
  }
};

TEST(OfficePersons, Row33_AMergeLinksTwoRecordsAndAnUnmergeTakesItBack) {
  People people;
  people.write(people.store, people.a, "Ann");
  people.write(people.store, people.b, "Anne");
  const Seq merged = people.store.say(people.merging());
  EXPECT_EQ(people.desk.take(people.store, people.store.all()).applied, 3);
  EXPECT_EQ(people.value("SELECT string_agg(DISTINCT person::text, ',') FROM hq.persons"), people.a.text());
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.persons"), "2");
  people.store.say(Unmerge{people.b, {{RecordPair::between(people.a, people.b), people.store.version_at(merged)}}});
  people.desk.take(people.store, people.store.all());
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.persons"), "0");
}

TEST(OfficePersons, AnUnmergeThatComesFirstStillCounts) {
  People people;
  const Seq merged = people.store.say(people.merging());
  people.other.say(Unmerge{people.a, {{RecordPair::between(people.a, people.b), people.store.version_at(merged)}}});
  people.desk.take(people.other, people.other.all());
  people.desk.take(people.store, people.store.all());
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.links"), "0");
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.person_link"), "1");
}

TEST(OfficePersons, AnErasureLeavesNothingOfTheRecordsWhicheverStoreWroteThem) {
  People people;
  people.write(people.store, people.a, "Canaryann");
  people.write(people.other, people.b, "Canarybea");
  people.write(people.other, people.other.new_customer(), "Neighbour");
  people.desk.take(people.store, people.store.all());
  people.desk.take(people.other, people.other.all());
  EXPECT_NE(people.everything().find("Canaryann"), std::string::npos) << "the control";
  EXPECT_NE(people.everything().find("Canarybea"), std::string::npos) << "the control";
  people.write(people.store, people.a, "Canarylast");  // in the batch of the erasure, before it
  people.store.say(Erase{{people.a, people.b}});
  people.write(people.store, people.b, "Canarylate");  // and behind it
  const Receipt receipt = people.desk.take(people.store, people.store.all());
  EXPECT_EQ(receipt.discarded, 1);
  people.write(people.other, people.b, "Canaryafter");  // of a store that has not heard of it yet
  EXPECT_EQ(people.desk.take(people.other, people.other.all()).discarded, 1);
  const std::string all = people.everything();
  EXPECT_EQ(all.find("Canarya"), std::string::npos);
  EXPECT_EQ(all.find("Canaryl"), std::string::npos);
  EXPECT_EQ(all.find("Canarybea"), std::string::npos);
  EXPECT_NE(all.find("Neighbour"), std::string::npos);
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.customers"), "1");
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.erased"), "2");
  // Each of its changes is still accounted for, by envelope and hash.
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.change_log WHERE payload IS NULL"), "5");
}

TEST(OfficePersons, WhatWasErasedBeforeItCouldBeSentIsNoLoss) {
  People people;
  people.write(people.store, people.a, "Canaryann");
  people.store.say(Erase{{people.a}});
  people.store.blank(1);
  const Receipt receipt = people.desk.take(people.store, people.store.all());
  // The row came before the erasure was heard of: kept aside, and settled by it.
  EXPECT_EQ(receipt.ack.upto, people.store.head());
  EXPECT_EQ(people.value("SELECT string_agg(state, ',' ORDER BY seq) FROM hq.change_log"), "discarded,applied");
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.change_log WHERE park_code IS NOT NULL"), "0");
}

TEST(OfficePersons, ParkedAndRefusedChangesOfTheErasedGoToo) {
  People people;
  VirtualStore::Oddity future;
  future.replace = {"\"set\":{", "\"set\":{\"fax\":\"Canaryfax\","};
  people.store.write(people.a, {{Field::first_name, "Ann"}}, future);
  EXPECT_EQ(people.desk.take(people.store, people.store.all()).parked, 1);
  EXPECT_NE(people.everything().find("Canaryfax"), std::string::npos) << "the control";
  people.store.say(Erase{{people.a}});
  people.desk.take(people.store, people.store.all());
  EXPECT_EQ(people.everything().find("Canaryfax"), std::string::npos);
  EXPECT_EQ(people.value("SELECT string_agg(state, ',' ORDER BY seq) FROM hq.change_log"), "discarded,applied");
}

TEST(OfficePersons, AnErasureIsNeverParkedHoweverFarItsClockLeads) {
  People people;
  people.write(people.store, people.a, "Ann");
  people.desk.take(people.store, people.store.all());
  people.store.skew(std::chrono::hours(1000));
  people.store.say(Erase{{people.a}});
  EXPECT_EQ(people.desk.take(people.store, people.store.all()).applied, 1);
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.customers"), "0");
}

TEST(OfficePersons, TheLaterChoiceOfARecordCounts) {
  People people;
  people.store.say(Choose{people.a, {Field::phone}, {}, {}});
  people.other.skew(seconds(5));
  people.other.say(Choose{people.a, {Field::phone, Field::email}, {}, {}});
  people.desk.take(people.other, people.other.all());
  people.desk.take(people.store, people.store.all());
  EXPECT_EQ(people.value("SELECT count(*) FROM hq.person_choice"), "2");
  EXPECT_EQ(people.value("SELECT version FROM hq.person_choice WHERE field = 'phone'"), people.other.version_at(1).text());
}

}  // namespace
}  // namespace tillgate::test
