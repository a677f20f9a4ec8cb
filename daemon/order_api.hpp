// What the store's terminals call about orders: placed or gone on with, tried beforehand, read, changed and moved, listed.
// Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

// Registers the routes; `gateway` outlives the router.
void add_order_api(Router& router, Gateway& gateway);

}  // namespace tillgate
