// Linked records and erasure, asked of the real store.
#include "store/persons.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "store/scrub.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

UnmergeCustomer unmerging(const CustomerId& id) {
  UnmergeCustomer command;
  command.actor = Actor{"till-1", "p-1", "manager"};
  command.id = id;
  return command;
}
ChooseFields choosing(const CustomerId& from, std::vector<Field> fields) {
  ChooseFields command;
  command.actor = Actor{"till-1", "p-1", "manager"};
  command.from = from;
  command.fields = std::move(fields);
  return command;
}
template <class Outcome>
Outcome must(Store& store, Command command) {
  auto outcome = run(store, std::move(command));
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().what + " | " + outcome.error().detail);
  if (!outcome || !std::holds_alternative<Outcome>(*outcome)) {
    ADD_FAILURE() << "another outcome";
    return {};
  }
  return std::get<Outcome>(*outcome);
}
std::optional<StoredCustomer> get(Store& store, const CustomerId& id) {
  auto found = ask(store, GetCustomer{id});
  EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().what + " | " + found.error().detail);
  return found ? *found : std::nullopt;
}
std::string text(const std::optional<StoredCustomer>& stored, Field field) {
  return stored ? std::string(stored->customer.text(field)) : "(nobody)";
}
std::vector<CustomerId> listed(Store& store, CustomerSort sort) {
  ListCustomers query;
  query.sort = sort;
  std::vector<CustomerId> ids;
  const auto page = ask(store, query);
  for (const auto& one : page->customers) ids.push_back(one.customer.id);
  return ids;
}
std::vector<std::string> findings(Store& store) {
  ScrubStep step{std::make_shared<Scrub>(3)};
  while (!*ask(store, step)) {
  }
  return step.scrub->report().findings;
}

struct Pair {
  World world;
  std::unique_ptr<Store> store = world.open();
  CustomerId first, second;
  Pair() {
    first = commit(*store, create("Ada")).customer.id;
    world.clock.advance(milliseconds(5));
    second = commit(*store, create("Adah")).customer.id;
    if (second < first) std::swap(first, second);
  }
};

TEST(Persons, Row33_TwoRecordsThatAreMergedAreShownAsOne) {
  Pair pair;
  auto& store = *pair.store;
  commit(store, update(pair.first, Field::email, "ada@example.com"));
  commit(store, update(pair.second, Field::phone, "+14155550101"));
  const auto merged = must<PersonChanged>(store, merging(pair.second, pair.first));
  EXPECT_EQ(merged.records, (std::vector{pair.first, pair.second}));
  for (const auto& id : {pair.first, pair.second}) {
    const auto person = get(store, id);
    ASSERT_TRUE(person);
    EXPECT_EQ(person->customer.id, pair.first) << "named by the smallest key";
    EXPECT_EQ(text(person, Field::email), "ada@example.com");
    EXPECT_EQ(text(person, Field::phone), "+14155550101");
    EXPECT_EQ(person->etag, merged.etag);
  }
  EXPECT_EQ(listed(store, CustomerSort::created), std::vector{pair.first});
  EXPECT_EQ(listed(store, CustomerSort::updated), std::vector{pair.first});
  EXPECT_EQ(findings(store), std::vector<std::string>());
}

TEST(Persons, Row33_UnmergingShowsBothAsTheyWere) {
  Pair pair;
  auto& store = *pair.store;
  const auto before = get(store, pair.first), other = get(store, pair.second);
  must<PersonChanged>(store, merging(pair.first, pair.second));
  const auto apart = must<PersonChanged>(store, unmerging(pair.second));
  EXPECT_TRUE(apart.records.empty());
  EXPECT_EQ(get(store, pair.first)->etag, before->etag);
  EXPECT_EQ(get(store, pair.second)->etag, other->etag);
  EXPECT_EQ(must<PersonChanged>(store, unmerging(pair.second)).seq, 0) << "there is nothing left to say";
  EXPECT_EQ(must<PersonChanged>(store, merging(pair.first, pair.second)).records.size(), 2u) << "and they may be merged again";
  EXPECT_EQ(findings(store), std::vector<std::string>());
}

TEST(Persons, AWriteGoesToTheRecordItNamesAndIsSeenWhateverTheOtherOneHolds) {
  Pair pair;
  auto& store = *pair.store;
  commit(store, update(pair.first, Field::email, "old@example.com"));
  commit(store, update(pair.second, Field::email, "new@example.com"));
  must<PersonChanged>(store, merging(pair.first, pair.second));
  EXPECT_EQ(text(get(store, pair.first), Field::email), "new@example.com");
  // The first record holds this already, but it is not what people see.
  const auto written = commit(store, update(pair.first, Field::email, "old@example.com"));
  EXPECT_EQ(written.customer.text(Field::email), "old@example.com");
  EXPECT_EQ(text(get(store, pair.second), Field::email), "old@example.com");
  // What people see already is no change, whichever record it is written to.
  EXPECT_EQ(commit(store, update(pair.second, Field::email, "old@example.com")).customer.text(Field::email), "old@example.com");
  EXPECT_EQ(figures(store).ledger_rows, 6);
}

TEST(Persons, AChosenFieldIsShownFromThatRecordUntilALaterWrite) {
  Pair pair;
  auto& store = *pair.store;
  must<PersonChanged>(store, merging(pair.first, pair.second));
  const std::string shown = text(get(store, pair.first), Field::first_name);
  const CustomerId other = shown == "Ada" ? pair.second : pair.first;
  const std::string hidden = shown == "Ada" ? "Adah" : "Ada";
  EXPECT_EQ(must<PersonChanged>(store, choosing(other, {Field::first_name})).customer.text(Field::first_name), hidden);
  EXPECT_EQ(text(get(store, pair.second), Field::first_name), hidden);
  commit(store, update(pair.first, Field::first_name, "Adelheid"));
  EXPECT_EQ(text(get(store, pair.second), Field::first_name), "Adelheid");
  EXPECT_EQ(findings(store), std::vector<std::string>());
}

TEST(Persons, TheETagIsThePersons) {
  Pair pair;
  auto& store = *pair.store;
  const Digest alone = get(store, pair.first)->etag;
  must<PersonChanged>(store, merging(pair.first, pair.second));
  auto late = update(pair.first, Field::email, "a@example.com");
  late.if_match = alone;
  const auto stale = must<StaleWrite>(store, late);
  EXPECT_EQ(stale.records.size(), 2u);
  late.if_match = stale.etag;
  EXPECT_NE(commit(store, late).etag, stale.etag);
}

TEST(Persons, ASealedNumberOfAnyRecordIsKnownAsTheSame) {
  Pair pair;
  auto& store = *pair.store;
  commit(store, update(pair.second, Field::licence_number, "D123-4567"));
  must<PersonChanged>(store, merging(pair.first, pair.second));
  const auto rows = figures(store).ledger_rows;
  commit(store, update(pair.first, Field::licence_number, "d1234567"));
  EXPECT_EQ(figures(store).ledger_rows, rows) << "shown already, though another record holds it";
}

TEST(Persons, MergingIsRefusedWhereItCannotBe) {
  Pair pair;
  auto& store = *pair.store;
  EXPECT_EQ(run(store, merging(pair.first, pair.first)).error().code, Errc::invalid);
  EXPECT_EQ(run(store, merging(pair.first, CustomerId(uuid_v4({1})))).error().code, Errc::not_found);
  must<Erased>(store, erasing(pair.second));
  EXPECT_EQ(run(store, merging(pair.first, pair.second)).error().what, kErasedText);
  EXPECT_EQ(figures(store).ledger_rows, 3);
}

TEST(Persons, ARepeatOfAMergeHasNoSecondEffect) {
  Pair pair;
  auto& store = *pair.store;
  const auto once = must<PersonChanged>(store, merging(pair.first, pair.second, key_of("m-1")));
  must<PersonChanged>(store, unmerging(pair.first));
  const auto again = must<PersonChanged>(store, merging(pair.first, pair.second, key_of("m-1")));
  EXPECT_TRUE(again.is_replay);
  EXPECT_EQ(again.seq, once.seq);
  EXPECT_TRUE(again.records.empty()) << "a late repeat does not undo what came in between";
  must<KeyReused>(store, merging(pair.first, pair.second, key_of("m-1", "another body")));
}

TEST(Persons, LinksOutliveTheProcess) {
  Pair pair;
  must<PersonChanged>(*pair.store, merging(pair.first, pair.second));
  pair.store.reset();
  pair.store = pair.world.open();
  EXPECT_EQ(get(*pair.store, pair.second)->records.size(), 2u);
}

// What is erased is in no byte of the folder. The control scan before it must find every canary.
TEST(Erase, Row35_LeavesNoByteOfThePersonInAnyFile) {
  Pair pair;
  auto& store = *pair.store;
  const std::vector<std::string> canaries{"Canaryfirst", "canary@example.com", "+14155550177", "Canarynotes", "Canaryold"};
  commit(store, update(pair.first, Field::first_name, canaries[4]));
  commit(store, update(pair.first, Field::first_name, canaries[0]));
  commit(store, update(pair.second, Field::email, canaries[1]));
  commit(store, update(pair.second, Field::phone, canaries[2]));
  commit(store, update(pair.first, Field::notes, canaries[3]));
  must<PersonChanged>(store, merging(pair.first, pair.second));
  for (int i = 0; i < 200; ++i) commit(store, create("Neighbour" + std::to_string(i)));
  const std::string control = bytes_of_folder(pair.world.dir.path());
  for (const auto& canary : canaries) EXPECT_NE(control.find(canary), std::string::npos) << canary;

  const auto erased = must<Erased>(store, erasing(pair.second, key_of("e-1")));
  EXPECT_EQ(erased.records, (std::vector{pair.first, pair.second}));
  const auto left_in_the_wal = [&] { return store.counters().wal_bytes; };
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (left_in_the_wal() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(left_in_the_wal(), 0);
  const std::string after = bytes_of_folder(pair.world.dir.path());
  for (const auto& canary : canaries) EXPECT_EQ(after.find(canary), std::string::npos) << canary;
  EXPECT_NE(after.find("Neighbour77"), std::string::npos) << "the scan reads what it should";

  for (const auto& id : {pair.first, pair.second}) {
    EXPECT_FALSE(get(store, id));
    EXPECT_TRUE(*ask(store, IsErased{id}));
    EXPECT_EQ(run(store, update(id, Field::email, "late@example.com")).error().what, kErasedText);
  }
  EXPECT_EQ(figures(store).customers, 200);
  const auto again = must<Erased>(store, erasing(pair.second, key_of("e-1")));
  EXPECT_TRUE(again.is_replay);
  EXPECT_EQ(again.records, erased.records);
  EXPECT_EQ(findings(store), std::vector<std::string>());
  // The chain still holds, and what was erased travels as a hash.
  EXPECT_TRUE(verify_chain(*pair.world.raw(), 0).has_value());
  EXPECT_NE(read_batch(store, 0).body.find("payload_hash"), std::string::npos);
}

// A crash between the erasure and the emptying of the log: a start with something in the log, in a file that has tombstones.
TEST(Erase, Row35_AStartEmptiesTheLogThatACrashLeftBehind) {
  Pair pair;
  must<Erased>(*pair.store, erasing(pair.first));
  pair.store.reset();
  World after;
  {
    auto raw = pair.world.raw();
    ASSERT_TRUE(raw->execute("UPDATE state SET clean_stop = clean_stop").has_value());
    std::filesystem::create_directories(after.dir.file().parent_path());
    for (const char* ending : {"", "-wal"})
      std::filesystem::copy_file(pair.world.dir.file().string() + ending, after.dir.file().string() + ending);
  }
  auto store = after.open();
  ASSERT_TRUE(store);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (store->counters().wal_bytes > 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(store->counters().wal_bytes, 0);
}

TEST(Erase, TheRequestThatCreatedTheCustomerDoesNotBringThemBack) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada", key_of("c-1")));
  must<Erased>(*store, erasing(made.customer.id));
  EXPECT_EQ(run(*store, create("Ada", key_of("c-1"))).error().what, kErasedText);
  EXPECT_EQ(figures(*store).customers, 0);
}

TEST(Erase, AStartAfterItFindsNothingAmiss) {
  Pair pair;
  must<Erased>(*pair.store, erasing(pair.first));
  commit(*pair.store, create("Later"));
  pair.store.reset();
  pair.store = pair.world.open();
  ASSERT_TRUE(pair.store);
  EXPECT_EQ(figures(*pair.store).customers, 2);
  EXPECT_EQ(findings(*pair.store), std::vector<std::string>());
}

TEST(Persons, DamageInTheirTablesIsNoticed) {
  for (const std::string damage :
       {"UPDATE links SET removed_seq = 1", "UPDATE links SET seq = 1", "DELETE FROM links", "UPDATE choices SET ties = '[]'",
        "UPDATE tombstones SET erased_at = 1", "DELETE FROM tombstones", "UPDATE ledger SET payload = NULL WHERE seq = 1"}) {
    Pair pair;
    const CustomerId third = commit(*pair.store, create("Third")).customer.id;
    must<PersonChanged>(*pair.store, merging(pair.first, pair.second));
    const std::string shown = text(get(*pair.store, pair.first), Field::first_name);
    must<PersonChanged>(*pair.store, choosing(shown == "Ada" ? pair.second : pair.first, {Field::first_name}));
    must<Erased>(*pair.store, erasing(third));
    EXPECT_EQ(findings(*pair.store), std::vector<std::string>());
    ASSERT_TRUE(pair.world.raw()->execute(damage).has_value()) << damage;
    EXPECT_FALSE(findings(*pair.store).empty()) << damage;
  }
}

}  // namespace
}  // namespace tillgate
