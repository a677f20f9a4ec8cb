#include "core/change.hpp"

namespace tillgate {

Digest chain(const Digest& previous, std::string_view envelope, const Digest& payload_hash) {
  Hasher hasher;
  return hasher.add(previous.bytes).add(hash_of(envelope).bytes).add(payload_hash.bytes).finish();
}

}  // namespace tillgate
