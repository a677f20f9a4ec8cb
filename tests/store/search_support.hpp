// A store driven by hand, whose search index takes a step when a test says so.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/search_query.hpp"
#include "store/database.hpp"
#include "store/search_index.hpp"
#include "tests/store/support.hpp"

namespace tillgate::testing {

struct Person {
  std::string first, last, phone = {}, email = {}, birthday = {}, licence = {};
};

class SearchShop {
 public:
  explicit SearchShop(World& world) : world_(world) { open(); }
  void open() {
    database_.reset();
    auto opened = StoreDatabase::open(world_.options);
    ASSERT_TRUE(opened.has_value()) << opened.error().what << " | " << opened.error().detail;
    database_ = std::move(*opened);
    queries_.reset();
    auto reader = Connection::open(database_->reader_options());
    ASSERT_TRUE(reader.has_value());
    reader_ = std::move(*reader);
    queries_ = std::make_unique<Queries>(*reader_);
  }
  StoreDatabase& database() { return *database_; }

  Result<CommandOutcome> run(Command command) {
    std::optional<Result<CommandOutcome>> answer;
    EXPECT_TRUE(
        database_->writer()->submit(std::move(command), [&](Result<CommandOutcome> outcome) { answer = std::move(outcome); }));
    while (!answer && database_->writer()->drain()) {
    }
    return answer ? std::move(*answer) : Result<CommandOutcome>(fail(Errc::unavailable, "no answer"));
  }
  CustomerId add(const Person& person) {
    CreateCustomer command;
    command.actor = Actor{"till-1", "", "staff"};
    command.patch.fields = {{Field::first_name, person.first}, {Field::last_name, person.last}};
    const auto set = [&](Field field, const std::string& value) {
      if (!value.empty()) command.patch.fields.emplace_back(field, value);
    };
    set(Field::phone, person.phone);
    set(Field::email, person.email);
    set(Field::birthday, person.birthday);
    set(Field::licence_number, person.licence);
    auto outcome = run(std::move(command));
    EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().what + " | " + outcome.error().detail);
    return outcome ? std::get<Committed>(*outcome).customer.id : CustomerId{};
  }
  void change(const CustomerId& id, Field field, std::optional<std::string> value) {
    auto outcome = run(update(id, field, std::move(value)));
    EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().what + " | " + outcome.error().detail);
  }
  void merge(const CustomerId& one, const CustomerId& other) {
    MergeCustomers command;
    command.actor = Actor{"till-1", "p-1", "manager"};
    command.one = one;
    command.other = other;
    command.reason = "same_licence";
    EXPECT_TRUE(run(command).has_value());
  }
  void erase(const CustomerId& id) {
    EraseCustomer command;
    command.actor = Actor{"till-1", "p-1", "manager"};
    command.id = id;
    command.reason = "asked";
    EXPECT_TRUE(run(command).has_value());
  }
  // Everything is in the index.
  void settle() {
    for (int i = 0; i < 10'000; ++i) {
      database_->writer()->rest();
      auto feed = database_->ask(ReadFeed{"search"});
      ASSERT_TRUE(feed.has_value());
      if (feed->behind == 0) return;
    }
    FAIL() << "the index does not catch up";
  }
  // Of a page at most: nothing is left in the index that would have to be read later.
  SearchCustomers::Found find(SearchText text, std::int64_t limit = 20) {
    auto understood = understand(text);
    for (const auto& fault : understood.faults) ADD_FAILURE() << fault.field << " " << fault.code;
    SearchCustomers query{std::move(understood.query), limit};
    for (auto& mark : query.query.marks) {
      if (mark.number.empty()) continue;
      mark.licence = database_->sealer().blind_index(Field::licence_number, mark.number);
      mark.medical = database_->sealer().blind_index(Field::medical_number, mark.number);
    }
    auto found = queries_->run(query);
    EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().what + " | " + found.error().detail);
    return found ? std::move(*found) : SearchCustomers::Found{};
  }
  SearchCustomers::Found find(const std::string& q, std::int64_t limit = 20) {
    return find(SearchText{q, {}, {}, {}, {}, {}, {}}, limit);
  }
  // "Ada Lovelace, ..." best first.
  std::string names(const SearchCustomers::Found& found) {
    std::string text;
    for (const auto& hit : found.hits) {
      if (!text.empty()) text += ", ";
      text.append(hit.stored.customer.text(Field::first_name)).append(" ").append(hit.stored.customer.text(Field::last_name));
    }
    return text;
  }
  std::string names(const std::string& q) { return names(find(q)); }
  static std::string why(const SearchCustomers::Found& found) {
    std::string text;
    for (const auto& reason : found.hits.at(0).match.why) {
      if (!text.empty()) text += ", ";
      text.append(reason.field).append(" ").append(name_of(reason.how));
    }
    return text;
  }

  // Everything in the index, words without their numbers.
  struct Content {
    std::set<std::pair<std::string, std::int64_t>> terms;
    std::set<std::string> words;
    bool operator==(const Content&) const = default;
  };
  Content content() {
    Content all;
    auto db = world_.raw();
    auto terms = db->prepare("SELECT term, n FROM search_terms");
    for (auto has = terms.step(); has && *has; has = terms.step()) {
      const auto blob = terms.blob(0);
      all.terms.emplace(std::string(blob.begin(), blob.end()), terms.integer(1));
    }
    auto words = db->prepare("SELECT word FROM search_words");
    for (auto has = words.step(); has && *has; has = words.step()) {
      const auto blob = words.blob(0);
      all.words.emplace(blob.begin(), blob.end());
    }
    return all;
  }

 private:
  World& world_;
  std::unique_ptr<StoreDatabase> database_;
  std::unique_ptr<Connection> reader_;
  std::unique_ptr<Queries> queries_;
};

}  // namespace tillgate::testing
