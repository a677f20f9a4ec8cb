// bench_search: how soon a customer is found among a million.
//   bench_search queries --seed n                                       the queries, one a line, to stdout
//   bench_search fill --database f --peer f --customers n --seed n      a town into a store, indexed, and into the peers' file
//   bench_search ask --database f --queries f --seed n --rate n --only all|names   by the store; `rate` creates a second beside it
//   bench_search peer --peer f --queries f --how like|fts|fts-rank      names as others would look them up: see peer_sql()
// One line of JSON on stdout; what each kind of query took goes to stderr.
#include <atomic>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <thread>

#include "bench/figures.hpp"
#include "bench/search_people.hpp"
#include "core/fold.hpp"
#include "core/search_query.hpp"
#include "service/clock.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"

namespace tillgate::bench {
namespace {

constexpr std::int64_t kDrawnFrom = 10'000;  // queries are about the first of the town, so that they fit one of any size
constexpr int kPerKind = 250;

struct Query {
  std::string kind, text, first, last;  // whom it is about; "-" for nobody
};

// ---- queries

std::vector<std::string> letters_of(const std::string& text) {
  std::vector<std::string> letters;
  for (const char32_t c : code_points(text)) letters.push_back(utf8_of(std::u32string(1, c)));
  return letters;
}

std::string joined(const std::vector<std::string>& letters, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < std::min(count, letters.size()); ++i) text += letters[i];
  return text;
}

// A letter left out, typed twice, another one typed, or two exchanged; the first stays, as it mostly does.
std::string mistyped(Random& random, const std::string& word) {
  auto letters = letters_of(word);
  const std::size_t at = 1 + random.below(letters.size() - 2);
  const auto here = letters.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random.below(4)) {
    case 0: letters.erase(here); break;
    case 1: letters.insert(here, letters[at]); break;
    case 2: letters[at] = letters[at] == "e" ? "a" : "e"; break;
    default: std::swap(letters[at], letters[at + 1]);
  }
  return joined(letters, letters.size());
}

std::vector<Query> make_queries(std::uint64_t seed) {
  SearchPeople people(seed);
  std::vector<SearchPerson> town;
  for (std::int64_t i = 0; i < kDrawnFrom; ++i) town.push_back(people.next());
  Random random(seed + 1);
  std::vector<Query> all;
  const auto one = [&](const std::function<bool(const SearchPerson&)>& fits) {
    for (;;) {
      const auto& person = town[random.below(town.size())];
      if (fits(person)) return person;
    }
  };
  const auto is_long = [](std::size_t least) {
    return [least](const SearchPerson& person) {
      return letters_of(person.last).size() >= least && person.last.find('-') == std::string::npos;
    };
  };
  const auto add = [&](const char* kind, std::string text, const SearchPerson& person) {
    all.push_back({kind, std::move(text), person.first, person.last});
  };
  for (int i = 0; i < kPerKind; ++i) {
    const auto prefix = one(is_long(1));
    add("beginning", joined(letters_of(random.below(3) == 0 ? prefix.first : prefix.last), 1 + random.below(12)), prefix);
    all.push_back({"frequent", std::string(kSurnames[static_cast<std::size_t>(i % 50)]), "-", "-"});
    const auto slip = one(is_long(4));
    add("one slip", random.below(2) == 0 ? slip.first + " " + mistyped(random, slip.last) : mistyped(random, slip.last), slip);
    const auto slips = one(is_long(6));
    add("two slips", slips.first + " " + mistyped(random, mistyped(random, slips.last)), slips);
    const auto swapped = one(is_long(1));
    add("swapped", swapped.last + " " + swapped.first, swapped);
    const auto called = one([](const SearchPerson& person) { return !person.phone.empty(); });
    add("phone", called.phone.substr(called.phone.size() - (4 + random.below(7))), called);
    const auto mailed = one([](const SearchPerson& person) { return person.email.size() > 24; });
    add("mail", mailed.email.substr(0, mailed.email.find('.') + 1 + random.below(12)), mailed);
    static constexpr std::array<std::string_view, 4> nobody{"qqzxv", "xyzzy wqpk", "9999999999", "zzq.qx@"};
    all.push_back({"nobody", std::string(nobody[random.below(4)]) + (i % 4 == 0 ? std::to_string(i % 10) : ""), "-", "-"});
  }
  return all;
}

int print_queries(const Arguments& args) {
  for (const auto& query : make_queries(static_cast<std::uint64_t>(args.number("seed"))))
    std::printf("%s\t%s\t%s\t%s\n", query.kind.c_str(), query.text.c_str(), query.first.c_str(), query.last.c_str());
  return 0;
}

std::vector<Query> read_queries(const std::string& file, bool names_only) {
  std::ifstream in(file);
  std::vector<Query> all;
  for (std::string line; std::getline(in, line);) {
    std::stringstream cells(line);
    Query query;
    std::getline(cells, query.kind, '\t');
    std::getline(cells, query.text, '\t');
    std::getline(cells, query.first, '\t');
    std::getline(cells, query.last, '\t');
    const bool is_name = (query.kind == "beginning" || query.kind == "frequent") && code_points(query.text).size() >= 3;
    if (!names_only || is_name) all.push_back(std::move(query));
  }
  if (all.empty()) give_up("no queries in " + file);
  return all;
}

// ---- the store

StoreOptions options_for(const std::string& file, Random& random) {
  StoreOptions options;
  options.file = file;
  options.store = StoreId{"store-7"};
  options.keys.id = "k1";
  options.keys.pii.fill(0x11);
  options.keys.index.fill(0x22);
  options.bytes_max = std::int64_t{64} << 30;
  options.group_max = 4096;
  options.write_queue_max = 8192;
  options.read_clock = [] { return clock_now(); };
  options.fill_random = [&random](std::span<std::uint8_t> out) {  // on the writer's thread alone
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random.next());
  };
  return options;
}

std::unique_ptr<Store> opened(const std::string& file, Random& random) {
  auto store = Store::open(options_for(file, random));
  if (!store) give_up(store.error().what + " " + store.error().detail);
  return std::move(*store);
}

template <class Question>
typename Question::Answer asked(Store& store, Question question) {
  std::promise<Result<typename Question::Answer>> promise;
  auto future = promise.get_future();
  if (!store.ask(std::move(question), [&](Result<typename Question::Answer> answer) { promise.set_value(std::move(answer)); }))
    give_up("the store's queue is full");
  auto answer = future.get();
  if (!answer) give_up(answer.error().what + " " + answer.error().detail);
  return std::move(*answer);
}

CreateCustomer create_of(const SearchPerson& person, std::uint64_t number) {
  CreateCustomer command;
  command.actor = Actor{"till-1", "", "staff"};
  command.patch = SearchPeople::patch_of(person);
  if (!normalise(command.patch, WriteKind::create).empty()) give_up("an invented person is refused");
  std::array<std::uint8_t, 10> bits{};
  for (std::size_t i = 0; i < 8; ++i) bits[i] = static_cast<std::uint8_t>(number * 0x9e3779b97f4a7c15U >> (8 * i));
  command.key = CommandKey{uuid_v7(utc_now(), bits).text(), "bench", hash_of(std::to_string(number))};
  return command;
}

void wait_ms(std::int64_t ms) {
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

void fill_peer(const std::string& file, std::int64_t customers, std::uint64_t seed) {
  auto db = Connection::open({file, {}, false, 0});
  if (!db) give_up(db.error().detail);
  if (!(*db)->execute(
          "CREATE TABLE people (n INTEGER PRIMARY KEY, name TEXT NOT NULL);"
          "CREATE VIRTUAL TABLE trigrams USING fts5(name, tokenize='trigram', content='people', content_rowid='n')"))
    give_up("the peers' tables cannot be made");
  SearchPeople people(seed);
  for (std::int64_t n = 1; n <= customers;) {
    if (!(*db)->execute("BEGIN")) give_up("BEGIN");
    for (std::int64_t i = 0; i < 10'000 && n <= customers; ++i, ++n) {
      const auto person = people.next();
      if (!(*db)->prepare("INSERT INTO people VALUES (?, ?)").with(n, folded(person.first + " " + person.last)).run())
        give_up("people");
    }
    if (!(*db)->execute("COMMIT") || !(*db)->checkpoint(CheckpointMode::truncate)) give_up("COMMIT");
  }
  if (!(*db)->execute("INSERT INTO trigrams(trigrams) VALUES ('rebuild')")) give_up("trigrams");
  if (!(*db)->checkpoint(CheckpointMode::truncate)) give_up("checkpoint");
}

int fill(const Arguments& args) {
  const std::int64_t customers = args.number("customers");
  const auto seed = static_cast<std::uint64_t>(args.number("seed"));
  Random entropy(seed + 2);
  SearchPeople people(seed);
  auto store = opened(args.text("database"), entropy);
  std::atomic<std::int64_t> answered{0}, failed{0};
  const std::int64_t begun = now_us();
  for (std::int64_t n = 0; n < customers; ++n) {
    while (n - answered >= 8000) wait_ms(1);
    const auto done = [&](const Result<CommandOutcome>& outcome) {
      if (!outcome || !std::holds_alternative<Committed>(*outcome)) ++failed;
      ++answered;
    };
    if (!store->submit(create_of(people.next(), static_cast<std::uint64_t>(n)), done)) give_up("the store's queue is full");
  }
  while (answered < customers) wait_ms(1);
  if (failed > 0) give_up(std::to_string(failed) + " creates failed");
  const std::int64_t created = now_us();
  const std::int64_t behind = asked(*store, ReadFeed{"search"}).behind;
  while (asked(*store, ReadFeed{"search"}).behind > 0) wait_ms(20);
  const std::int64_t indexed = now_us();
  store.reset();
  auto db = Connection::open({args.text("database"), {}, true, 0});
  if (!db) give_up(db.error().detail);
  const auto bytes = (*db)->integer_of("SELECT sum(pgsize) FROM dbstat WHERE aggregate = 1 AND name GLOB '*search_*'");
  const auto words = (*db)->integer_of("SELECT count(*) FROM search_words");
  const auto terms = (*db)->integer_of("SELECT count(*) FROM search_terms");
  if (!bytes || !words || !terms) give_up("the index cannot be measured");
  fill_peer(args.text("peer"), customers, seed);
  std::printf("{\"perCustomerBytes\":%.1f,\"words\":%lld,\"terms\":%lld,\"createdPerSecond\":%.0f,\"indexedPerSecond\":%.0f}\n",
              static_cast<double>(*bytes) / static_cast<double>(customers), static_cast<long long>(*words),
              static_cast<long long>(*terms), static_cast<double>(customers) * 1e6 / static_cast<double>(created - begun),
              static_cast<double>(std::max<std::int64_t>(behind, 1)) * 1e6 /
                  static_cast<double>(std::max<std::int64_t>(indexed - created, 1)));
  return 0;
}

SearchCustomers question_of(const std::string& text, const Sealer& sealer) {
  SearchText asked_text;
  asked_text.q = text;
  SearchCustomers question;
  question.query = understand(asked_text).query;
  for (auto& mark : question.query.marks) {
    if (mark.number.empty()) continue;
    mark.licence = sealer.blind_index(Field::licence_number, mark.number);
    mark.medical = sealer.blind_index(Field::medical_number, mark.number);
  }
  return question;
}

struct Kind {
  std::vector<std::int64_t> times;
  int about = 0, found = 0;
};

void say(std::map<std::string, Kind>& kinds) {
  for (auto& [name, kind] : kinds) {
    std::sort(kind.times.begin(), kind.times.end());
    std::fprintf(stderr, "  %-10s p50 %6.2f ms, p99 %6.2f ms, worst %6.2f ms; %d of %d found\n", name.c_str(),
                 static_cast<double>(kind.times[kind.times.size() / 2]) / 1000,
                 static_cast<double>(kind.times[kind.times.size() * 99 / 100]) / 1000,
                 static_cast<double>(kind.times.back()) / 1000, kind.found, kind.about);
  }
}

// Creates at a steady rate until told to stop; how long each waited.
class Creates {
 public:
  Creates(Store& store, std::int64_t rate, std::uint64_t seed) : store_(store), rate_(rate), people_(seed) {
    if (rate_ > 0) thread_ = std::thread([this] { run(); });
  }
  std::vector<std::int64_t> stop() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
    while (rate_ > 0 && answered_ < made_) wait_ms(1);
    std::sort(times_.begin(), times_.end());
    return times_;
  }

 private:
  void run() {
    auto next = std::chrono::steady_clock::now();
    while (!is_stopping_) {
      next += std::chrono::microseconds(1'000'000 / rate_);
      std::this_thread::sleep_until(next);
      const std::int64_t begun = now_us();
      ++made_;
      const auto done = [this, begun](const Result<CommandOutcome>& outcome) {
        if (!outcome) give_up("a create failed");
        times_.push_back(now_us() - begun);  // on the writer's thread alone
        ++answered_;
      };
      if (!store_.submit(create_of(people_.next(), static_cast<std::uint64_t>(now_us())), done))
        give_up("the store's queue is full");
    }
  }
  Store& store_;
  const std::int64_t rate_;
  SearchPeople people_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<std::int64_t> made_{0}, answered_{0};
  std::vector<std::int64_t> times_;
  std::thread thread_;
};

int ask_all(const Arguments& args) {
  const auto seed = static_cast<std::uint64_t>(args.number("seed"));
  Random entropy(static_cast<std::uint64_t>(now_us()));
  auto store = opened(args.text("database"), entropy);
  const auto queries = read_queries(args.text("queries"), args.text("only") == "names");
  // Somebody asked before: what a reader keeps in memory is there.
  for (int i = 0; i < 8; ++i) (void)asked(*store, question_of("qqzxv wvvk", store->sealer()));
  Creates creates(*store, args.number("rate"), seed + 5);
  if (args.number("rate") > 0) wait_ms(500);
  std::map<std::string, Kind> kinds;
  std::vector<std::int64_t> times;
  int about = 0, found = 0;
  const std::int64_t begun = now_us();
  for (const auto& query : queries) {
    const std::int64_t from = now_us();
    const auto answer = asked(*store, question_of(query.text, store->sealer()));
    times.push_back(now_us() - from);
    auto& kind = kinds[query.kind];
    kind.times.push_back(times.back());
    if (query.last == "-") continue;
    const bool is_found = std::any_of(answer.hits.begin(), answer.hits.end(), [&](const auto& hit) {
      return hit.stored.customer.text(Field::first_name) == query.first &&
             hit.stored.customer.text(Field::last_name) == query.last;
    });
    ++kind.about, ++about;
    kind.found += is_found, found += is_found;
  }
  const std::int64_t took = now_us() - begun;
  const auto waited = creates.stop();
  say(kinds);
  if (!waited.empty())
    std::fprintf(stderr, "  creates beside: %zu, p50 %.2f ms, p99 %.2f ms\n", waited.size(),
                 static_cast<double>(waited[waited.size() / 2]) / 1000,
                 static_cast<double>(waited[waited.size() * 99 / 100]) / 1000);
  std::fprintf(stderr, "  %d of %d found\n", found, about);
  print_figures(static_cast<std::int64_t>(queries.size()), took, times);
  return 0;
}

// ---- what others do

const char* peer_sql(const std::string& how) {
  if (how == "like") return "SELECT n FROM people WHERE name LIKE '%' || ? || '%' LIMIT 20";
  if (how == "fts") return "SELECT rowid FROM trigrams WHERE trigrams MATCH '\"' || ? || '\"' LIMIT 20";
  if (how == "fts-rank") return "SELECT rowid FROM trigrams WHERE trigrams MATCH '\"' || ? || '\"' ORDER BY rank LIMIT 20";
  give_up("no peer " + how);
}

int ask_peer(const Arguments& args) {
  auto db = Connection::open({args.text("peer"), {}, true, 0});
  if (!db) give_up(db.error().detail);
  const char* sql = peer_sql(args.text("how"));
  std::vector<std::int64_t> times;
  const std::int64_t begun = now_us();
  for (const auto& query : read_queries(args.text("queries"), true)) {
    const std::int64_t from = now_us();
    if (auto done = (*db)->prepare(sql).with(folded(query.text)).run(); !done) give_up(done.error().detail);
    times.push_back(now_us() - from);
  }
  const auto count = static_cast<std::int64_t>(times.size());
  print_figures(count, now_us() - begun, times);
  return 0;
}

}  // namespace
}  // namespace tillgate::bench

int main(int count, char** values) {
  using namespace tillgate::bench;
  const std::string what = count > 1 ? values[1] : "";
  const Arguments args(count, values, 2);
  if (what == "queries") return print_queries(args);
  if (what == "fill") return fill(args);
  if (what == "ask") return ask_all(args);
  if (what == "peer") return ask_peer(args);
  give_up("bench_search queries|fill|ask|peer; see the source");
}
