// What a search costs, in pages read from a disk that counts: no clock, so it is the same on every machine. How long it takes on one is
// the bench's (bench/search.cpp).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "bench/search_people.hpp"
#include "core/search_query.hpp"
#include "tests/sim/support.hpp"

namespace tillgate::sim {
namespace {

using namespace testing;

constexpr int kTown = 3000;

SearchCustomers asked(const std::string& text) {
  auto understood = understand(SearchText{text, {}, {}, {}, {}, {}, {}});
  EXPECT_TRUE(understood.faults.empty()) << text;
  return {std::move(understood.query), 10};
}

// As people type: the beginning of a name, a whole one, one with a slip, the end of a number, the beginning of an address of mail.
std::vector<std::string> typed(const bench::SearchPerson& person) {
  std::vector<std::string> texts{person.last.substr(0, 3), person.last, person.first + " " + person.last};
  std::string slip = person.last;
  if (slip.size() > 5) std::swap(slip[2], slip[3]);
  texts.push_back(person.first + " " + slip);
  if (person.phone.size() > 4) texts.push_back(person.phone.substr(person.phone.size() - 4));
  if (person.email.size() > 6) texts.push_back(person.email.substr(0, 6));
  return texts;
}

TEST(SearchReads, Row75_NoSearchReadsMoreThanASmallPartOfTheTown) {
  Machine machine(75);
  const auto database = open(machine);
  bench::SearchPeople people(75);
  std::vector<bench::SearchPerson> some;
  for (int n = 0; n < kTown; ++n) {
    const auto person = people.next();
    if (n % 100 == 0) some.push_back(person);
    CreateCustomer create;
    create.actor = Actor{"till-1", "", "staff"};
    create.patch = bench::SearchPeople::patch_of(person);
    ASSERT_TRUE(normalise(create.patch, WriteKind::create).empty());
    (void)commit(*database, create);
  }
  for (int n = 0; n < kTown && database->ask(ReadFeed{"search"})->behind > 0; ++n) database->writer()->rest();
  ASSERT_EQ(database->ask(ReadFeed{"search"})->behind, 0);
  const std::int64_t pages = *database->connection().database_bytes() / kPageBytes;

  auto reader = Connection::open(database->reader_options());
  ASSERT_TRUE(reader.has_value());
  Queries queries(**reader);
  ASSERT_TRUE(queries.run(asked("warm upp")).has_value());  // the words of the town are read once, by each reader
  std::vector<std::int64_t> reads;
  for (const auto& person : some) {
    for (const auto& text : typed(person)) {
      const std::int64_t before = machine.disk.calls(DiskCall::read);
      const auto found = queries.run(asked(text));
      ASSERT_TRUE(found.has_value()) << text;
      reads.push_back(machine.disk.calls(DiskCall::read) - before);
    }
  }
  std::sort(reads.begin(), reads.end());
  const std::int64_t half = reads[reads.size() / 2], most = reads.back();
  std::printf("%zu searches in a town of %d on %lld pages: half of them read %lld or fewer, the greediest %lld\n", reads.size(), kTown,
              static_cast<long long>(pages), static_cast<long long>(half), static_cast<long long>(most));
  const std::int64_t before = machine.disk.calls(DiskCall::read);
  ASSERT_TRUE((*reader)->integer_of("SELECT sum(length(state)) FROM customers").has_value());
  EXPECT_GT((machine.disk.calls(DiskCall::read) - before) * 10, pages) << "the control: whoever goes through all of them is seen";
  EXPECT_LT(half * 100, pages) << "one page in a hundred";
  EXPECT_LT(most * 10, pages) << "one in ten";
}

}  // namespace
}  // namespace tillgate::sim
