// GET /api/v1/events: what is committed, told as it happens (docs/events.md). Thread: logic.
#pragma once

#include "daemon/live_events.hpp"
#include "service/router.hpp"

namespace tillgate {

// `events` must outlive the router's use.
void add_events_api(Router& router, Gateway& gateway, LiveEvents& events);

}  // namespace tillgate
