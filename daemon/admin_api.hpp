// What people, tools and machines that watch over the gateway call: status, queue, liveness, readiness, metrics.
// Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

void add_admin_api(Router& router, Gateway& gateway);

}  // namespace tillgate
