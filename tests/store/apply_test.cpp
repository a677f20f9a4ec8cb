// What each command does, and what repeating it does not.
#include "store/apply.hpp"

#include <map>
#include <thread>

#include "core/codec.hpp"
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

TEST(Update, ChecksTheStateThatItsAuthorSaw) {
  World world;
  auto store = world.open();
  const auto made = commit(*store, create("Ada"));
  auto change = update(made.customer.id, Field::phone, "+15035550100", key_of("p-1"));
  change.if_match = made.etag;
  const auto changed = commit(*store, change);
  EXPECT_EQ(changed.seq, 2);
  EXPECT_NE(changed.etag, made.etag);

  auto late = update(made.customer.id, Field::phone, "+15035550111", key_of("p-2"));
  late.if_match = made.etag;
  auto outcome = run(*store, late);
  ASSERT_TRUE(outcome.has_value() && std::holds_alternative<StaleWrite>(*outcome));
  EXPECT_EQ(std::get<StaleWrite>(*outcome).current, changed.customer);
  EXPECT_EQ(std::get<StaleWrite>(*outcome).etag, changed.etag);
  EXPECT_EQ(figures(*store).ledger_rows, 2);

  // The repeat names a state that it replaced itself: the key decides before If-Match does.
  EXPECT_TRUE(commit(*store, change).is_replay);
}

TEST(Update, ARefusalHarmsNobodyElseInItsGroup) {
  World world;
  auto store = world.open();
  std::promise<void> all;
  std::vector<Result<CommandOutcome>> outcomes;
  const auto note = [&](Result<CommandOutcome> outcome) {
    outcomes.push_back(std::move(outcome));
    if (outcomes.size() == 4) all.set_value();
  };
  auto large = create("Large");
  for (std::size_t i = 0; i < 40; ++i) large.patch.tags_added.push_back("tag" + std::to_string(i) + std::string(2000, 't'));
  std::promise<void> go;
  auto gate = go.get_future().share();
  ASSERT_TRUE(store->ping_writer([gate] { gate.wait(); }));  // so that the four make one group
  ASSERT_TRUE(store->submit(create("Ada"), note));
  ASSERT_TRUE(store->submit(large, note));
  ASSERT_TRUE(store->submit(update(CustomerId{}, Field::first_name, "Nobody"), note));
  ASSERT_TRUE(store->submit(create("Bea"), note));
  go.set_value();
  ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  ASSERT_TRUE(outcomes[0].has_value() && outcomes[3].has_value());
  ASSERT_FALSE(outcomes[1].has_value());
  EXPECT_EQ(outcomes[1].error().code, Errc::invalid);
  EXPECT_TRUE(outcomes[1].error().what.starts_with("payload_too_large"));
  ASSERT_FALSE(outcomes[2].has_value());
  EXPECT_EQ(outcomes[2].error().code, Errc::not_found);
  EXPECT_EQ(std::get<Committed>(*outcomes[3]).seq, 2);
  EXPECT_EQ(figures(*store).customers, 2);
  EXPECT_TRUE(verify_chain(*world.raw(), 0).has_value());
}

TEST(Update, MoreTagsThanARecordCanHoldAreRefused) {
  World world;
  auto store = world.open();
  auto command = create("Ada");
  for (std::size_t i = 0; i < kTagsMax; ++i) command.patch.tags_added.push_back("t" + std::to_string(i));
  const auto made = commit(*store, command);
  UpdateCustomer more;
  more.id = made.customer.id;
  more.patch.tags_added = {"one-more"};
  auto outcome = run(*store, more);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, Errc::invalid);
  more.patch.tags_removed = {"t0"};
  EXPECT_EQ(commit(*store, more).seq, 2);
}

TEST(Update, NamesItsAuthorInTheEnvelopeAndNotInThePayload) {
  World world;
  auto store = world.open();
  auto command = create("Ada");
  command.actor = Actor{"till-9", "p-4", "manager"};
  command.reason = "signup";
  command.correlation_id = "c-77";
  const auto made = commit(*store, command);
  auto change = change_at(*world.raw(), made.seq);
  ASSERT_TRUE(change.has_value() && change->has_value());
  const auto& envelope = (*change)->envelope;
  EXPECT_EQ(envelope.entity, "customer");
  EXPECT_EQ(envelope.kind, "create");
  EXPECT_EQ(envelope.source, "local");
  EXPECT_EQ(envelope.key, made.customer.id);
  EXPECT_EQ(envelope.terminal, "till-9");
  EXPECT_EQ(envelope.person, "p-4");
  EXPECT_EQ(envelope.role, "manager");
  EXPECT_EQ(envelope.reason, "signup");
  EXPECT_EQ(envelope.correlation_id, "c-77");
  EXPECT_TRUE(envelope.clock_confirmed);
  EXPECT_EQ(envelope.version, made.customer.newest());
}

TEST(SealedNumbers, AreNowhereInTheFiles) {
  World world;
  auto store = world.open();
  auto command = create("Zq7CANARYname");
  command.patch.fields.emplace_back(Field::licence_number, "Zq7CANARYlicence");
  command.patch.fields.emplace_back(Field::medical_number, "Zq7CANARYmedical");
  const auto made = commit(*store, command);
  EXPECT_EQ(*store->sealer().open(made.customer.id, Field::licence_number, made.customer.text(Field::licence_number)),
            "Zq7CANARYlicence");
  commit(*store, update(made.customer.id, Field::licence_number, "Zq7CANARYother"));
  const auto scan = [&] {
    const std::string all = bytes_of_folder(world.options.file.parent_path());
    EXPECT_NE(all.find("Zq7CANARYname"), std::string::npos);  // the scan sees what is there
    EXPECT_EQ(all.find("Zq7CANARYlicence"), std::string::npos);
    EXPECT_EQ(all.find("Zq7CANARYmedical"), std::string::npos);
    EXPECT_EQ(all.find("ZQ7CANARYLICENCE"), std::string::npos);
    EXPECT_EQ(all.find("Zq7CANARYother"), std::string::npos);
  };
  scan();
  store.reset();
  scan();
}

TEST(SealedNumbers, TheSameNumberInAnySpellingIsNoChange) {
  World world;
  auto store = world.open();
  auto command = create("Ada");
  command.patch.fields.emplace_back(Field::licence_number, "ab 12-34");
  const auto made = commit(*store, command);
  EXPECT_EQ(commit(*store, update(made.customer.id, Field::licence_number, "AB1234")).seq, made.seq);
  const auto other = commit(*store, update(made.customer.id, Field::licence_number, "AB1235"));
  EXPECT_EQ(other.seq, made.seq + 1);
  EXPECT_EQ(commit(*store, update(made.customer.id, Field::licence_number, std::nullopt)).customer.text(Field::licence_number),
            "");
  EXPECT_EQ(*world.raw()->integer_of("SELECT count(*) FROM customers WHERE licence_index IS NOT NULL"), 0);
  EXPECT_EQ(commit(*store, update(made.customer.id, Field::licence_number, "AB1235")).seq, made.seq + 3);
}

TEST(Sealer, OpensOnlyWhatWasSealedForThisRecordAndField) {
  SealKeys keys;
  keys.id = "k1";
  keys.pii.fill(1);
  const Sealer sealer(keys);
  const CustomerId one(uuid_v4({1})), two(uuid_v4({2}));
  const std::array<std::uint8_t, 24> nonce{7};
  const std::string sealed = sealer.seal(one, Field::licence_number, "AB1234", nonce);
  EXPECT_TRUE(sealed.starts_with("s1.k1."));
  EXPECT_EQ(*sealer.open(one, Field::licence_number, sealed), "AB1234");
  EXPECT_EQ(*sealer.open(one, Field::licence_number, sealer.seal(one, Field::licence_number, "", nonce)), "");
  EXPECT_EQ(sealer.open(two, Field::licence_number, sealed).error().code, Errc::corrupt);
  EXPECT_EQ(sealer.open(one, Field::medical_number, sealed).error().code, Errc::corrupt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(sealer.open(one, Field::licence_number, damaged).has_value()) << i;
    EXPECT_FALSE(sealer.open(one, Field::licence_number, sealed.substr(0, i)).has_value()) << i;
  }
  // libsodium reads the byte 0xdf as '_'.
  const std::array<std::uint8_t, 24> high{0xff, 0xff, 0xff};
  std::string spelled = sealer.seal(one, Field::licence_number, "AB1234", high);
  ASSERT_EQ(spelled.substr(0, 10), "s1.k1.____");
  spelled[6] = static_cast<char>(0xdf);
  EXPECT_FALSE(sealer.open(one, Field::licence_number, spelled).has_value());
  keys.id = "k2";
  EXPECT_EQ(Sealer(keys).open(one, Field::licence_number, sealed).error().code, Errc::unavailable);
  EXPECT_EQ(sealer.blind_index(Field::licence_number, "ab 12-34"), sealer.blind_index(Field::licence_number, "AB1234"));
  EXPECT_NE(sealer.blind_index(Field::licence_number, "AB1234"), sealer.blind_index(Field::medical_number, "AB1234"));
}

Result<CommandOutcome> ack(Store& store, Position upto, bool may_go_back = false) {
  SaveAck command;
  command.feed = "head_office";
  command.ho_epoch = HoEpoch(uuid_v4({9}));
  command.upto = upto;
  command.may_go_back = may_go_back;
  return run(store, command);
}

Position position(Store& store, Seq seq) {
  return {seq, **ask(store, DigestAt{seq})};
}

TEST(Feed, MovesForwardOnly) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 5; ++i) {
    commit(*store, create("Ada"));
    world.clock.advance(seconds(10));
  }
  auto feed = ask(*store, ReadFeed{});
  EXPECT_EQ(feed->cursor, Position{});
  EXPECT_EQ(feed->behind, 5);
  EXPECT_FALSE(feed->ho_epoch.has_value());
  EXPECT_EQ(feed->oldest_waiting, timestamp_from_ms(world.clock.system_ms - 50'000));

  EXPECT_TRUE(std::holds_alternative<Done>(*ack(*store, position(*store, 3))));
  EXPECT_TRUE(ack(*store, position(*store, 2)).has_value());  // overtaken on the wire
  feed = ask(*store, ReadFeed{});
  EXPECT_EQ(feed->cursor, position(*store, 3));
  EXPECT_EQ(feed->behind, 2);
  EXPECT_EQ(feed->oldest_waiting, timestamp_from_ms(world.clock.system_ms - 20'000));
  EXPECT_EQ(feed->ho_epoch, HoEpoch(uuid_v4({9})));

  // A head office that was restored says how far it is, however low.
  EXPECT_TRUE(ack(*store, position(*store, 1), true).has_value());
  EXPECT_EQ(ask(*store, ReadFeed{})->cursor.seq, 1);
  EXPECT_TRUE(ack(*store, Position{}, true).has_value());
  EXPECT_EQ(ask(*store, ReadFeed{})->cursor, Position{});
  EXPECT_TRUE(ack(*store, position(*store, 5)).has_value());
  feed = ask(*store, ReadFeed{});
  EXPECT_EQ(feed->behind, 0);
  EXPECT_FALSE(feed->oldest_waiting.has_value());
  store.reset();
  EXPECT_EQ(ask(*world.open(), ReadFeed{})->cursor.seq, 5);
}

TEST(Feed, DoesNotTakeAPositionThatIsNotOurs) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  auto foreign = position(*store, 1);
  foreign.digest.bytes[0] ^= 1;
  EXPECT_EQ(ack(*store, foreign).error().code, Errc::conflict);
  EXPECT_EQ(ack(*store, Position{2, position(*store, 1).digest}).error().code, Errc::conflict);
  EXPECT_EQ(ask(*store, ReadFeed{})->cursor, Position{});
}

// Every byte of a batch as the far side checks it.
void expect_valid(const UpBatch& batch) {
  auto changes = split(batch);
  ASSERT_TRUE(changes.has_value());
  EXPECT_EQ(static_cast<std::int64_t>(changes->size()), batch.header.count());
  auto digests = verify(batch.header, *changes);
  EXPECT_TRUE(digests.has_value());
}

TEST(Batch, NeverCrossesAnEpoch) {
  World world;
  std::vector<EpochRoot> roots;
  for (int life = 0; life < 3; ++life) {
    auto store = world.open();
    roots.push_back(store->opened().path.current());
    for (int i = 0; i < 4; ++i) commit(*store, create("Ada"));
  }
  auto store = world.open();
  Seq after = 0;
  for (int life = 0; life < 3; ++life) {
    const auto batch = read_batch(*store, after);
    expect_valid(batch);
    EXPECT_EQ(batch.header.count(), 4);
    EXPECT_EQ(batch.header.epoch, roots[static_cast<std::size_t>(life)].epoch);
    EXPECT_EQ(batch.header.root, roots[static_cast<std::size_t>(life)]);
    const auto tail = read_batch(*store, after + 1);
    expect_valid(tail);
    EXPECT_EQ(tail.header.count(), 3);
    EXPECT_FALSE(tail.header.root.has_value());
    after += 4;
  }
  EXPECT_EQ(read_batch(*store, 12).header.count(), 0);
  ReadBatch beyond;
  beyond.after = 13;
  EXPECT_EQ(ask(*store, beyond).error().code, Errc::not_found);
}

TEST(Batch, KeepsItsLimitsAndTakesAtLeastOneChange) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 10; ++i) commit(*store, create("Ada"));
  EXPECT_EQ(read_batch(*store, 0, 3).header.last, 3);
  EXPECT_EQ(read_batch(*store, 0, 500, 10).header.last, 1);
  const auto some = read_batch(*store, 0, 500, 3000);
  EXPECT_GE(some.header.last, 2);
  EXPECT_LT(some.header.last, 10);
  EXPECT_LE(some.body.size(), 3000u);
  expect_valid(some);
}

TEST(Rechain, GivesTheSameRowsANewPlaceAndNothingElse) {
  World world;
  std::vector<EpochRoot> roots;
  std::vector<LedgerChange> before;
  for (int life = 0; life < 3; ++life) {
    auto store = world.open();
    roots.push_back(store->opened().path.current());
    for (int i = 0; i < 4; ++i) commit(*store, create("Ada" + std::to_string(i)));
  }
  for (Seq seq = 1; seq <= 12; ++seq) before.push_back(**change_at(*world.raw(), seq));
  auto store = world.open();
  ASSERT_TRUE(ack(*store, position(*store, 7)).has_value());
  const Position root = position(*store, 6);
  auto outcome = run(*store, Rechain{root});
  ASSERT_TRUE(outcome.has_value());
  const auto fresh = std::get<Rechained>(*outcome).root;
  EXPECT_EQ(fresh.replaces, roots[1].epoch);
  EXPECT_EQ(fresh.after, root);
  EXPECT_EQ(ask(*store, ReadFeed{})->cursor, root);  // it stood on a digest that is gone

  const auto batch = read_batch(*store, 6);
  expect_valid(batch);
  EXPECT_EQ(batch.header.epoch, fresh.epoch);
  EXPECT_EQ(batch.header.root, fresh);
  EXPECT_EQ(batch.header.last, 12);
  commit(*store, create("Bea"));
  EXPECT_EQ(read_batch(*store, 12).header.epoch, fresh.epoch);
  store.reset();
  {
    auto db = world.raw();
    EXPECT_TRUE(verify_chain(*db, 0).has_value());
    for (Seq seq = 1; seq <= 12; ++seq) {
      auto now = **change_at(*db, seq);
      const auto& was = before[static_cast<std::size_t>(seq - 1)];
      EXPECT_EQ(now.envelope.epoch, seq <= 4 ? roots[0].epoch : seq <= 6 ? roots[1].epoch : fresh.epoch);
      now.envelope.epoch = was.envelope.epoch;
      EXPECT_EQ(now.envelope, was.envelope);
      EXPECT_EQ(now.payload, was.payload);
      EXPECT_EQ(now.prior, was.prior);
    }
  }
  store = world.open();
  const auto& path = store->opened().path.roots();
  ASSERT_EQ(path.size(), 4u);  // the third life lost all its rows
  EXPECT_EQ(path[0], roots[0]);
  EXPECT_EQ(path[1], roots[1]);
  EXPECT_EQ(path[2], fresh);
  EXPECT_EQ(path[3].replaces, fresh.epoch);
}

TEST(Rechain, SaysNowAndThenThatItComesRound) {
  World world;
  std::atomic<int> signs{0};
  world.options.on_progress = [&] { ++signs; };
  auto store = world.open();
  for (int i = 0; i < 450; ++i) commit(*store, create("Ada"));
  EXPECT_EQ(signs, 0);
  ASSERT_TRUE(run(*store, Rechain{Position{}}).has_value());
  EXPECT_EQ(signs, 3) << "one per 200 rows: a long ledger must not look like a writer that hangs";
}

TEST(Rechain, AtTheHeadOnlyDrawsANewEpoch) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  const Position head = position(*store, 1);
  auto outcome = run(*store, Rechain{head});
  ASSERT_TRUE(outcome.has_value());
  const auto fresh = std::get<Rechained>(*outcome).root;
  const auto empty = read_batch(*store, 1);
  EXPECT_EQ(empty.header.count(), 0);
  EXPECT_EQ(empty.header.root, fresh);
  commit(*store, create("Bea"));
  expect_valid(read_batch(*store, 1));
  EXPECT_EQ(read_batch(*store, 1).header.root, fresh);
  EXPECT_EQ(read_batch(*store, 0).header.last, 1);
}

TEST(Rechain, FromTheVeryBeginning) {
  World world;
  auto store = world.open();
  for (int i = 0; i < 500; ++i) commit(*store, create("Ada"));
  auto outcome = run(*store, Rechain{Position{}});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_FALSE(std::get<Rechained>(*outcome).root.replaces.has_value());
  expect_valid(read_batch(*store, 0));
  EXPECT_EQ(read_batch(*store, 0).header.root, std::get<Rechained>(*outcome).root);
  store.reset();
  EXPECT_EQ(world.open()->opened().path.roots().size(), 2u);
  EXPECT_TRUE(verify_chain(*world.raw(), 0).has_value());
}

TEST(Rechain, RefusesARootThatIsNotOurs) {
  World world;
  auto store = world.open();
  commit(*store, create("Ada"));
  EXPECT_EQ(run(*store, Rechain{Position{1, Digest{}}}).error().code, Errc::conflict);
  EXPECT_EQ(run(*store, Rechain{Position{7, Digest{}}}).error().code, Errc::conflict);
  commit(*store, create("Bea"));
  EXPECT_EQ(read_batch(*store, 0).header.last, 2);
}

TEST(Chain, HoldsAfterRandomWork) {
  const std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  World world;
  std::map<CustomerId, Customer> model;
  std::vector<CustomerId> ids;
  for (int life = 0; life < 4; ++life) {
    auto store = world.open();
    for (int i = 0; i < 120; ++i) {
      world.clock.advance(milliseconds(random() % 1000));
      const auto dice = random() % 10;
      if (ids.empty() || dice < 3) {
        const auto made = commit(*store, create("N" + std::to_string(random() % 50)));
        ids.push_back(made.customer.id);
        model[made.customer.id] = made.customer;
      } else {
        UpdateCustomer change;
        change.id = ids[random() % ids.size()];
        if (dice < 7) change.patch.fields = {{Field::first_name, "M" + std::to_string(random() % 3)}};
        if (dice == 7) change.patch.consent = {{Purpose::sms, random() % 2 == 0}};
        if (dice == 8) change.patch.tags_added = {"t" + std::to_string(random() % 4)};
        if (dice == 9) change.patch.tags_removed = {"t" + std::to_string(random() % 4)};
        model[change.id] = commit(*store, change).customer;
      }
    }
    const auto head = figures(*store).head.seq;
    if (life == 2) {
      const auto root = static_cast<Seq>(random() % static_cast<std::uint64_t>(head));
      ASSERT_TRUE(run(*store, Rechain{position(*store, root)}).has_value());
    }
  }
  {
    auto db = world.raw();
    EXPECT_TRUE(verify_chain(*db, 0).has_value());
    EXPECT_EQ(*db->text_of("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(*db->integer_of("SELECT count(*) FROM customers"), *db->integer_of("SELECT max(customers) FROM ledger"));
  }
  auto store = world.open();
  auto db = world.raw();
  for (const auto& [id, customer] : model) {
    auto found = ask(*store, GetCustomer{id});
    ASSERT_TRUE(found.has_value() && found->has_value());
    EXPECT_EQ((*found)->customer, customer);
    auto rebuilt = customer_at(*db, id, (*found)->last_seq);
    ASSERT_TRUE(rebuilt.has_value());
    EXPECT_EQ(*rebuilt, customer);  // the ledger alone gives the same record
  }
  Seq after = 0;
  while (true) {
    const auto batch = read_batch(*store, after, 50);
    expect_valid(batch);
    if (batch.header.count() == 0) break;
    after = batch.header.last;
  }
  EXPECT_EQ(after, figures(*store).head.seq);
}

}  // namespace
}  // namespace tillgate
