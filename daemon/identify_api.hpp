// POST /api/v1/identify: who is standing at the kiosk or the till (core/identify.hpp). Guessing is slow: so many questions a minute for
// each credential.
// Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "daemon/identify_pace.hpp"
#include "service/router.hpp"

namespace tillgate {

void add_identify_api(Router& router, Gateway& gateway);

}  // namespace tillgate
