// Every decoder against thousands of damaged inputs. Under AddressSanitizer a wrong read is a crash; here it must refuse, or
// read something that it writes and reads again without change.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/customer_state.hpp"
#include "core/json.hpp"
#include "core/order_text.hpp"
#include "core/random.hpp"
#include "tests/core/each_kind.hpp"
#include "tests/core/golden.hpp"
#include "tests/core/orders.hpp"

namespace tillgate {
namespace {

constexpr int kRounds = 20'000;

class Mutator {
 public:
  Mutator(std::uint64_t seed, std::vector<std::string> seeds) : random_(seed), seeds_(std::move(seeds)) {}

  std::string next() {
    std::string text = pick(seeds_);
    for (auto left = 1 + random_.below(4); left > 0; --left) mutate(text);
    if (text.size() > 2 * kUnpackedBytesMax) text.resize(2 * kUnpackedBytesMax);
    return text;
  }

 private:
  const std::string& pick(const std::vector<std::string>& from) { return from[random_.below(from.size())]; }
  std::size_t place(const std::string& text) { return random_.below(text.size() + 1); }

  void mutate(std::string& text) {
    static const std::vector<std::string> spices{"\"",
                                                 "{",
                                                 "}",
                                                 "[",
                                                 "]",
                                                 ",",
                                                 ":",
                                                 "\\",
                                                 "\n",
                                                 "\r",
                                                 std::string(1, '\0'),
                                                 "\xff",
                                                 "\xed\xa0\x80",
                                                 "null",
                                                 "true",
                                                 "-1",
                                                 "0",
                                                 "1e999",
                                                 "9223372036854775807",
                                                 "9223372036854775808",
                                                 "-9223372036854775809",
                                                 "\\u0000",
                                                 "\\ud800",
                                                 "{\"a\":1,\"a\":1}",
                                                 "\"salt\":",
                                                 "\"v\":2",
                                                 "\"first\":",
                                                 std::string(40, '['),
                                                 std::string(300, 'x'),
                                                 "@",
                                                 "pos:",
                                                 "ffffffffffffffff@pos:a",
                                                 "0000000000000000@pos:a"};
    switch (random_.below(7)) {
      case 0:  // flip bits
        if (!text.empty()) text[random_.below(text.size())] ^= static_cast<char>(1 << random_.below(8));
        break;
      case 1: text.resize(place(text)); break;  // cut
      case 2: text.insert(place(text), pick(spices)); break;
      case 3: {  // drop a piece
        const auto at = place(text);
        text.erase(at, random_.below(40));
        break;
      }
      case 4: {  // repeat a piece
        const auto at = place(text);
        const std::string piece = text.substr(at, random_.below(200));
        text.insert(place(text), piece);
        break;
      }
      case 5: {  // the end of something else
        const std::string& other = pick(seeds_);
        text = text.substr(0, place(text)) + other.substr(place(other));
        break;
      }
      case 6: {  // a member of something else
        const std::string& other = pick(seeds_);
        const auto at = place(other);
        text.insert(place(text), other.substr(at, random_.below(80)));
        break;
      }
    }
  }

  Random random_;
  std::vector<std::string> seeds_;
};

std::vector<std::string> texts() {
  std::vector<std::string> all{encode(golden::ack()).bytes,  encode(golden::gap()).bytes,      encode(golden::status()).bytes,
                               encode(golden::will()).bytes, encode_state(golden::customer()), to_ndjson(golden::batch()),
                               to_ndjson(golden::opening())};
  for (const auto& [envelope, payload] : golden::ledger()) {
    all.push_back(encode(envelope));
    all.push_back(encode(payload, envelope.version));
  }
  const Version version = golden::ledger()[0].envelope.version;
  const LinkAdd add{RecordPair::between(golden::kCustomer, CustomerId{}), version};
  for (const PersonChange& change : {PersonChange(Merge{add}), PersonChange(Unmerge{golden::kCustomer, {add}}),
                                     PersonChange(Choose{golden::kCustomer, {Field::phone}, version, {add}}),
                                     PersonChange(Erase{{golden::kCustomer, CustomerId{}}})})
    all.push_back(encode(Payload{change, {}}, version));
  all.push_back(encode(Payload{AuditNote{{{"rows", "200"}}}, {}}, version));
  return all;
}

template <class T>
bool reads_as(const Result<T>& read, const T& value) {
  return read.has_value() && *read == value;
}

// What is understood must be kept exactly: written again and read again it is the same value.
void feed_text(const std::string& text, int& understood) {
  (void)parse_json(text, kUnpackedBytesMax);
  if (const auto envelope = decode_envelope(text)) {
    ++understood;
    ASSERT_TRUE(reads_as(decode_envelope(encode(*envelope)), *envelope));
  }
  for (const Envelope& envelope : each_kind_of(golden::ledger()[0].envelope)) {
    const auto payload = decode_payload(text, envelope);
    if (!payload) continue;
    ++understood;
    ASSERT_TRUE(reads_as(decode_payload(encode(*payload, envelope.version), envelope), *payload));
  }
  if (const auto customer = decode_state(text)) {
    ++understood;
    ASSERT_TRUE(reads_as(decode_state(encode_state(*customer)), *customer));
  }
  if (const auto ack = decode_ack(text)) {
    ++understood;
    ASSERT_TRUE(reads_as(decode_ack(encode(*ack).bytes), *ack));
  }
  if (const auto status = decode_status(text)) {
    ++understood;
    const bool is_whole = status->is_online || status->now;
    if (is_whole) {
      ASSERT_TRUE(reads_as(decode_status(encode(*status).bytes), *status));
    }
  }
}

void feed_batch(const std::string& bytes, std::string_view packing, int& understood) {
  const auto batch = decode_up_batch(bytes, packing);
  if (!batch) return;
  ++understood;
  ASSERT_LE(batch->body.size(), kUnpackedBytesMax);
  ASSERT_LE(batch->header.count(), static_cast<std::int64_t>(kBatchChangesMax));
  ASSERT_TRUE(reads_as(decode_up_batch(to_ndjson(*batch), ""), *batch));
  const auto changes = split(*batch);
  if (!changes) return;
  (void)verify(batch->header, *changes);
  for (const auto& change : *changes) {
    const auto envelope = decode_envelope(change.envelope);
    if (envelope && change.payload) (void)decode_payload(*change.payload, *envelope);
  }
}

class Robustness : public ::testing::Test {
 protected:
  void announce(std::uint64_t seed) const { std::cout << "seed " << seed << "\n"; }
};

TEST_F(Robustness, DamagedTextsAreRefusedOrReadExactly) {
  const std::uint64_t seed = 20260410;
  announce(seed);
  Mutator mutator(seed, texts());
  int understood = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = mutator.next();
    feed_text(text, understood);
    if (HasFatalFailure()) FAIL() << "seed " << seed << " round " << round;
  }
  EXPECT_GT(understood, 100) << "the damage must be light enough to get past the first check";
  EXPECT_LT(understood, kRounds);
}

TEST_F(Robustness, DamagedBatchesAreRefusedOrReadExactly) {
  const std::uint64_t seed = 20260411;
  announce(seed);
  Mutator mutator(seed, {to_ndjson(golden::batch()), to_ndjson(golden::opening())});
  int understood = 0;
  for (int round = 0; round < kRounds; ++round) {
    feed_batch(mutator.next(), "", understood);
    if (HasFatalFailure()) FAIL() << "seed " << seed << " round " << round;
  }
  EXPECT_GT(understood, 100);
}

TEST_F(Robustness, DamagedFramesAreRefusedOrReadExactly) {
  const std::uint64_t seed = 20260412;
  announce(seed);
  UpBatch large = golden::batch();
  for (int i = 0; i < 5; ++i) large.body += large.body;
  large.header.last = large.header.first - 1 + 3 * 32;
  Mutator mutator(seed, {encode(golden::batch()).bytes, encode(large).bytes});
  int understood = 0;
  for (int round = 0; round < kRounds; ++round) {
    feed_batch(mutator.next(), "zstd", understood);
    if (HasFatalFailure()) FAIL() << "seed " << seed << " round " << round;
  }
}

TEST_F(Robustness, DamagedOrdersAreRefusedOrReadExactly) {
  const std::uint64_t seed = 20260415;
  announce(seed);
  const Version version = orders::at(3);
  const auto body_of = [&](const OrderChange& change) {
    JsonWriter json;
    json.begin_object();
    write_members(json, change, version);
    return json.end_object().take();
  };
  const auto change_in = [&](std::string_view text) -> Result<OrderChange> {
    const auto json = parse_json(text, kPayloadBytesMax);
    const auto* object = json ? json->as<Json::Object>() : nullptr;
    if (!object) return fail(Errc::invalid, "no object");
    JsonReader reader(*object);
    return read_order_change(reader, version);
  };
  orders::Generator generator(seed);
  std::vector<std::string> seeds;
  for (int i = 0; i < 20; ++i) {
    seeds.push_back(encode_order_state(generator.order()));
    seeds.push_back(body_of(generator.change_of_any_leaf()));
    OrderChange small;  // of which the damage leaves more whole
    small.lines.push_back({generator.some_key(), generator.some_line(), generator.version(), {}});
    seeds.push_back(body_of(small));
    Order order;
    merge(order, small);
    seeds.push_back(encode_order_state(order));
  }
  Mutator mutator(seed, seeds);
  int states = 0, changes = 0;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = mutator.next();
    if (const auto order = decode_order_state(text)) {
      ++states;
      ASSERT_TRUE(reads_as(decode_order_state(encode_order_state(*order)), *order)) << "seed " << seed << " round " << round;
    }
    if (const auto change = change_in(text)) {
      ++changes;
      ASSERT_TRUE(reads_as(change_in(body_of(*change)), *change)) << "seed " << seed << " round " << round;
    }
  }
  EXPECT_GT(states, 100);
  EXPECT_GT(changes, 100);
  EXPECT_LT(states + changes, kRounds);
}

TEST_F(Robustness, DamagedNamesAndTimesAreRefusedOrReadExactly) {
  const std::uint64_t seed = 20260413;
  announce(seed);
  const auto row = golden::ledger()[0].envelope;
  Mutator mutator(seed, {row.version.text(), row.version.hlc.text(), row.key.text(), to_text(row.recorded_at),
                         golden::batch().header.digest.text(), "tillgate/v1/acme/store-7/up/batch", "store-7"});
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = mutator.next();
    // What each reader makes of it, written again; the text itself where it was refused.
    const auto version = Version::from_text(text);
    const auto hlc = Hlc::from_text(text);
    const auto uuid = Uuid::from_text(text);
    const auto at = timestamp_from_text(text);
    const auto topic = Topic::parse("tillgate/v1", text);
    ASSERT_EQ(version ? version->text() : text, text) << "seed " << seed;
    ASSERT_EQ(hlc ? hlc->text() : text, text) << "seed " << seed;
    ASSERT_EQ(uuid ? uuid->text() : text, text) << "seed " << seed;
    ASSERT_EQ(at ? timestamp_from_text(to_text(*at)) : at, at) << "seed " << seed;
    ASSERT_EQ(topic ? "tillgate/v1/" + topic->org.value + "/" + topic->store.value + "/" + topic->rest : text, text)
        << "seed " << seed;
    (void)Digest::from_text(text);
    (void)is_name_id(text);
  }
}

// The validator sees what a terminal typed before anything else does.
TEST_F(Robustness, AnythingTypedIsNormalisedOrRefused) {
  const std::uint64_t seed = 20260414;
  announce(seed);
  Mutator mutator(seed, {"Ren\u00e9e", "ann@example.com", "+1 (415) 555-0101", "1990-02-28", "\u202eabc", "A\u0308\u0323",
                         "\u1112\u1161", "us", "on_hold", "\U0001f33f\u200d", "one\r\ntwo"});
  for (int round = 0; round < kRounds / 5; ++round) {
    const std::string text = mutator.next();
    Patch patch;
    for (const auto& spec : fields()) patch.fields.emplace_back(spec.field, text);
    patch.tags_added = {text, text.substr(0, text.size() / 2)};
    patch.pos_links = {{"treez", text}, {text, "1"}};
    const auto faults = normalise(patch, WriteKind::create);
    for (const auto& fault : faults)
      ASSERT_TRUE(is_utf8(fault.field + fault.code + fault.sentence)) << "seed " << seed << " round " << round;
    for (const auto& [field, value] : patch.fields) {
      if (!value) continue;
      Patch again;
      again.fields = {{field, value}};
      const bool was_faulty =
          std::any_of(faults.begin(), faults.end(), [f = field](const auto& fault) { return fault.field == spec_of(f).name; });
      if (was_faulty) continue;
      ASSERT_TRUE(normalise(again, WriteKind::update).empty()) << "seed " << seed << " round " << round;
      ASSERT_EQ(again.fields.front().second, value) << "a normal form is stable; seed " << seed << " round " << round;
    }
  }
}

}  // namespace
}  // namespace tillgate
