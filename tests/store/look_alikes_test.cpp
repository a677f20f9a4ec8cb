// Who is found to be like whom, by the index and by what it does not have yet; the queue that the store fills by itself.
#include "store/look_alikes.hpp"

#include <gtest/gtest.h>

#include "core/block_terms.hpp"
#include "store/ledger.hpp"
#include "store/likeness_feed.hpp"
#include "store/likenesses.hpp"
#include "store/scrub.hpp"
#include "tests/store/search_support.hpp"

namespace tillgate {
namespace {

using namespace testing;

class LookAlikes : public ::testing::Test {
 protected:
  // Ids of those who may be the customer that `person` would become.
  std::vector<CustomerId> like(const Person& person) {
    FindLookAlikes query;
    ChangeSet changes;
    const auto set = [&](Field field, const std::string& value) {
      if (!value.empty()) changes.fields.push_back({field, value, Version{Hlc{1}, {}}, {}});
    };
    set(Field::first_name, person.first);
    set(Field::last_name, person.last);
    set(Field::phone, person.phone);
    set(Field::email, person.email);
    set(Field::birthday, person.birthday);
    merge(query.customer, changes);
    if (!person.licence.empty()) query.licence = shop.database().sealer().blind_index(Field::licence_number, person.licence);
    auto found = shop.database().ask(query);
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().detail);
    std::vector<CustomerId> ids;
    for (const auto& likely : *found) ids.push_back(likely.stored.customer.id);
    return ids;
  }
  std::size_t queued() {
    auto page = shop.database().ask(ListLookAlikes{});
    EXPECT_TRUE(page.has_value()) << (page ? "" : page.error().detail);
    return page->pairs.size();
  }
  std::int64_t rows() {
    auto db = world.raw();
    return db->integer_of("SELECT count(*) FROM likenesses").value();
  }
  // Index and queue have all there is.
  void settle() {
    shop.settle();
    for (int i = 0; i < 1000; ++i) shop.database().writer()->rest();
  }
  World world;
  SearchShop shop{world};
  const Person ada{"Ada", "Lovelace", "503 234 5678", "ada.l@gmail.com", "1984-02-29", "D1234567"};
};

TEST_F(LookAlikes, Row32_AreFoundByEachOfTheirKeysBeforeAndAfterIndexing) {
  const auto id = shop.add(ada);
  for (const bool is_indexed : {false, true}) {
    if (is_indexed) settle();
    SCOPED_TRACE(is_indexed ? "by the index" : "by the newest changes");
    const std::vector<CustomerId> found{id};
    EXPECT_EQ(like({"Ada", "Lovelase", {}, {}, "1984-02-29", {}}), found) << "birthday";
    EXPECT_EQ(like({"Ada", "King", "+1 503-234-5678", "", "1984-02-28", {}}), found) << "phone";
    EXPECT_EQ(like({"Ada", "King", {}, "adal+shop@googlemail.com", {}, {}}), found) << "one gmail box";
    EXPECT_EQ(like({"A.", "Lovelace", {}, {}, {}, "d 123-4567"}), found) << "licence";
    EXPECT_EQ(like({"Lovelace", "Ada", "503 234 5678", {}, {}, {}}), found) << "names exchanged";
    EXPECT_TRUE(like({"Beatrice", "Lovelace", "503 234 5678", {}, "1987-06-01", {}}).empty()) << "a sister at one telephone";
    EXPECT_TRUE(like({"Walk", "In", {}, {}, {}, {}}).empty());
  }
}

TEST_F(LookAlikes, Row32_PlaceholdersMakeNobodyAlike) {
  shop.add({"Walk", "In", "555-555-5555", "none@none.com", "1970-01-01", "N/A"});
  settle();
  EXPECT_TRUE(like({"Walk", "In", "555-555-5555", "none@none.com", "1970-01-01", "N/A"}).empty());
  EXPECT_TRUE(like({"Cash", "Customer", "555-555-5555", "none@none.com", "1970-01-01", "N/A"}).empty());
}

TEST_F(LookAlikes, Row32_AKeyThatTooManyShareIsPassedOver) {
  const auto guest = [&](std::size_t i) { shop.add({"Guest", "Number " + std::to_string(i), {}, {}, "1990-05-05", {}}); };
  for (std::size_t i = 1; i < kBlockMax; ++i) guest(i);
  const auto id = shop.add({"Ada", "Lovelace", "503 234 5678", {}, "1990-05-05", {}});
  // Another surname and no telephone: nothing but the birthday leads to her.
  const Person married{"Ada", "King", {}, {}, "1990-05-05", {}};
  settle();
  ASSERT_EQ(like(married), std::vector<CustomerId>{id});
  guest(kBlockMax);
  settle();
  EXPECT_TRUE(like(married).empty()) << "one of too many of that day";
  EXPECT_EQ(like({"Ada", "Lovelace", "503 234 5678", {}, "1990-05-05", {}}), std::vector<CustomerId>{id}) << "her telephone finds her";
}

TEST_F(LookAlikes, Row32_TheQueueHoldsPairsOnceAndLosesThemWhenTheyAreNotAlikeAnyMore) {
  shop.add(ada);
  const auto again = shop.add({"Ada", "Lovelase", "503 234 5678", {}, "1984-02-29", {}});
  settle();
  EXPECT_EQ(queued(), 1U);
  EXPECT_EQ(rows(), 1);
  shop.change(again, Field::phone, "503 234 5679");
  settle();
  EXPECT_EQ(queued(), 1U) << "still alike";
  shop.change(again, Field::birthday, "1951-11-12");
  shop.change(again, Field::first_name, "Grace");
  EXPECT_EQ(queued(), 0U) << "judged anew when it is read";
  settle();
  EXPECT_EQ(rows(), 0);
}

TEST_F(LookAlikes, Row32_WhoWasToldApartMakesRoomForTheNextOnes) {
  std::vector<CustomerId> others;
  for (int i = 0; i < 7; ++i) others.push_back(shop.add({"Ada", "Lovelace", {}, {}, "1984-02-29", {}}));
  settle();
  const auto last = shop.add({"Ada", "Lovelace", {}, {}, "1984-02-29", {}});
  settle();  // only the last one is compared now
  const auto pairs_of_last = [&] {
    auto pairs = likenesses_of(*world.raw(), last);
    EXPECT_TRUE(pairs.has_value());
    return pairs->size();
  };
  const auto before = pairs_of_last();
  ASSERT_EQ(before, 5U);
  const auto settled = likenesses_of(*world.raw(), last);
  for (const auto& pair : *settled) {
    KeepApart apart;
    apart.actor = Actor{"till-1", "p-1", "manager"};
    apart.one = pair.pair.a;
    apart.other = pair.pair.b;
    ASSERT_TRUE(shop.run(apart).has_value());
  }
  shop.change(last, Field::middle_name, "Byron");
  settle();
  EXPECT_EQ(pairs_of_last(), 7U) << "all of them by now";
}

TEST_F(LookAlikes, Row32_TheQueueGoesOnAfterACrash) {
  shop.add(ada);
  shop.add({"Ada", "Lovelase", "503 234 5678", {}, "1984-02-29", {}});
  shop.open();  // nothing was indexed nor compared
  settle();
  EXPECT_EQ(queued(), 1U);
  shop.open();
  settle();
  EXPECT_EQ(rows(), 1);
}

TEST_F(LookAlikes, Row32_AMergedPairIsSettledAndComesBackWhenItIsTakenApart) {
  const auto one = shop.add(ada);
  const auto two = shop.add({"Ada", "Lovelase", "503 234 5678", {}, "1984-02-29", {}});
  settle();
  shop.merge(one, two);
  EXPECT_EQ(queued(), 0U);
  EXPECT_EQ(rows(), 0) << "nobody has to step over those that are settled";
  EXPECT_EQ(like(ada).size(), 1U) << "a person comes once";
  UnmergeCustomer unmerge;
  unmerge.actor = Actor{"till-1", "p-1", "manager"};
  unmerge.id = two;
  ASSERT_TRUE(shop.run(unmerge).has_value());
  EXPECT_EQ(queued(), 1U);
}

TEST_F(LookAlikes, Row35_NothingOfTheErasedIsLeftInTheQueue) {
  const auto one = shop.add(ada);
  shop.add({"Ada", "Lovelase", "503 234 5678", {}, "1984-02-29", {}});
  settle();
  ASSERT_EQ(rows(), 1);
  shop.erase(one);
  EXPECT_EQ(rows(), 0);
  EXPECT_TRUE(like({"Ada", "Lovelase", "503 234 5678", {}, "1984-02-29", {}}).size() == 1) << "only the other one";
}

TEST_F(LookAlikes, ADamagedPairIsNotShown) {
  shop.add(ada);
  shop.add({"Ada", "Lovelase", "503 234 5678", {}, "1984-02-29", {}});
  settle();
  ASSERT_TRUE(world.raw()->execute("UPDATE likenesses SET chance = chance - 1"));
  auto page = shop.database().ask(ListLookAlikes{});
  ASSERT_FALSE(page.has_value());
  EXPECT_EQ(page.error().code, Errc::corrupt);
  auto reader = Connection::open(shop.database().reader_options());
  Scrub scrub;
  for (bool is_done = false; !is_done;) is_done = scrub.step(**reader).value();
  EXPECT_EQ(scrub.report().found, 1);
}

// Whoever comes to the writer waits for one record to be compared, not for a whole step of them.
TEST_F(LookAlikes, TheQueueIsFilledForAsLongAsNobodyWaits) {
  for (int n = 0; n < 6; ++n) (void)shop.add({"Ada", "Love" + std::to_string(n), "", "", "1984-02-2" + std::to_string(n), ""});
  shop.settle();
  auto db = world.raw();
  ASSERT_TRUE(db->execute("DELETE FROM feeds WHERE name = 'likeness'"));  // as if it had not begun
  const auto head = end_of(*db)->head.seq;
  const auto steps = [&](bool is_wanted) {
    LikenessFeed feed(*db);
    int count = 0;
    for (; feed.has_work(head) && count < 100; ++count)
      EXPECT_TRUE(feed.step(timestamp_from_ms(world.clock.system_ms), head, [&] { return is_wanted; }).has_value());
    return count;
  };
  EXPECT_EQ(steps(true), 6);
  EXPECT_EQ(steps(false), 1);
}

}  // namespace
}  // namespace tillgate
