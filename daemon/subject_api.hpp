// Everything that is known of one customer, as one document to hand out: the person as shown, each record, its whole history and
// provenance, every word on consent, links, and every order with what was said of it. That it left is noted first. Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

// Registers the route; `gateway` outlives the router.
void add_subject_api(Router& router, Gateway& gateway);

}  // namespace tillgate
