// Many customers in one request: each item is a write by itself, committed and answered by itself, so that one bad item costs no good
// one. They share what a group of commits shares anyhow: few flushes. Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

inline constexpr std::size_t kBatchItemsMax = 1000;

// Registers the route; `gateway` outlives the router.
void add_batch_api(Router& router, Gateway& gateway);

}  // namespace tillgate
