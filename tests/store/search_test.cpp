// Searching in a real store. Rows are those of the table of capabilities.
#include "store/search.hpp"

#include "tests/store/search_support.hpp"

namespace tillgate {
namespace {

using namespace testing;

class Search : public ::testing::TestWithParam<bool> {
 protected:
  // The same whether the index has everything or nothing yet.
  void settle() {
    if (GetParam()) shop.settle();
  }
  World world;
  SearchShop shop{world};
};
INSTANTIATE_TEST_SUITE_P(Index, Search, ::testing::Values(true, false),
                         [](const auto& param) { return param.param ? "Indexed" : "InTheTail"; });

TEST_P(Search, Row17_FindsByTheBeginningOfEitherName) {
  shop.add({"Ada", "Lovelace"});
  shop.add({"Grace", "Hopper"});
  shop.add({"Adam", "Hopkins"});
  settle();
  EXPECT_EQ(shop.names("lovel"), "Ada Lovelace");
  EXPECT_EQ(shop.names("gra"), "Grace Hopper");
  EXPECT_EQ(shop.names("ada"), "Ada Lovelace, Adam Hopkins");  // the whole word first
  EXPECT_EQ(SearchShop::why(shop.find("ada")), "first_name equals");
  EXPECT_EQ(shop.names("hop"), "Grace Hopper, Adam Hopkins");  // more of the word is there
  EXPECT_EQ(SearchShop::why(shop.find("lovel")), "last_name begins_with");
  EXPECT_EQ(shop.names("xyz"), "");
}

TEST_P(Search, Row17_FindsNamesInEitherOrderAndUnfinished) {
  shop.add({"Ada", "Lovelace"});
  shop.add({"Adam", "Lovegood"});
  shop.add({"Ada", "Byron"});
  settle();
  EXPECT_EQ(shop.names("ada lovelace"), "Ada Lovelace");
  EXPECT_EQ(shop.names("Lovelace, Ada"), "Ada Lovelace");
  EXPECT_EQ(shop.names("lovelace ad"), "Ada Lovelace");
  EXPECT_EQ(shop.names("ad lovelace"), "Ada Lovelace");
  EXPECT_EQ(shop.names("ad love"), "Ada Lovelace, Adam Lovegood");
  EXPECT_EQ(shop.names("love ad"), "Ada Lovelace, Adam Lovegood");
  EXPECT_EQ(shop.names("ada ada"), "");  // each word is another one of the person's
}

TEST_P(Search, Row17_FindsWhoIsOneLetterAwayAndSaysSo) {
  shop.add({"Katharina", "Brightwater"});
  shop.add({"Jon", "Lee"});
  settle();
  for (const char* q : {"brihgtwater", "brightwatr", "brightwaterr", "brigthwater", "bxightwater", "brightwater katarina",
                        "kaharina brightwater"}) {
    EXPECT_EQ(shop.names(q), "Katharina Brightwater") << q;
  }
  EXPECT_EQ(SearchShop::why(shop.find("brightwatr")), "last_name one_letter_differs");
  EXPECT_EQ(SearchShop::why(shop.find("brghtwatr")), "last_name two_letters_differ");
  EXPECT_EQ(shop.names("brghtwt"), "");
  EXPECT_EQ(shop.names("les"), "Jon Lee");  // one in a short word
  EXPECT_EQ(shop.names("xes"), "");         // two are none
}

TEST_P(Search, Row17_FindsWhoGoesByAShortName) {
  shop.add({"William", "Stone"});
  shop.add({"Bill", "Marsh"});
  shop.add({"Willie", "Stone"});
  settle();
  EXPECT_EQ(shop.names("bill stone"), "William Stone, Willie Stone");
  EXPECT_EQ(SearchShop::why(shop.find("bill stone")), "first_name nickname_of, last_name equals");
  EXPECT_EQ(shop.names("william marsh"), "Bill Marsh");
  EXPECT_EQ(shop.names(shop.find("bill")).substr(0, 10), "Bill Marsh");
}

TEST_P(Search, Row17_FindsByTheLastDigitsOfThePhone) {
  shop.add({"Ada", "Lovelace", "+1 (503) 555-0142"});
  shop.add({"Grace", "Hopper", "5035559142"});
  shop.add({"Lise", "Meitner", "+43 1 5332222"});
  settle();
  EXPECT_EQ(shop.names("0142"), "Ada Lovelace");
  EXPECT_EQ(shop.names("555 0142"), "Ada Lovelace");
  EXPECT_EQ(shop.names("50142"), "Ada Lovelace");
  EXPECT_EQ(shop.names("(503) 555-9142"), "Grace Hopper");
  EXPECT_EQ(shop.names("+15035559142"), "Grace Hopper");
  EXPECT_EQ(shop.names("5332222"), "Lise Meitner");
  EXPECT_EQ(SearchShop::why(shop.find("0142")), "phone ends_with");
  EXPECT_EQ(shop.names("9999"), "");
  EXPECT_EQ(shop.names("hopper 9142"), "Grace Hopper");
  EXPECT_EQ(shop.names("hopper 0142"), "");  // everything asked must fit
}

TEST_P(Search, Row17_FindsByMailBirthdayAndLicence) {
  shop.add({"Ada", "Lovelace", "", "ada.lovelace@Example.org", "1984-02-29", "D123-4567"});
  shop.add({"Grace", "Hopper", "", "grace@example.org", "1984-03-01", "D1234568"});
  settle();
  EXPECT_EQ(shop.names("ada.love"), "Ada Lovelace");
  EXPECT_EQ(shop.names("ADA.LOVELACE@example.org"), "Ada Lovelace");
  EXPECT_EQ(SearchShop::why(shop.find("ada.love")), "email begins_with");
  EXPECT_EQ(SearchShop::why(shop.find("ada.lovelace@example.org")), "email equals");
  for (const char* q : {"1984-02-29", "2/29/1984", "29.2.1984", "19840229"}) EXPECT_EQ(shop.names(q), "Ada Lovelace") << q;
  EXPECT_EQ(SearchShop::why(shop.find("1984-02-29")), "birthday equals");
  EXPECT_EQ(shop.names("d1234567"), "Ada Lovelace");
  EXPECT_EQ(shop.names(shop.find(SearchText{{}, {}, {}, {}, {}, {}, "D 1234567"})), "Ada Lovelace");
  EXPECT_EQ(SearchShop::why(shop.find("d1234567")), "licence equals");
}

TEST_P(Search, Row17_StructuredFieldsNarrowAndNoticeExchangedNames) {
  shop.add({"Ada", "Lovelace", "5035550142"});
  shop.add({"Lovelace", "Ada"});
  shop.add({"Ada", "Byron"});
  settle();
  SearchText text;
  text.first_name = "Ada";
  EXPECT_EQ(shop.names(shop.find(text)), "Ada Byron, Ada Lovelace");
  text.last_name = "Lovelace";
  auto found = shop.find(text);
  EXPECT_EQ(shop.names(found), "Ada Lovelace, Lovelace Ada");
  EXPECT_GT(found.hits[0].match.score, found.hits[1].match.score);
  EXPECT_EQ(found.hits[1].match.why.back().how, SearchHow::names_exchanged);
  text.phone = "0142";
  EXPECT_EQ(shop.names(shop.find(text)), "Ada Lovelace");
}

TEST_P(Search, Row17_FindsNamesOfAllScripts) {
  shop.add({"Łucja", "Dvořáková"});
  shop.add({"Алёна", "Ковальчук"});
  shop.add({"María José", "García-López"});
  shop.add({"Sinéad", "O’Brien"});
  shop.add({"小明", "王"});
  shop.add({"Νίκος", "Παπαδόπουλος"});
  shop.add({"أحمد", "الخطيب"});
  settle();
  EXPECT_EQ(shop.names("dvorakova"), "Łucja Dvořáková");
  EXPECT_EQ(shop.names("lucja dvorakowa"), "Łucja Dvořáková");
  EXPECT_EQ(shop.names("коваль"), "Алёна Ковальчук");
  EXPECT_EQ(shop.names("ковалчук"), "Алёна Ковальчук");
  EXPECT_EQ(shop.names("АЛЕНА КОВАЛЬЧУК"), "Алёна Ковальчук");
  for (const char* q :
       {"garcia lopez", "garcialopez", "lopez maria", "maria garcia", "jose lopez", "maria jose garcia lopez", "lopes"})
    EXPECT_EQ(shop.names(q), "María José García-López") << q;
  for (const char* q : {"o'brien", "obrien", "O’BRIEN", "sinead o brien", "obrian"})
    EXPECT_EQ(shop.names(q), "Sinéad O’Brien") << q;
  EXPECT_EQ(shop.names("王"), "小明 王");
  EXPECT_EQ(shop.names("王 小明"), "小明 王");
  EXPECT_EQ(shop.names("王小明"), "小明 王");
  EXPECT_EQ(shop.names("παπαδοπουλος"), "Νίκος Παπαδόπουλος");
  EXPECT_EQ(shop.names("الخطيب"), "أحمد الخطيب");
}

TEST_P(Search, Row19_ShowsEachCustomerOnceAndSaysWhenThereAreMore) {
  for (int i = 0; i < 60; ++i) shop.add({"Walk", "In", "50355501" + std::to_string(10 + i % 80)});
  shop.add({"Ann Ann", "Ann"});
  settle();
  auto found = shop.find("walk in", 50);
  EXPECT_EQ(found.hits.size(), 50u);
  EXPECT_TRUE(found.has_more);
  std::set<CustomerId> seen;
  for (const auto& hit : found.hits) EXPECT_TRUE(seen.insert(hit.stored.customer.id).second);
  found = shop.find("ann");
  EXPECT_EQ(found.hits.size(), 1u);
  EXPECT_FALSE(found.has_more);
}

TEST_P(Search, Row19_APersonOfSeveralRecordsComesOnceByWhatAnyOfThemSays) {
  const auto one = shop.add({"Ada", "Lovelace", "5035550142"});
  const auto other = shop.add({"Ada", "Byron", "5035550199", "", "1984-02-29"});
  shop.add({"Ada", "Stone"});
  shop.merge(one, other);
  settle();
  const auto found = shop.find("ada");
  EXPECT_EQ(found.hits.size(), 2u);
  for (const char* q : {"lovelace", "byron", "0142", "0199", "1984-02-29", "ada byron"}) {
    const auto by = shop.find(q);
    ASSERT_EQ(by.hits.size(), 1u) << q;
    EXPECT_EQ(by.hits[0].stored.records, (std::vector{one, other})) << q;
  }
}

TEST_P(Search, Row17_AnErasedCustomerIsNotFound) {
  const auto id = shop.add({"Ada", "Lovelace", "5035550142"});
  shop.add({"Grace", "Hopper"});
  settle();
  EXPECT_EQ(shop.names("lovelace"), "Ada Lovelace");
  shop.erase(id);
  for (const char* q : {"lovelace", "ada", "0142"}) EXPECT_EQ(shop.names(q), "") << q;
  settle();
  for (const char* q : {"lovelace", "ada", "0142"}) EXPECT_EQ(shop.names(q), "") << q;
  EXPECT_EQ(shop.names("hopper"), "Grace Hopper");
}

TEST_P(Search, Row17_AChangedRecordIsFoundAsItIsNow) {
  const auto id = shop.add({"Ada", "Lovelace", "5035550142"});
  settle();
  shop.change(id, Field::last_name, "Byron");
  shop.change(id, Field::phone, std::nullopt);
  EXPECT_EQ(shop.names("lovelace"), "");  // the index may still have it
  EXPECT_EQ(shop.names("byron"), "Ada Byron");
  EXPECT_EQ(shop.names("0142"), "");
  settle();
  EXPECT_EQ(shop.names("lovelace"), "");
  EXPECT_EQ(shop.names("byron"), "Ada Byron");
}

}  // namespace
}  // namespace tillgate
