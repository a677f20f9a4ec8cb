// A request repeated has one effect and one answer.
#include "store/apply.hpp"

#include <thread>

#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

// A write of what is there already: no ledger row, but an answer that is kept.
UpdateCustomer change_nothing(const CustomerId& id, CommandKey key) {
  return update(id, Field::first_name, "Ada", std::move(key));
}

TEST(Once, ARepeatGetsTheFirstAnswerThoughTheRecordMovedOn) {
  World world;
  Committed first;
  {
    auto store = world.open();
    first = commit(*store, create("Ada", key_of("k-1")));
    commit(*store, update(first.customer.id, Field::first_name, "Bea"));
  }
  auto store = world.open();
  const auto again = commit(*store, create("Ada", key_of("k-1")));
  EXPECT_TRUE(again.is_replay);
  EXPECT_FALSE(first.is_replay);
  EXPECT_EQ(again.seq, first.seq);
  EXPECT_EQ(again.customer, first.customer);
  EXPECT_EQ(again.etag, first.etag);
  EXPECT_EQ(again.recorded_at, first.recorded_at);
  EXPECT_EQ(figures(*store).customers, 1);
  EXPECT_EQ(figures(*store).ledger_rows, 2);
}

TEST(Once, AnotherRequestUnderTheSameKeyIsRefused) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada", key_of("k-1", "one body")));
  auto outcome = run(*store, create("Bea", key_of("k-1", "another body")));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(std::holds_alternative<KeyReused>(*outcome));
  EXPECT_EQ(figures(*store).customers, 1);
  // The same key of another credential is another key.
  EXPECT_FALSE(commit(*store, create("Bea", key_of("k-1", "another body", "till-2 POST"))).is_replay);
}

TEST(Once, ThirtyTwoAtOnceHaveOneEffectAndOneAnswer) {
  World world;
  auto store = world.open();
  std::vector<std::thread> terminals;
  std::mutex mutex;
  std::vector<Committed> answers;
  for (int i = 0; i < 32; ++i) {
    terminals.emplace_back([&] {
      auto answer = commit(*store, create("Ada", key_of("same")));
      std::lock_guard lock(mutex);
      answers.push_back(std::move(answer));
    });
  }
  for (auto& terminal : terminals) terminal.join();
  ASSERT_EQ(answers.size(), 32u);
  int first_answers = 0;
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.customer, answers.front().customer);
    EXPECT_EQ(answer.etag, answers.front().etag);
    EXPECT_EQ(answer.seq, 1);
    if (!answer.is_replay) ++first_answers;
  }
  EXPECT_EQ(first_answers, 1);
  EXPECT_EQ(figures(*store).customers, 1);
  EXPECT_EQ(figures(*store).ledger_rows, 1);
}

TEST(Once, TheEffectStaysSingleAfterTheAnswerIsForgotten) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada", key_of("k-1")));
  world.clock.advance(milliseconds(world.options.answers_kept) + seconds(60));
  const auto again = commit(*store, create("Ada", key_of("k-1")));
  EXPECT_TRUE(again.is_replay);
  EXPECT_EQ(again.customer, made.customer);
  // After the kept answers another request under that key is a new one.
  EXPECT_FALSE(commit(*store, create("Cleo", key_of("k-1", "another body"))).is_replay);
  EXPECT_EQ(figures(*store).customers, 2);
}

TEST(Once, AKeyIsTakenForAsLongAsPromised) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada", key_of("k-1")));
  commit(*store, change_nothing(made.customer.id, key_of("k-2")));
  const auto is_taken = [&](const char* key, const char* body) {
    auto outcome = run(*store, create("Bea", key_of(key, body)));
    EXPECT_TRUE(outcome.has_value());
    return outcome && std::holds_alternative<KeyReused>(*outcome);
  };
  world.clock.advance(milliseconds(world.options.answers_kept));
  EXPECT_TRUE(is_taken("k-1", "another body"));
  EXPECT_TRUE(is_taken("k-2", "another body"));
  world.clock.advance(milliseconds(1));
  EXPECT_FALSE(is_taken("k-1", "another body"));
  EXPECT_FALSE(is_taken("k-2", "another body"));
  // Used again, it is taken again: by the new request. What the first one did is still known by its own id.
  EXPECT_TRUE(is_taken("k-1", "a third body"));
  EXPECT_EQ(figures(*store).customers, 3);
  world.clock.advance(milliseconds(world.options.answers_kept) + seconds(60));
  EXPECT_EQ(commit(*store, create("Ada", key_of("k-1"))).seq, made.seq);
  EXPECT_TRUE(commit(*store, create("Bea", key_of("k-1", "another body"))).is_replay);
  EXPECT_EQ(figures(*store).customers, 3);
}

TEST(Once, ForgettingIsBoundedPerGroup) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada"));
  for (int i = 0; i < 100; ++i) commit(*store, change_nothing(made.customer.id, key_of("k-" + std::to_string(i))));
  EXPECT_EQ(*world.raw()->integer_of("SELECT count(*) FROM answers"), 100);
  world.clock.advance(milliseconds(world.options.answers_kept) + seconds(60));
  commit(*store, create("Bea"));
  EXPECT_EQ(*world.raw()->integer_of("SELECT count(*) FROM answers"), 100 - 18);
  for (int i = 0; i < 5; ++i) commit(*store, create("Bea"));
  EXPECT_EQ(*world.raw()->integer_of("SELECT count(*) FROM answers"), 0);
}

TEST(Once, AnUnconfirmedClockThatRunsAheadForgetsNothing) {
  World world;
  auto opened = Store::open(world.options);  // nobody confirms the time
  ASSERT_TRUE(opened.has_value());
  Store& store = **opened;
  commit(store, create("Ada", key_of("k-1")));
  world.clock.system_ms += std::int64_t{366} * 86'400'000;
  commit(store, create("Bea"));
  auto outcome = run(store, create("Cleo", key_of("k-1", "another body")));
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(std::holds_alternative<KeyReused>(*outcome));
  EXPECT_EQ(figures(store).customers, 2);
}

TEST(Once, AKeyStaysTakenWhenAClockThatLaggedIsSetRight) {
  World world;
  auto opened = Store::open(world.options);  // nobody confirms the time
  ASSERT_TRUE(opened.has_value());
  Store& store = **opened;
  const auto is_taken = [&] {
    auto outcome = run(store, create("Cleo", key_of("k-1", "another body")));
    EXPECT_TRUE(outcome.has_value());
    return outcome && std::holds_alternative<KeyReused>(*outcome);
  };
  commit(store, create("Ada", key_of("k-1")));
  world.clock.system_ms += std::int64_t{3 * 365} * 86'400'000;  // it had been three years behind
  store.confirm_clock(timestamp_from_ms(world.clock.system_ms), Time(milliseconds(world.clock.mono_ms)));
  EXPECT_TRUE(is_taken()) << "no row behind it says how long ago it was";
  commit(store, create("Bea"));
  EXPECT_TRUE(is_taken()) << "it was before this one, which is of today";
  world.clock.advance(milliseconds(world.options.answers_kept) + seconds(60));
  EXPECT_FALSE(is_taken());
}

TEST(Once, AnswersDatedByAClockThatRanAheadDoNotStayForEver) {
  World world;
  auto opened = Store::open(world.options);
  ASSERT_TRUE(opened.has_value());
  Store& store = **opened;
  const std::int64_t right = world.clock.system_ms;
  world.clock.system_ms += std::int64_t{366} * 86'400'000;
  const auto made = commit(store, create("Ada"));
  for (int i = 0; i < 30; ++i) commit(store, change_nothing(made.customer.id, key_of("k-" + std::to_string(i))));
  world.clock.system_ms = right;
  store.confirm_clock(timestamp_from_ms(right), Time(milliseconds(world.clock.mono_ms)));
  commit(store, create("Bea"));  // found among the oldest and dated now
  commit(store, create("Bea"));
  EXPECT_EQ(*world.raw()->integer_of("SELECT count(*) FROM answers"), 30);  // kept for as long as promised
  world.clock.advance(milliseconds(world.options.answers_kept) + seconds(60));
  for (int i = 0; i < 3; ++i) commit(store, create("Bea"));
  EXPECT_LT(*world.raw()->integer_of("SELECT count(*) FROM answers"), 30);
}

TEST(Once, ALateRepeatOfAWriteThatChangedNothingUndoesNobodysWrite) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada"));
  const auto nothing = commit(*store, update(made.customer.id, Field::first_name, "Ada", key_of("p-1")));
  EXPECT_EQ(nothing.seq, made.seq);
  EXPECT_EQ(nothing.customer, made.customer);
  commit(*store, update(made.customer.id, Field::first_name, "Bea"));
  const auto again = commit(*store, update(made.customer.id, Field::first_name, "Ada", key_of("p-1")));
  EXPECT_TRUE(again.is_replay);
  EXPECT_EQ(again.customer, nothing.customer);
  auto now = ask(*store, GetCustomer{made.customer.id});
  EXPECT_EQ((*now)->customer.text(Field::first_name), "Bea");
}

TEST(Once, AChangesIdIsNoCustomers) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada", key_of("k-1")));
  auto change = **change_at(*world.raw(), made.seq);
  EXPECT_EQ(change.envelope.change_id, change_id_of(key_of("k-1")));
  EXPECT_EQ(made.customer.id, customer_id_of(key_of("k-1")));
  auto found = ask(*store, GetCustomer{CustomerId(change.envelope.change_id)});
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->has_value());
}

}  // namespace
}  // namespace tillgate
