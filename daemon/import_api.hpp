// /api/v1/imports: begun with options and a hash, the file brought in parts, then watched. docs/transfer.md tells the story. Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "daemon/importing.hpp"
#include "service/router.hpp"

namespace tillgate {

// Registers the routes; both outlive the router.
void add_import_api(Router& router, Gateway& gateway, Importing& importing);

}  // namespace tillgate
