#include "core/codec.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <limits>

#include "tests/core/golden.hpp"

namespace tillgate {
namespace {

std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto found = text.find(from);
  EXPECT_NE(found, std::string::npos) << from;
  return text.replace(found, from.size(), to);
}

std::string packed(const std::string& text) {
  std::string bytes(ZSTD_compressBound(text.size()), '\0');
  bytes.resize(ZSTD_compress(bytes.data(), bytes.size(), text.data(), text.size(), 3));
  return bytes;
}

// A frame that does not say how much it holds.
std::string packed_without_size(const std::string& text) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::string bytes(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_outBuffer out{bytes.data(), bytes.size(), 0};
  // A flush in the middle: by then the frame's header is written, and the size still unknown.
  ZSTD_inBuffer begin{text.data(), text.size() / 2, 0}, end{text.data() + begin.size, text.size() - begin.size, 0};
  while (ZSTD_compressStream2(context, &out, &begin, ZSTD_e_flush) != 0) {
  }
  while (ZSTD_compressStream2(context, &out, &end, ZSTD_e_end) != 0) {
  }
  ZSTD_freeCCtx(context);
  bytes.resize(out.pos);
  return bytes;
}

Errc refusal(const Result<UpBatch>& result) {
  EXPECT_FALSE(result);
  return result ? Errc::corrupt : result.error().code;
}

// A batch of `count` changes with this payload in each.
UpBatch batch_of(std::int64_t count, const std::string& payload = R"({"salt":"00000000000000000000000000000000"})") {
  UpBatch batch = golden::batch();
  batch.header.root.reset();
  batch.header.first = 10;
  batch.header.last = 9 + count;
  batch.body.clear();
  for (std::int64_t i = 0; i < count; ++i) batch.body += "{}\n" + payload + "\n";
  return batch;
}

TEST(BatchCodec, ShortBatchesTravelAsTextAndLongOnesPacked) {
  const Encoded small = encode(golden::opening());
  EXPECT_LT(small.bytes.size(), kCompressFrom);
  EXPECT_EQ(small.content_encoding, "");
  EXPECT_EQ(small.content_type, kBatchContentType);
  EXPECT_EQ(decode_up_batch(small.bytes, "").value(), golden::opening());

  const Encoded large = encode(golden::batch());
  EXPECT_EQ(large.content_encoding, "zstd");
  EXPECT_EQ(decode_up_batch(large.bytes, "zstd").value(), golden::batch());
  EXPECT_LT(large.bytes.size(), to_ndjson(golden::batch()).size());
}

TEST(BatchCodec, TheBodyTravelsByteForByte) {
  UpBatch batch = golden::batch();
  batch.body = "{ \"any\" : \"spelling\u2028\" }\n{\"of\":\"JSON\"}\n";
  batch.header.last = 1;
  EXPECT_EQ(decode_up_batch(to_ndjson(batch), "")->body, batch.body);
}

TEST(BatchCodec, UnpacksAFrameThatDoesNotSayItsSize) {
  EXPECT_EQ(decode_up_batch(packed_without_size(to_ndjson(golden::batch())), "zstd").value(), golden::batch());
}

TEST(BatchCodec, RefusesAnUnknownPacking) {
  EXPECT_EQ(refusal(decode_up_batch(to_ndjson(golden::batch()), "gzip")), Errc::unsupported);
}

TEST(BatchCodec, RefusesToUnpackMoreThanTheLimit) {
  UpBatch batch = batch_of(1, std::string(kUnpackedBytesMax, ' '));
  EXPECT_EQ(refusal(decode_up_batch(packed(to_ndjson(batch)), "zstd")), Errc::invalid) << "announced";
  EXPECT_EQ(refusal(decode_up_batch(packed_without_size(to_ndjson(batch)), "zstd")), Errc::invalid) << "found out on the way";
  EXPECT_EQ(refusal(decode_up_batch(to_ndjson(batch), "")), Errc::invalid);
  const std::string bomb = packed_without_size(std::string(64 << 20, ' '));
  EXPECT_LT(bomb.size(), 64U * 1024);
  EXPECT_EQ(refusal(decode_up_batch(bomb, "zstd")), Errc::invalid);
}

TEST(BatchCodec, TakesExactlyTheLimit) {
  UpBatch batch = batch_of(1, "");
  const std::size_t room = kUnpackedBytesMax - to_ndjson(batch).size();
  batch = batch_of(1, std::string(room, ' '));
  ASSERT_EQ(to_ndjson(batch).size(), kUnpackedBytesMax);
  EXPECT_TRUE(decode_up_batch(packed(to_ndjson(batch)), "zstd"));
  EXPECT_TRUE(decode_up_batch(to_ndjson(batch), ""));
}

TEST(BatchCodec, RefusesADamagedOrDecoratedFrame) {
  const std::string frame = packed(to_ndjson(golden::batch()));
  for (const std::string& bytes : {std::string(), frame.substr(0, frame.size() - 1), frame + "x", frame + frame, "x" + frame,
                                   std::string("\x50\x2a\x4d\x18\x00\x00\x00\x00", 8) + frame, to_ndjson(golden::batch())}) {
    EXPECT_EQ(refusal(decode_up_batch(bytes, "zstd")), Errc::invalid);
  }
}

TEST(BatchCodec, RefusesWhatIsNoText) {
  const std::string text = to_ndjson(golden::batch());
  for (const std::string& changed :
       {with(text, "\n", "\r\n"), with(text, "Ren", std::string("R\0n", 3)), with(text, "Ren", "R\xff"),
        with(text, "Ren", "R\x1b"), std::string(), text.substr(0, text.find('\n'))}) {
    EXPECT_EQ(refusal(decode_up_batch(changed, "")), Errc::invalid);
  }
}

TEST(BatchCodec, TheNumberOfLinesMustMatchTheHeader) {
  const std::string text = to_ndjson(golden::batch());
  EXPECT_EQ(refusal(decode_up_batch(text + "{}\n{}\n", "")), Errc::invalid);
  EXPECT_EQ(refusal(decode_up_batch(text + "\n", "")), Errc::invalid);
  EXPECT_EQ(refusal(decode_up_batch(text + "x", "")), Errc::invalid);
  EXPECT_EQ(refusal(decode_up_batch(text.substr(0, text.size() - 1), "")), Errc::invalid);
  EXPECT_EQ(refusal(decode_up_batch(with(text, R"("last":3)", R"("last":2)"), "")), Errc::invalid);
}

TEST(BatchCodec, TakesAtMostTheAllowedNumberOfChanges) {
  EXPECT_TRUE(decode_up_batch(to_ndjson(batch_of(500)), ""));
  EXPECT_EQ(refusal(decode_up_batch(to_ndjson(batch_of(501)), "")), Errc::invalid);
}

TEST(BatchCodec, RefusesImpossibleHeaders) {
  const std::string text = to_ndjson(golden::batch());
  const std::string big = std::to_string(std::numeric_limits<std::int64_t>::max());
  for (const auto& changed : {with(text, R"("first":1)", R"("first":0)"),
                              with(text, R"("first":1)", R"("first":-5)"),
                              with(text, R"("first":1,"last":3)", R"("first":)" + big + R"(,"last":)" + big),
                              with(text, R"("last":3)", R"("last":-9223372036854775808)"),
                              with(text, R"("last":3)", R"("last":)" + big),
                              with(text, R"("last":3)", R"("last":3.5)"),
                              with(text, R"("last":3)", R"("last":92233720368547758080)"),
                              with(text, R"("first":1,"last":3)", R"("first":3,"last":1)"),
                              with(text, R"("v":1)", R"("v":0)"),
                              with(text, R"("v":1,)", ""),
                              with(text, R"("v":1)", R"("v":1,"v":1)"),
                              with(text, R"("org":"acme")", R"("org":"a/b")"),
                              with(text, R"("org":"acme")", R"("org":"#")"),
                              with(text, R"("org":"acme",)", ""),
                              with(text, R"("prev":"00)", R"("prev":"0)"),
                              with(text, R"("replaces":null)", R"("replaces":"x")"),
                              with(text, R"("replaces":null,)", ""),
                              with(text, R"("seq":0)", R"("seq":1)"),
                              with(text, R"("seq":0)", R"("seq":-1)"),
                              with(text, R"("root":{)", R"("root":[{)"),
                              with(text, R"("now":"2026)", R"("now":"1026)")}) {
    EXPECT_EQ(refusal(decode_up_batch(changed, "")), Errc::invalid) << changed.substr(0, changed.find('\n'));
  }
}

TEST(BatchCodec, ARootMustSayWhatFirstAndPrevSay) {
  const UpBatch good = golden::opening();
  ASSERT_TRUE(decode_up_batch(to_ndjson(good), ""));
  UpBatch elsewhere = good;
  elsewhere.header.root->after.seq = 2;
  EXPECT_EQ(refusal(decode_up_batch(to_ndjson(elsewhere), "")), Errc::invalid);
  UpBatch other = good;
  other.header.root->after.digest = hash_of("x");
  EXPECT_EQ(refusal(decode_up_batch(to_ndjson(other), "")), Errc::invalid);
}

TEST(BatchCodec, FromTheFutureIsUnsupported) {
  const std::string text = to_ndjson(golden::batch());
  EXPECT_EQ(refusal(decode_up_batch(with(text, R"("v":1)", R"("v":2)"), "")), Errc::unsupported);
  EXPECT_EQ(refusal(decode_up_batch(with(text, R"("v":1)", R"("v":1,"sig":"x")"), "")), Errc::unsupported);
}

TEST(BatchCodec, AnEmptyBatchMayNotMoveTheDigest) {
  UpBatch batch = golden::opening();
  batch.header.digest = hash_of("x");
  EXPECT_EQ(refusal(decode_up_batch(to_ndjson(batch), "")), Errc::invalid);
}

TEST(Split, GivesTheExactLinesAndTheirHashes) {
  const UpBatch batch = golden::batch();
  const auto changes = split(batch);
  ASSERT_TRUE(changes);
  ASSERT_EQ(changes->size(), 3U);
  std::string again;
  for (const auto& change : *changes) {
    again += std::string(change.envelope) + "\n" + std::string(*change.payload) + "\n";
    EXPECT_EQ(change.payload_hash, hash_of(*change.payload));
  }
  EXPECT_EQ(again, batch.body);
}

TEST(Split, AChangeWithoutItsPayloadCarriesTheHashAndTheChainStillHolds) {
  UpBatch batch = golden::batch();
  const auto whole = split(batch);
  const std::string payload(*whole->at(1).payload);
  UpBatch bare = batch;
  bare.body = with(batch.body, payload, R"({"payload_hash":")" + hash_of(payload).text() + R"("})");
  const auto changes = split(bare);
  ASSERT_TRUE(changes);
  EXPECT_FALSE(changes->at(1).payload);
  EXPECT_EQ(changes->at(1).payload_hash, hash_of(payload));
  EXPECT_EQ(verify(bare.header, *changes).value(), verify(batch.header, *whole).value());
}

TEST(Split, RefusesWhatIsNoRunOfChanges) {
  const auto refuses = [](const std::string& body, std::int64_t count) {
    UpBatch batch = batch_of(count);
    batch.body = body;
    const auto result = split(batch);
    EXPECT_FALSE(result) << body.substr(0, 100);
    return !result;
  };
  EXPECT_TRUE(refuses("{}\n", 1));
  EXPECT_TRUE(refuses("{}\n{}", 1));
  EXPECT_TRUE(refuses("{}\n{}\n", 2));
  EXPECT_TRUE(refuses("{}\n{}\n{}\n{}\n", 1));
  EXPECT_TRUE(refuses("\n\n", 1));
  EXPECT_TRUE(refuses("{}\n{\"payload_hash\":\"00\"}\n", 1));
  EXPECT_TRUE(refuses("{}\n{\"payload_hash\":\"" + std::string(64, 'g') + "\"}\n", 1));
  EXPECT_TRUE(refuses("{}\n" + std::string(kPayloadBytesMax + 1, 'x') + "\n", 1));
  EXPECT_TRUE(refuses(batch_of(501).body, 501));
}

TEST(Verify, GivesTheDigestAfterEachChange) {
  const UpBatch batch = golden::batch();
  const auto digests = verify(batch.header, split(batch).value());
  ASSERT_TRUE(digests);
  ASSERT_EQ(digests->size(), 3U);
  EXPECT_EQ(digests->back(), batch.header.digest);
  EXPECT_TRUE(verify(golden::opening().header, {})->empty());
}

TEST(Verify, RefusesAChainThatDoesNotLeadToTheHeader) {
  const UpBatch batch = golden::batch();
  for (std::size_t at = 0; at < batch.body.size(); ++at) {
    if (batch.body[at] == '\n') continue;
    UpBatch changed = batch;
    changed.body[at] = changed.body[at] == 'x' ? 'y' : 'x';
    const auto changes = split(changed);
    if (!changes) continue;
    const auto digests = verify(changed.header, *changes);
    ASSERT_FALSE(digests) << "a changed byte at " << at;
    EXPECT_EQ(digests.error().code, Errc::invalid);
  }
  BatchHeader header = batch.header;
  header.prev = hash_of("x");
  EXPECT_FALSE(verify(header, split(batch).value()));
}

TEST(AckCodec, RoundTrips) {
  EXPECT_EQ(decode_ack(encode(golden::ack()).bytes).value(), golden::ack());
  EXPECT_EQ(decode_ack(encode(golden::gap()).bytes).value(), golden::gap());
  EXPECT_EQ(encode(golden::ack()).content_type, kJsonContentType);
  Ack nothing_yet = golden::ack();
  nothing_yet.upto = Position{};
  EXPECT_EQ(decode_ack(encode(nothing_yet).bytes).value(), nothing_yet) << "knows the epoch, has no row of it";
}

TEST(AckCodec, RefusesWhatIsMalformedOrFromTheFuture) {
  const std::string text = encode(golden::ack()).bytes;
  const std::string digest = R"(,"digest":")" + golden::ack().upto->digest.text() + R"(")";
  for (const auto& changed :
       {with(text, R"("seq":3)", R"("seq":-1)"), with(text, R"("seq":3)", R"("seq":null)"),
        with(text, R"("seq":3)", R"("seq":0)"), with(encode(golden::gap()).bytes, R"("gap":true)", R"("gap":false)"),
        with(text, R"("seq":3)", R"("seq":"3")"), with(text, digest, ""), with(text, R"("gap":false)", R"("gap":0)"),
        with(text, R"("store":"store-7")", R"("store":"Store 7")"), with(text, R"("epoch":"3f)", R"("epoch":"3F)"), text + text,
        std::string(5000, ' '), std::string("[]")}) {
    const auto read = decode_ack(changed);
    ASSERT_FALSE(read) << changed;
    EXPECT_EQ(read.error().code, Errc::invalid) << changed;
  }
  EXPECT_EQ(decode_ack(with(text, R"("v":1)", R"("v":2)")).error().code, Errc::unsupported);
  EXPECT_EQ(decode_ack(with(text, R"("v":1)", R"("v":1,"mark":"x")")).error().code, Errc::unsupported);
}

TEST(AckCodec, IsForTheStoreThatItNames) {
  const std::string text = encode(golden::ack()).bytes;
  EXPECT_EQ(decode_ack(text, StoreId{"store-7"}).value(), golden::ack());
  EXPECT_EQ(decode_ack(text, StoreId{"store-8"}).error().code, Errc::invalid);
}

TEST(StatusCodec, RoundTripsAndTheWillSaysOnlyThatItIsOver) {
  EXPECT_EQ(decode_status(encode(golden::status()).bytes).value(), golden::status());
  EXPECT_EQ(decode_status(encode(golden::will()).bytes).value(), golden::will());
  EXPECT_EQ(encode(golden::will()).bytes, R"({"v":1,"online":false,"n":4,"epoch":"3f6c2b1a-9d47-4c8e-a1b2-0c3d4e5f6a7b"})");
}

TEST(StatusCodec, KeepsARootThatReplacesAnotherEpoch) {
  Status status = golden::status();
  status.root = golden::opening().header.root;
  status.epoch = status.root->epoch;
  EXPECT_EQ(decode_status(encode(status).bytes).value(), status);
}

TEST(StatusCodec, RefusesWhatIsMalformedOrFromTheFuture) {
  const std::string text = encode(golden::status()).bytes;
  for (const auto& changed :
       {with(text, R"("online":true)", R"("online":1)"), with(text, R"("n":4)", R"("n":-4)"),
        with(text, R"("head":3)", R"("head":-3)"), with(text, R"("clock":"confirmed")", R"("clock":"fine")"),
        with(text, R"("software":")", R"("software":[],"x":")"), text + "}"}) {
    const auto read = decode_status(changed);
    ASSERT_FALSE(read) << changed;
    EXPECT_EQ(read.error().code, Errc::invalid) << changed;
  }
  EXPECT_EQ(decode_status(with(text, R"("v":1)", R"("v":7)")).error().code, Errc::unsupported);
  EXPECT_EQ(decode_status(with(text, R"("v":1)", R"("v":1,"mood":"good")")).error().code, Errc::unsupported);
}

TEST(Topic, BuildsAndParsesItsNames) {
  Topic topic;
  topic.org.value = "acme";
  topic.store.value = "store-7";
  EXPECT_EQ(topic.up_batch(), "tillgate/v1/acme/store-7/up/batch");
  for (const auto& [name, rest] :
       {std::pair{topic.status(), "status"}, {topic.up_batch(), "up/batch"}, {topic.down_ack(), "down/ack"}}) {
    const auto parsed = Topic::parse("tillgate/v1", name);
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(parsed->org, topic.org);
    EXPECT_EQ(parsed->store, topic.store);
    EXPECT_EQ(parsed->rest, rest);
  }
}

TEST(Topic, RefusesWhatIsNotOurs) {
  for (const std::string& topic :
       {std::string(), std::string("tillgate/v1"), std::string("tillgate/v1/"), std::string("tillgate/v1/acme"),
        std::string("tillgate/v1/acme/s"), std::string("tillgate/v1/acme/s/"), std::string("tillgate/v2/acme/s/status"),
        std::string("tillgate/v10/acme/s/status"), std::string("tillgate/v1x/acme/s/status"),
        std::string("tillgate/v1//s/status"), std::string("tillgate/v1/acme//status"), std::string("tillgate/v1/Acme/s/status"),
        std::string("tillgate/v1/acme/+/status"), std::string("tillgate/v1/acme/s/#"),
        std::string("tillgate/v1/acme/s/up\nbatch"), std::string("$SYS/tillgate/v1/acme/s/status"),
        "tillgate/v1/acme/s/" + std::string(200, 'a')}) {
    EXPECT_FALSE(Topic::parse("tillgate/v1", topic)) << topic;
  }
}

}  // namespace
}  // namespace tillgate
