// Bytes that exist in ledgers and on the wire must be readable, and be written the same way, for ever.
#include <gtest/gtest.h>

#include <sstream>

#include "core/customer_state.hpp"
#include "tests/core/golden.hpp"

namespace tillgate {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Golden, LedgerRowsAreWrittenByteForByteAsEver) {
  const auto lines = lines_of(golden::file("ledger.ndjson"));
  const auto rows = golden::ledger();
  ASSERT_EQ(lines.size(), 2 * rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(encode(rows[i].envelope), lines[2 * i]);
    EXPECT_EQ(encode(rows[i].payload, rows[i].envelope.version), lines[2 * i + 1]);
  }
}

TEST(Golden, LedgerRowsAreReadAsEver) {
  const auto lines = lines_of(golden::file("ledger.ndjson"));
  const auto rows = golden::ledger();
  ASSERT_EQ(lines.size(), 2 * rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(decode_envelope(lines[2 * i]).value(), rows[i].envelope);
    EXPECT_EQ(decode_payload(lines[2 * i + 1], rows[i].envelope).value(), rows[i].payload);
  }
}

// ledger.digests was computed by verify.py, which knows nothing of this code.
TEST(Golden, DigestsAreThoseOfAnotherImplementation) {
  const auto lines = lines_of(golden::file("ledger.ndjson")), digests = lines_of(golden::file("ledger.digests"));
  ASSERT_EQ(lines.size(), 2 * digests.size());
  Digest digest;
  for (std::size_t i = 0; i < digests.size(); ++i) {
    const Digest payload_hash = hash_of(lines[2 * i + 1]);
    digest = chain(digest, lines[2 * i], payload_hash);
    EXPECT_EQ(payload_hash.text() + " " + digest.text(), digests[i]);
  }
}

TEST(Golden, BatchesAreWrittenAndReadAsEver) {
  EXPECT_EQ(to_ndjson(golden::batch()), golden::file("batch.ndjson"));
  EXPECT_EQ(decode_up_batch(golden::file("batch.ndjson"), "").value(), golden::batch());
  EXPECT_EQ(decode_up_batch(golden::file("batch.ndjson.zst"), "zstd").value(), golden::batch());
  EXPECT_EQ(encode(golden::opening()).bytes, golden::file("opening.ndjson"));
  EXPECT_EQ(decode_up_batch(golden::file("opening.ndjson"), "").value(), golden::opening());
}

TEST(Golden, AcksAndStatusAreWrittenAndReadAsEver) {
  EXPECT_EQ(encode(golden::ack()).bytes + "\n", golden::file("ack.json"));
  EXPECT_EQ(decode_ack(golden::file("ack.json")).value(), golden::ack());
  EXPECT_EQ(encode(golden::gap()).bytes + "\n", golden::file("gap.json"));
  EXPECT_EQ(decode_ack(golden::file("gap.json")).value(), golden::gap());
  EXPECT_EQ(encode(golden::status()).bytes + "\n", golden::file("status.json"));
  EXPECT_EQ(decode_status(golden::file("status.json")).value(), golden::status());
  EXPECT_EQ(encode(golden::will()).bytes + "\n", golden::file("will.json"));
  EXPECT_EQ(decode_status(golden::file("will.json")).value(), golden::will());
}

TEST(Golden, TheStateAfterThoseChangesIsAsEver) {
  EXPECT_EQ(encode_state(golden::customer()) + "\n", golden::file("state.json"));
  EXPECT_EQ(decode_state(golden::file("state.json")).value(), golden::customer());
}

}  // namespace
}  // namespace tillgate
