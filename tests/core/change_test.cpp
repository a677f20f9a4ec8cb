#include "core/change.hpp"

#include <gtest/gtest.h>

#include "tests/core/change_samples.hpp"

namespace tillgate {
namespace {

TEST(Chain, IsTheHashOverPreviousEnvelopeAndPayload) {
  const Digest previous = hash_of("previous"), payload = hash_of("payload"), envelope = hash_of("envelope");
  const auto text = [](const Digest& digest) { return std::string(digest.bytes.begin(), digest.bytes.end()); };
  EXPECT_EQ(chain(previous, "envelope", payload), hash_of(text(previous) + text(envelope) + text(payload)));
  EXPECT_NE(chain(Digest{}, "envelope", payload), chain(previous, "envelope", payload));
}

}  // namespace
}  // namespace tillgate
