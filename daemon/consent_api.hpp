// GET /api/v1/customers/{id}/consents: each word on consent that was ever taken down, by purpose, newest first: given or withdrawn, when,
// where, to which text, by whom. What a regulator asks for. Read from the ledger, so an erasure leaves nothing of it.
// Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

void add_consent_api(Router& router, Gateway& gateway);

}  // namespace tillgate
