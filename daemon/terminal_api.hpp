// What the store's terminals call: customers are created, read, changed and listed. A handler parses, runs one command or query
// and renders; everything that can go wrong is an Error and becomes a problem in one place.
// Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

// Registers the routes; `gateway` outlives the router.
void add_terminal_api(Router& router, Gateway& gateway);

}  // namespace tillgate
