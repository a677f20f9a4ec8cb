// Who is calling: a bearer token for terminals, the kernel's word (peer uid) on the admin socket. Default deny: whoever is not
// known is Role::nobody, and the router refuses. Tokens live as BLAKE2b-256 hashes in the config; a token is 256 random bits, so
// a plain hash is enough (there is nothing to guess).
// Immutable after construction.
#pragma once

#include <map>

#include "core/bytes.hpp"
#include "daemon/config.hpp"
#include "service/router.hpp"

namespace tillgate {

class Auth {
 public:
  explicit Auth(const Config& config);
  [[nodiscard]] Caller identify(const HttpRequest& request) const;

 private:
  // Looked up by hash, so the time it takes says nothing about how much of a token was right.
  std::map<Digest, Caller> terminals_;
};

}  // namespace tillgate
