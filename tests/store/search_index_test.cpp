// The search index as a feed: it catches up, it is the same however it came about, and it forgets.
#include "store/search_index.hpp"

#include <random>

#include "store/scrub.hpp"
#include "tests/store/search_support.hpp"

namespace tillgate {
namespace {

using namespace testing;

std::uint32_t seed_of_day() {
  const char* given = std::getenv("TILLGATE_SEARCH_SEED");
  return given ? static_cast<std::uint32_t>(std::stoul(given)) : std::random_device{}();
}

// A life: creates, changes and clearings, steps of the index now and then, a restart, a re-chain.
void live(SearchShop& shop, std::mt19937& random, int commands) {
  static constexpr const char* kNames[] = {"Ada",         "Ben-Ali", "Bo",      "Zoë",   "O'Hara",
                                           "Łucja Maria", "王",      "Walk In", "Smith", "Smithe"};
  const auto below = [&](std::size_t n) { return random() % n; };
  const auto name = [&] { return std::string(kNames[below(std::size(kNames))]); };
  std::vector<CustomerId> ids;
  for (int i = 0; i < commands; ++i) {
    if (ids.size() < 3 || below(3) == 0) {
      ids.push_back(shop.add({name(), name(), below(2) == 0 ? "" : "503555" + std::to_string(1000 + below(9000)),
                              below(2) == 0 ? "" : "a" + std::to_string(below(50)) + "@mail.example.net",
                              below(2) == 0 ? "" : "1984-02-1" + std::to_string(below(10)),
                              below(2) == 0 ? "" : "D" + std::to_string(below(10'000'000))}));
    } else {
      const auto id = ids[below(ids.size())];
      switch (below(6)) {
        case 0: shop.change(id, Field::first_name, name()); break;
        case 1: shop.change(id, Field::last_name, name()); break;
        case 2:
          shop.change(id, Field::phone,
                      below(2) == 0 ? std::nullopt : std::optional("503555" + std::to_string(1000 + below(9000))));
          break;
        case 3:
          shop.change(id, Field::licence_number,
                      below(2) == 0 ? std::nullopt : std::optional("E" + std::to_string(below(10'000'000))));
          break;
        case 4: shop.change(id, Field::birthday, "1999-09-0" + std::to_string(1 + below(9))); break;
        default: shop.change(id, Field::notes, "n" + std::to_string(i));
      }
    }
    if (below(40) == 0) shop.database().writer()->rest();
    if (below(120) == 0) shop.open();
    if (below(150) == 0) {
      const Seq root = 1 + static_cast<Seq>(below(static_cast<std::size_t>(shop.database().writer()->tail().head.seq)));
      auto digest = shop.database().ask(DigestAt{root});
      ASSERT_TRUE(digest && *digest);
      ASSERT_TRUE(shop.run(Rechain{Position{root, **digest}}).has_value());
    }
  }
}

bool is_damage_found(StoreDatabase& database) {
  auto reader = Connection::open(database.reader_options());
  Scrub scrub;
  for (int i = 0; i < 1000; ++i) {
    auto done = scrub.step(**reader);
    if (done && *done) break;
  }
  return std::any_of(scrub.report().findings.begin(), scrub.report().findings.end(),
                     [](const auto& finding) { return finding.find("search") != std::string::npos; });
}
void expect_sound(StoreDatabase& database) {
  auto reader = Connection::open(database.reader_options());
  Scrub scrub;
  for (int i = 0; i < 1000; ++i) {
    auto done = scrub.step(**reader);
    if (done && *done) break;
  }
  for (const auto& finding : scrub.report().findings) ADD_FAILURE() << finding;
}

TEST(SearchIndex, Row17_KeptStepByStepIsTheOneMadeAnew) {
  const std::uint32_t seed = seed_of_day();
  for (std::uint32_t turn = 0; turn < 6; ++turn) {
    SCOPED_TRACE("TILLGATE_SEARCH_SEED=" + std::to_string(seed) + " turn " + std::to_string(turn));
    std::mt19937 random(seed + turn);
    World world;
    SearchShop shop(world);
    ASSERT_NO_FATAL_FAILURE(live(shop, random, 300));
    shop.settle();
    const auto kept = shop.content();
    EXPECT_GT(kept.terms.size(), 300u);
    expect_sound(shop.database());
    ASSERT_TRUE(shop.run(RebuildSearch{}).has_value());
    shop.settle();
    const auto anew = shop.content();
    EXPECT_EQ(kept.terms, anew.terms);
    EXPECT_EQ(kept.words, anew.words);
    // And it is what the records say, no more and no less.
    SearchShop::Content wanted;
    auto db = world.raw();
    auto rows = db->prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers");
    for (auto has = rows.step(); has && *has; has = rows.step()) {
      auto record = record_in(rows);
      ASSERT_TRUE(record.has_value());
      for (const auto& term : terms_of(*record)) {
        wanted.terms.emplace(term, record->n);
        if (const auto word = word_of_term(term)) wanted.words.emplace(*word);
      }
    }
    EXPECT_EQ(kept.terms, wanted.terms);
    EXPECT_EQ(kept.words, wanted.words);
  }
}

TEST(SearchIndex, Row17_AReChainNeitherMovesTheCursorNorIndexesAgain) {
  World world;
  SearchShop shop(world);
  for (int i = 0; i < 10; ++i) shop.add({"Ada", "Lovelace"});
  shop.settle();
  auto digest = shop.database().ask(DigestAt{4});
  ASSERT_TRUE(shop.run(Rechain{Position{4, **digest}}).has_value());
  auto feed = shop.database().ask(ReadFeed{"search"});
  EXPECT_EQ(feed->cursor.seq, 10);
  EXPECT_EQ(feed->cursor.digest, **shop.database().ask(DigestAt{10}));
  expect_sound(shop.database());
}

// The surname, the given name, and the sounds of both, by which look-alikes are found.
constexpr std::size_t kTermsOfAName = 3;

TEST(SearchIndex, Row17_LeftBehindByACrashItCatchesUp) {
  World world;
  SearchShop shop(world);
  for (int i = 0; i < 25; ++i) shop.add({"Ada", "Lovelace"});
  EXPECT_TRUE(shop.content().terms.empty());  // below the number that makes a step due
  shop.open();                                // as after SIGKILL: nothing was finished
  EXPECT_EQ(shop.find("lovelace", 50).hits.size(), 25u);
  shop.settle();
  EXPECT_EQ(shop.content().terms.size(), 25 * kTermsOfAName);
  EXPECT_EQ(shop.find("lovelace", 50).hits.size(), 25u);
}

TEST(SearchIndex, Row17_KeepsUpWhileCommandsComeWithoutAPause) {
  World world;
  SearchShop shop(world);
  for (int i = 0; i < 300; ++i) shop.add({"Ada", "Lovelace"});  // each a group, and never rest()
  auto feed = shop.database().ask(ReadFeed{"search"});
  EXPECT_LT(feed->behind, 60);
}

TEST(SearchIndex, Row17_AStepThatFailsHarmsNothingAndIsTakenAgain) {
  // A trigger is the shortest way to an error in the middle of a step: after the first term of two, and before any.
  for (const char* word : {"x'67'", "x'73'"}) {
    SCOPED_TRACE(word);
    World world;
    SearchShop shop(world);
    shop.add({"Ada", "Lovelace"});
    ASSERT_TRUE(world.raw()->execute("CREATE TRIGGER fail BEFORE INSERT ON search_words WHEN NEW.word > " + std::string(word) +
                                     " BEGIN SELECT RAISE(ABORT, 'no'); END"));
    shop.open();
    shop.database().writer()->rest();
    EXPECT_TRUE(shop.content().terms.empty());
    EXPECT_EQ(shop.names("lovelace"), "Ada Lovelace");  // out of the tail
    EXPECT_FALSE(shop.database().writer()->counters().has_fault);
    shop.add({"Grace", "Hopper"});
    ASSERT_TRUE(world.raw()->execute("DROP TRIGGER fail"));
    shop.open();
    shop.settle();
    EXPECT_EQ(shop.names("lovelace"), "Ada Lovelace");
    EXPECT_EQ(shop.content().terms.size(), 2 * kTermsOfAName);
  }
}

TEST(SearchIndex, Row17_DamagedItIsMadeAnewWhileOthersAreServed) {
  World world;
  SearchShop shop(world);
  for (int i = 0; i < 40; ++i) shop.add({"Ada", i % 2 == 0 ? "Lovelace" : "Byron"});
  shop.settle();
  const auto sound = shop.content();
  {
    auto db = world.raw();
    ASSERT_TRUE(
        db->execute("DELETE FROM search_terms WHERE n < 30; DELETE FROM search_words;"
                    "INSERT INTO search_terms VALUES (x'00', 1), (x'7367', 5), (x'73ff', 7), (x'', 3)"));
  }
  shop.open();
  EXPECT_TRUE(is_damage_found(shop.database()));
  EXPECT_LT(shop.find("lovelace", 50).hits.size(), 20u);
  ASSERT_TRUE(shop.run(RebuildSearch{}).has_value());
  EXPECT_EQ(shop.find("ada", 50).hits.size(), 40u);  // all of them are in the tail meanwhile
  shop.add({"Grace", "Hopper"});
  shop.settle();
  EXPECT_EQ(shop.find("lovelace", 50).hits.size(), 20u);
  EXPECT_EQ(shop.content().terms.size(), sound.terms.size() + kTermsOfAName);
}

TEST(SearchIndex, Row17_RestsWhereItCannotReadSaysSoAndGoesOnWhenMadeAnew) {
  World world;
  SearchShop shop(world);
  shop.add({"Ada", "Lovelace"});
  const auto figures = [&] { return shop.database().writer()->counters(); };
  EXPECT_EQ(figures().search_behind, 1);
  ASSERT_TRUE(world.raw()->execute("CREATE TRIGGER fail BEFORE INSERT ON search_words BEGIN SELECT raise(ABORT, 'no'); END").has_value());
  shop.database().writer()->rest();
  EXPECT_TRUE(figures().is_search_halted);
  EXPECT_EQ(figures().search_behind, 1);
  ASSERT_TRUE(world.raw()->execute("DROP TRIGGER fail").has_value());
  shop.database().writer()->rest();
  EXPECT_TRUE(figures().is_search_halted) << "it rests";
  ASSERT_TRUE(shop.run(RebuildSearch{}).has_value());
  shop.settle();
  EXPECT_FALSE(figures().is_search_halted);
  EXPECT_EQ(figures().search_behind, 0);
  EXPECT_EQ(shop.content().terms.size(), kTermsOfAName);
}

TEST(SearchIndex, Row17_SaysWhenItIsTooFarBehindToKnowEverybody) {
  World world;
  SearchShop shop(world);
  for (int i = 0; i < 700; ++i) shop.add({"Ada", "Lovelace"});
  shop.settle();
  ASSERT_TRUE(shop.run(RebuildSearch{}).has_value());
  const auto found = shop.find("grace");
  EXPECT_GT(found.unread, 100);
  EXPECT_TRUE(found.has_more);
  shop.settle();
  EXPECT_EQ(shop.find("grace").unread, 0);
}

TEST(SearchIndex, Row17_ForgetsEveryTermThatAnErasedRecordEverHad) {
  World world;
  SearchShop shop(world);
  // What the index holds is folded; what the ledger holds is as typed, so the bytes tell them apart.
  const auto id = shop.add({"Zebulon", "Quagmirious", "5035550142", "Zeb.Quag@Mail.example.net", "1984-02-29", "D1234567"});
  shop.add({"Zebulon", "Ordinary"});
  shop.settle();
  shop.change(id, Field::last_name, "Xanthippean");
  shop.change(id, Field::first_name, "Yggdrasil");
  shop.settle();
  shop.change(id, Field::last_name, "Vercingetorix");  // not indexed any more
  const auto bytes_now = [&] {
    EXPECT_TRUE(shop.database().connection().checkpoint(CheckpointMode::truncate).has_value());
    return bytes_of_folder(world.dir.path());
  };
  const auto before = bytes_now();
  for (const char* trace : {"sxanthippean", "gyggdrasil", "ezeb.quag@mail"})
    EXPECT_NE(before.find(trace), std::string::npos) << trace;
  shop.erase(id);
  const auto after = bytes_now();
  for (const char* trace : {"squagmirious", "sxanthippean", "gyggdrasil", "ezeb.quag@mail", "quagmirious", "xanthippean",
                            "yggdrasil", "vercingetorix"})
    EXPECT_EQ(after.find(trace), std::string::npos) << trace;
  const auto content = shop.content();
  for (const auto& [term, n] : content.terms) EXPECT_EQ(n, 2);
  EXPECT_EQ(content.terms.size(), kTermsOfAName);
  EXPECT_EQ(content.words, (std::set<std::string>{"gzebulon", "sordinary"}));  // the other's stay
  EXPECT_EQ(shop.names("ordinary"), "Zebulon Ordinary");
  shop.settle();
  EXPECT_EQ(shop.content(), content);
  expect_sound(shop.database());
}

}  // namespace
}  // namespace tillgate
