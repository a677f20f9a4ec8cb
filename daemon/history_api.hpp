// What happened to a customer, why each field shows what it shows, and taking a change back. Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

// Registers the routes; `gateway` outlives the router.
void add_history_api(Router& router, Gateway& gateway);

}  // namespace tillgate
