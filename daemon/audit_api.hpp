// GET /api/v1/audit: the ledger row by row, as whoever verifies it needs it (core/audit_trail.hpp): exact envelopes, hashes, digests.
// Who, when, where, why; what was said stays where it is.
// Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

void add_audit_api(Router& router, Gateway& gateway);

}  // namespace tillgate
