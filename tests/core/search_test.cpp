// What a search understands, and whom it means: conversations between a cashier and the gateway, without a store.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/fold.hpp"
#include "core/nickname.hpp"
#include "core/search_card.hpp"
#include "core/search_match.hpp"
#include "core/search_query.hpp"

namespace tillgate {
namespace {

Customer person(const std::string& first, const std::string& last, std::vector<std::pair<Field, std::string>> more = {}) {
  Customer customer;
  customer[Field::first_name].value = first;
  customer[Field::last_name].value = last;
  for (auto& [field, value] : more) customer[field].value = value;
  return customer;
}

// "95 last_name equals, first_name begins_with"; "-" for somebody else.
std::string answer(const SearchText& text, const Customer& customer) {
  const auto understood = understand(text);
  if (!understood.faults.empty()) return understood.faults[0].field + " " + understood.faults[0].code;
  auto found = match(understood.query, search_card(customer, {}, {}));
  for (const auto& other : other_readings(understood.query)) {
    if (!found) found = match(other, search_card(customer, {}, {}));
  }
  if (!found) return "-";
  std::string said = std::to_string(found->score);
  for (const auto& reason : found->why)
    said.append(said.find(' ') == std::string::npos ? " " : ", ").append(reason.field).append(" ").append(name_of(reason.how));
  return said;
}
std::string answer(const std::string& q, const Customer& customer) {
  SearchText text;
  text.q = q;
  return answer(text, customer);
}

TEST(Search, Row17_SaysWhyAndHowWell) {
  const auto ada = person("Ada", "Lovelace");
  EXPECT_EQ(answer("ada lovelace", ada), "100 first_name equals, last_name equals");
  EXPECT_EQ(answer("LOVELACE", ada), "100 last_name equals");
  EXPECT_EQ(answer("love", ada), "72 last_name begins_with");
  EXPECT_EQ(answer("l", ada), "59 last_name begins_with");
  EXPECT_EQ(answer("lovelase", ada), "52 last_name one_letter_differs");
  EXPECT_EQ(answer("olvelace", ada), "48 last_name one_letter_differs");
  EXPECT_EQ(answer("lovlase", ada), "37 last_name two_letters_differ");
  EXPECT_EQ(answer("lvlase", ada), "-");
  EXPECT_EQ(answer("adx", ada), "52 first_name one_letter_differs");
  EXPECT_EQ(answer("axx", ada), "-");
  EXPECT_EQ(answer("ad", person("Bd", "Zimmer")), "-");  // no slips in two letters
  EXPECT_EQ(answer("ada byron", ada), "-");
}

TEST(Search, Row17_KnowsShortNamesBothWays) {
  EXPECT_EQ(answer("bill stone", person("William", "Stone")), "90 first_name nickname_of, last_name equals");
  EXPECT_EQ(answer("william", person("Bill", "Stone")), "80 first_name nickname_of");
  EXPECT_EQ(answer("will", person("Willie", "Stone")), "80 first_name nickname_of");
  EXPECT_EQ(answer("bob", person("William", "Stone")), "-");
  const auto names = related_names(U"bill");
  EXPECT_EQ(names.front(), U"william");
  EXPECT_EQ(std::count(names.begin(), names.end(), U"bill"), 0);
  EXPECT_TRUE(related_names(U"zebulon").empty());
}

TEST(Search, Row17_ReadsOneBoxForEverything) {
  const auto ada = person("Ada", "Lovelace",
                          {{Field::phone, "(503) 555-0142"},
                           {Field::email, "Ada.Love@Mail.example.net"},
                           {Field::birthday, "1984-02-29"},
                           {Field::middle_name, "King"}});
  EXPECT_EQ(answer("0142", ada), "76 phone ends_with");
  EXPECT_EQ(answer("(503) 555 0142", ada), "98 phone ends_with");
  EXPECT_EQ(answer("+1 503 555 0142", ada), "100 phone equals");
  EXPECT_EQ(answer("0143", ada), "-");
  EXPECT_EQ(answer("ada.love", ada), "76 email begins_with");
  EXPECT_EQ(answer("ada.love@mail.EXAMPLE.net", ada), "100 email equals");
  EXPECT_EQ(answer("1984-02-29", ada), "90 birthday equals");
  EXPECT_EQ(answer("lovelace 2/29/1984", ada), "95 last_name equals, birthday equals");
  EXPECT_EQ(answer("lovelace 0142 1984-02-29", ada), "88 last_name equals, phone ends_with, birthday equals");
  EXPECT_EQ(answer("ada king", ada), "80 first_name equals, middle_name equals");
  EXPECT_EQ(answer("12", ada), "q too_short");
  EXPECT_EQ(answer("  ", ada), "q required");
  EXPECT_EQ(answer("!?", ada), "q required");
}

TEST(Search, Row17_TakesFieldsEachInItsPlace) {
  const auto ada = person("Ada", "Lovelace");
  SearchText text;
  text.first_name = "Ada";
  EXPECT_EQ(answer(text, ada), "100 first_name equals");
  text.first_name = "Lovelace";
  EXPECT_EQ(answer(text, ada), "-");
  text.last_name = "Ada";
  EXPECT_EQ(answer(text, ada), "90 last_name equals, first_name equals, last_name names_exchanged");
  text.birthday = "1984-02-30";
  EXPECT_EQ(answer(text, ada), "birthday not_a_date");
}

TEST(Search, Row17_TakesNamesOfAllScriptsAndShapes) {
  const auto garcia = person("María José", "García-López");
  for (const char* q : {"garcia", "lopez", "garcia lopez", "garcialopez", "maria lopez", "jose garcia", "mariajose garcia"})
    EXPECT_NE(answer(q, garcia), "-") << q;
  EXPECT_EQ(answer("maria maria", garcia), "-");
  const auto brien = person("Sinéad", "O’Brien");
  for (const char* q : {"o'brien", "O’BRIEN", "obrien", "o brien", "sinead o brien", "sinéad o'brian"})
    EXPECT_NE(answer(q, brien), "-") << q;
  EXPECT_EQ(answer("ковалчук", person("Алёна", "Ковальчук")), "52 last_name one_letter_differs");
  EXPECT_EQ(answer("王小明", person("小明", "王")), "100 last_name equals, first_name equals");
  EXPECT_EQ(answer("欧阳小明", person("小明", "欧阳")), "100 last_name equals, first_name equals");
  EXPECT_EQ(answer("walk in", person("Walk", "In")), "100 first_name equals, last_name equals");
  EXPECT_EQ(answer("king", person("Martin", "King Jr.")), "100 last_name equals");
  EXPECT_EQ(answer("straße", person("Jo", "Strasse")), "100 last_name equals");
}

bool holds(const TermRange& range, const std::vector<std::string>& terms) {
  return std::any_of(terms.begin(), terms.end(), [&](const auto& term) { return range.first <= term && term < range.end; });
}

TEST(Search, Row17_EveryWayToACustomerIsARangeOfHisTerms) {
  const auto customer = person(
      "María José", "García-López",
      {{Field::phone, "503 555 0142"}, {Field::email, "maria.garcia@mail.example.net"}, {Field::birthday, "1984-02-29"}});
  BlindIndex number{};
  number.fill(0xff);
  const auto terms = search_terms(search_card(customer, number, {}));
  EXPECT_TRUE(std::is_sorted(terms.begin(), terms.end()));
  for (const char32_t* word : {U"g", U"garcia", U"lopez", U"garcialop"})
    EXPECT_TRUE(holds(word_range(TermKind::surname, word), terms));
  for (const char32_t* word : {U"m", U"jose", U"mariaj"}) EXPECT_TRUE(holds(word_range(TermKind::given, word), terms));
  EXPECT_FALSE(holds(word_range(TermKind::given, U"garcia"), terms));
  EXPECT_TRUE(holds(pair_range(TermKind::surname, "lopez", U"jose"), terms));
  EXPECT_TRUE(holds(pair_range(TermKind::surname, "garcia", U"mar"), terms));
  EXPECT_FALSE(holds(pair_range(TermKind::surname, "garci", U"mar"), terms));  // a whole word, then the other
  for (const char* digits : {"0142", "50142", "550142", "5550142", "15035550142"})
    EXPECT_TRUE(holds(phone_range(digits), terms)) << digits;
  for (const char* digits : {"0143", "10142", "9142"}) EXPECT_FALSE(holds(phone_range(digits), terms)) << digits;
  EXPECT_TRUE(holds(email_range("mar"), terms));
  EXPECT_TRUE(holds(email_range("maria.garcia@mail.example.net"), terms));
  EXPECT_FALSE(holds(email_range("maria.h"), terms));
  EXPECT_TRUE(holds(birthday_range("19840229"), terms));
  EXPECT_FALSE(holds(birthday_range("19840228"), terms));
  EXPECT_TRUE(holds(number_range(TermKind::licence, number), terms));
  EXPECT_FALSE(holds(number_range(TermKind::medical, number), terms));
}

TEST(Search, Row17_LongAndOddTextsStayBounded) {
  std::string name;
  for (int i = 0; i < 100; ++i) name += "\u738b\u5c0f ";
  const auto terms = search_terms(
      search_card(person(name, name, {{Field::phone, std::string(40, '9')}, {Field::email, std::string(300, 'x')}}), {}, {}));
  EXPECT_LT(terms.size(), 60u);
  for (const auto& term : terms) EXPECT_LE(term.size(), kTermWordBytes + kTermOtherBytes + 2);
  SearchText text;
  text.q = std::string(321, 'a');
  EXPECT_EQ(understand(text).faults.at(0).code, "too_long");
  text.q = "\xff";
  EXPECT_EQ(understand(text).faults.at(0).code, "not_utf8");
  text.q = "a b c d e f g";
  EXPECT_EQ(understand(text).faults.at(0).code, "too_many_words");
}

}  // namespace
}  // namespace tillgate
