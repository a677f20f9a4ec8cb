// All customers, handed out: noted before the first one leaves, then fetched part by part in the order of arrival. Thread: logic.
#pragma once

#include "daemon/exporting.hpp"
#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

// Registers the routes; both outlive the router.
void add_export_api(Router& router, Gateway& gateway, Exporting& exporting);

}  // namespace tillgate
